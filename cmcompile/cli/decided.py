"""The decisions of a campaign as commands see them, with what they are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import Place, usable
from cmcompile.model.errors import CmcompileError, InputError

if TYPE_CHECKING:
    from cmcompile.cli.choose import Answers
    from cmcompile.cli.ledgers import Look
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.campaign import Spec
    from cmcompile.model.decision import Decision
    from cmcompile.model.diagnostic import Diagnostic
    from cmcompile.model.group import Group
    from cmcompile.model.ports import Sources
    from cmcompile.model.states import LedgerState, Standing
    from cmcompile.plan.legality import Known


@dataclass(frozen=True, slots=True)
class Subjects:
    """What a decision may be about.

    Attributes
    ----------
    groups
        Those of the spec.
    state
        What the ledger says; None where none is known.
    standings
        As if nothing were decided: that is what decisions are held against.
    answers
        What conditions such as ``state:failed`` are held against.
    """

    place: Place
    spec: Spec
    groups: tuple[Group, ...]
    decisions: tuple[Decision, ...] = ()
    state: LedgerState | None = None
    standings: Mapping[tuple[str, str], Standing] = field(default_factory=dict)
    answers: Answers | None = None

    def known(self) -> Known:
        """Return what decisions are held against."""
        from cmcompile.plan.legality import Known

        groups: dict[str, dict[str, None]] = {step.name: {} for step in self.spec.steps}
        for group in self.groups:
            groups[group.step][group.id] = None
        covers = {(group.step, group.id): group.covers for group in self.groups if group.covers}
        return Known(groups, self.state, self.standings, covers)

    def every(self) -> list[Group]:
        """Return the groups of the spec, then those that only the ledger knows."""
        from cmcompile.cli.choose import groups_and_gone

        return groups_and_gone(self.groups, sorted(self.state.groups if self.state else ()))


def look(place: Place) -> Subjects:
    """Read a campaign, its decisions and its ledger as it is now; that there is none yet is fine.

    Raises
    ------
    InputError
        When the campaign or its decisions can't be used.
    """
    if (place.root / ".git").exists():
        from cmcompile.cli import ledgers

        return _with_ledger(place, ledgers.look(place, degrade=True))
    from cmcompile.model.diagnostic import errors_in

    decisions, findings = _read(place)
    if any(errors_in(findings)):
        raise InputError(findings)
    return _without_ledger(place, usable(place), decisions)


def look_at(place: Place, sources: Sources) -> Subjects:
    """Read a campaign and its decisions from other files than those of the working tree; see `look`.

    Raises
    ------
    LedgerError
        When the ledger can't be asked as it is now.
    """
    from cmcompile.cli import ledgers

    return _with_ledger(place, ledgers.look(place), sources)


def check(place: Place, compilation: Compilation | None) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the decisions of a campaign; no server is asked.

    Parameters
    ----------
    compilation
        None: the campaign can't be read, and only what the file itself says is checked.
    """
    decisions, findings = _read(place)
    if compilation is None or not decisions:
        return findings
    from cmcompile.plan.legality import check_decisions

    about = _last_seen(place) or _without_ledger(place, compilation, decisions)
    return (*findings, *check_decisions(decisions, about.known()))


def _read(place: Place) -> tuple[tuple[Decision, ...], tuple[Diagnostic, ...]]:
    from cmcompile.spec.decisions import load_decisions
    from cmcompile.spec.files import WorkingTree

    return load_decisions(WorkingTree(place.root), place.path)


def _last_seen(place: Place) -> Subjects | None:
    """Return what the ledger said when it was last fetched; None where that can't be told."""
    from cmcompile.cli import ledgers

    if not (place.root / ".git").exists():
        return None
    try:
        seen = ledgers.look(place, offline=True)
        return None if seen.view.tip is None else _with_ledger(place, seen)
    except CmcompileError:
        return None  # decisions that are wrong themselves, or a ledger that has faults of its own: `verify`


def _with_ledger(place: Place, seen: Look, sources: Sources | None = None) -> Subjects:
    from cmcompile.cli.situation import situation
    from cmcompile.plan.standing import standings

    found = situation(place, seen, sources=sources)
    undecided = standings(replace(found.inputs, decisions=()))
    groups = tuple(declared.group for declared in found.inputs.declared)
    decisions, state = found.inputs.decisions, found.inputs.state
    return Subjects(place, found.spec, groups, decisions, state, undecided, found.answers())


def _without_ledger(place: Place, compilation: Compilation, decisions: tuple[Decision, ...]) -> Subjects:
    return Subjects(place, compilation.spec, tuple(made.group for made in compilation.groups), decisions)
