"""From selectors on the command line to what a decision names: explicit ids, with the workflow judged."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import Address, cut_workflow, parse
from cmcompile.cli.campaigns import Place
from cmcompile.model.decision import Verb
from cmcompile.model.event import Subject

if TYPE_CHECKING:
    from cmcompile.cli.decided import Subjects
    from cmcompile.model.states import GroupRecord

_PATTERN = re.compile(r"[*?\[]")
_SCOPES = frozenset({Verb.HOLD, Verb.RELEASE})
#: These are about a run that may be under way: of several workflows the newest of that kind is meant.
_OF_LIVE = frozenset({Verb.ABANDON, Verb.CANCEL})


@dataclass(frozen=True, slots=True)
class Wanted:
    """Selectors of one campaign, by the workflow that they name.

    Attributes
    ----------
    addresses
        Under None those that name no workflow.
    loose
        Conditions alone, which narrow all of them.
    """

    place: Place
    addresses: dict[str | None, list[Address]]
    loose: list[Address]


def read_selectors(texts: Iterable[str]) -> Wanted:
    """Read selectors, each with ``@w00`` behind it or not.

    Raises
    ------
    CmcompileError
        As `parse`.
    click.UsageError
        When they are of several campaigns.
    """
    workflows: dict[str, list[str | None]] = {}
    names = []
    for text in texts:
        name, workflow = cut_workflow(text)
        names.append(name)
        workflows.setdefault(name, []).append(workflow or None)
    parsed = parse(names)
    places = list(dict.fromkeys(address.place for address in parsed))
    if len(places) != 1:
        raise click.UsageError("a decision is about one campaign: name selectors of one only")
    wanted = Wanted(places[0], {}, [])
    for address in parsed:
        if address.step is None and address.condition is not None:
            wanted.loose.append(address)
        else:
            wanted.addresses.setdefault(workflows[address.text].pop(0), []).append(address)
    return wanted


def subjects(verb: Verb, wanted: Wanted, about: Subjects) -> list[Subject | None]:
    """Return what an entry is to be written for; None stands for the whole campaign.

    Raises
    ------
    NoGroupError
        When a selector means no group.
    """
    found: dict[Subject | None, None] = {}
    for workflow, addresses in (wanted.addresses or {None: []}).items():
        rest = []
        for address in addresses:
            scope = None if wanted.loose or workflow else _scope(verb, address)
            if scope is None:
                rest.append(address)
            else:
                found[scope.subject] = None
        if rest or wanted.loose:
            found.update(dict.fromkeys(_groups(verb, [*rest, *wanted.loose], workflow, about)))
    return list(found)


@dataclass(frozen=True, slots=True)
class _Scope:
    subject: Subject | None


def _scope(verb: Verb, address: Address) -> _Scope | None:
    """Return the step, or the campaign, where a decision names it as a whole."""
    if verb not in (*_SCOPES, Verb.RETIRE) or address.group is not None or address.condition is not None:
        return None
    if address.step is None:
        return _Scope(None) if verb in _SCOPES else None
    return None if _PATTERN.search(address.step) else _Scope(Subject(address.step))


def _groups(
    verb: Verb, addresses: Sequence[Address], workflow: str | None, about: Subjects
) -> Iterable[Subject]:
    from cmcompile.cli.choose import select_groups

    for group in select_groups(addresses, about.spec, about.every(), about.answers):
        if verb in _SCOPES or verb is Verb.ADOPT:
            yield Subject(group.step, group.id)
        else:
            record = about.state.groups.get((group.step, group.id)) if about.state else None
            yield Subject(group.step, group.id, workflow or newest(verb, record))


def newest(verb: Verb, record: GroupRecord | None) -> str | None:
    """Return the workflow of a group that a decision most likely means; None: it has none."""
    if record is None:
        return None
    live = [w.name for w in record.live] if verb in _OF_LIVE else []
    names = live or [w.name for w in record.counting] or [w.name for w in record.workflows]
    return names[-1] if names else None
