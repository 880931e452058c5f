"""``cmcompile log``: what was done with a group, by whom, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, Address, NoGroupError, parse, split_workflow
from cmcompile.cli.choose import select_groups
from cmcompile.cli.ledgers import Look, look
from cmcompile.cli.output import current, format_option, screen, warn
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.situation import Situation, situation

if TYPE_CHECKING:
    from cmcompile.ledger.timeline import Added
    from cmcompile.model.event import Event, Subject
    from cmcompile.model.status import LogLine
    from cmcompile.report.log import LogFormat


@click.command("log", short_help="Say what was done with a group, by whom, and why.", epilog=SYNTAX)
@click.argument("selector", type=SelectorType(ledger=True))
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@format_option("text", "json", "markdown")
def command(selector: str, offline: bool, format_: LogFormat) -> None:
    """Say what was done with the groups that SELECTOR means, oldest first.

    What was done with rescue groups that cover them is told too, and `dp02/step1/3@w00` is one workflow.
    """
    from datetime import UTC, datetime

    from cmcompile.report.log import render_log

    names, workflow = split_workflow([selector])
    addresses = parse(names)
    place = addresses[0].place
    now = situation(place, look(place, offline=offline, degrade=True))
    groups = select_groups(addresses, now.spec, now.groups(), now.answers())
    keys = frozenset((g.step, g.id) for g in groups) if workflow else now.with_rescues(groups)
    lines = list(lines_of(now.look, keys))
    if workflow:
        lines = _of_workflow(lines, workflow, names[0])
    shown = screen(now=datetime.now(UTC), everything=True)
    decisions = {decision.id: decision for decision in now.inputs.decisions}
    text = render_log(_title(addresses[0], workflow, now), lines, format_, shown, decisions)
    click.echo(text, nl=False, color=current().colour() or None)


def _of_workflow(lines: Iterable[LogLine], workflow: str, name: str) -> list[LogLine]:
    """Return the events of one workflow.

    Raises
    ------
    NoGroupError
        When there is none of that name.
    """
    lines = list(lines)
    found = [line for line in lines if line.event.subject.workflow == workflow]
    if not found:
        there = dict.fromkeys(line.event.subject.workflow for line in lines)
        names = ", ".join(filter(None, there)) or "none yet"
        raise NoGroupError(f"{name} has no workflow {workflow}; it has {names}")
    return found


def _title(address: Address, workflow: str, now: Situation) -> str:
    """Return what is told, as a selector that names its campaign."""
    found = address.condition
    condition = None if found is None else f"{found.name}:{','.join(found.ids)}"
    parts = (now.spec.name, address.step, address.group, condition)
    return "/".join(part for part in parts if part) + (f"@{workflow}" if workflow else "")


def lines_of(seen: Look, keys: Iterable[tuple[str, str]]) -> Iterator[LogLine]:
    """Yield the readable events of groups, each with the commit that brought it."""
    from cmcompile.ledger.codec import decode
    from cmcompile.ledger.paths import directory, locate
    from cmcompile.ledger.timeline import commits_of
    from cmcompile.model.event import Event, Subject
    from cmcompile.model.status import LogLine

    tip, store = seen.view.tip, seen.ledger.store
    if tip is None:
        return
    subjects: list[Subject] = [Subject(*key) for key in keys]
    places = [p for s in subjects for p in (directory(s), _runs(s))]
    paths = {
        path: oid
        for path, oid in store.files(tip, places).items()
        if (found := locate(path)) is not None and found.number
    }
    contents = store.read(paths.values())
    added: dict[str, Added] = commits_of(store, tip, paths)
    for path, oid in paths.items():
        event: Event | object = decode(path, contents[oid])
        if isinstance(event, Event):
            by = added.get(path)
            line = LogLine(event) if by is None else LogLine(event, by.commit, by.author)
            yield _with_approvals(line, seen)
        else:
            warn(f"{path} can't be read: `cmcompile verify` says more")


def _with_approvals(line: LogLine, seen: Look) -> LogLine:
    """Return a claim with those who approved what it sends; any other event as it is."""
    from dataclasses import replace

    from cmcompile.model.event import Claimed

    body, subject, known = line.event.draft.body, line.event.subject, seen.view.state.approvals
    if not (known.given and isinstance(body, Claimed) and subject.group is not None):
        return line
    given = known.about((subject.step, subject.group, body.definition))
    return replace(line, approvals=given, withdrawn=known.withdrawn & {one.digest for one in given})


def _runs(subject: Subject) -> str:
    """Return the directory of all workflows of a group."""
    from dataclasses import replace

    from cmcompile.ledger.paths import directory

    return directory(replace(subject, workflow="w00")).rpartition("/")[0]
