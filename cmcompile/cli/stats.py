"""``cmcompile stats``: what workflows took."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, parse
from cmcompile.cli.choose import select_groups
from cmcompile.cli.ledgers import Look, look
from cmcompile.cli.output import current, format_option, screen
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.situation import Situation, situation

if TYPE_CHECKING:
    from cmcompile.model.event import Draft, Event, Subject
    from cmcompile.model.states import Workflow
    from cmcompile.model.stats import Ran
    from cmcompile.report.stats import By, StatsFormat

#: The events that figures are made of.
_KINDS = frozenset({"submitted", "measured"})


@click.command("stats", short_help="Say what workflows took: time, memory, failures.", epilog=SYNTAX)
@click.argument("selector", type=SelectorType(ledger=True))
@click.option(
    "--by",
    type=click.Choice(["task", "step", "workflow", "series"]),
    default="task",
    show_default=True,
    help="One row for each of these; series: each task of each workflow, in the order of time.",
)
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@format_option("text", "json", "csv")
def command(selector: str, by: By, offline: bool, format_: StatsFormat) -> None:
    """Say what the workflows of SELECTOR took that were submitted, rescues among them, by the ledger.

    Time and memory are those of quanta that succeeded, as their metadata in the Butler tell; `reconcile`
    records them once when a run has ended. What is not known is said so, and is not 0.
    """
    from cmcompile.report.stats import render_stats
    from cmcompile.state.usage import stats

    addresses = parse([selector])
    place = addresses[0].place
    now = situation(place, look(place, offline=offline, degrade=True))
    groups = select_groups(addresses, now.spec, now.groups(), now.answers())
    keys = now.with_rescues(groups)
    found = stats(ran(now, keys), by, [step.name for step in now.spec.steps])
    text = render_stats(selector, found, by, format_, screen(everything=True))
    click.echo(text, nl=False, color=current().colour() or None)


def ran(now: Situation, keys: Collection[tuple[str, str]]) -> list[Ran]:
    """Return the workflows of groups that were submitted, with what was told of them."""
    some = [w for key in keys if (record := now.inputs.state.groups.get(key)) for w in record.workflows]
    some = [w for w in some if w.run_id is not None]
    of: dict[Subject, list[Draft]] = {}
    for event in sorted(_events(now.look, [_subject(w) for w in some]), key=lambda e: e.number):
        of.setdefault(event.subject, []).append(event.draft)
    return [ran_of(workflow, of.get(_subject(workflow), [])) for workflow in some]


def _subject(workflow: Workflow) -> Subject:
    from cmcompile.model.event import Subject

    return Subject(workflow.step, workflow.group, workflow.name)


def ran_of(workflow: Workflow, drafts: Iterable[Draft]) -> Ran:
    """Return a workflow with what its events, in their order, tell of it."""
    from cmcompile.model.event import Measured, Submitted
    from cmcompile.model.stats import Ran

    created, measured = "", None
    for draft in drafts:
        if isinstance(draft.body, Submitted) and not created:
            created = draft.at
        elif isinstance(draft.body, Measured) and workflow.measured:
            measured = draft.body
    return Ran(
        workflow.step,
        workflow.group,
        workflow.name,
        workflow.state.value,
        created,
        workflow.outcome,
        measured,
        workflow.restarts,
        workflow.live,
        workflow.diagnosed,
    )


def _events(seen: Look, subjects: Iterable[Subject]) -> Iterator[Event]:
    """Yield the events of workflows that are asked for; what can't be read is left out."""
    from cmcompile.ledger.codec import decode
    from cmcompile.ledger.paths import directory, locate
    from cmcompile.model.event import Event

    tip, store = seen.view.tip, seen.ledger.store
    places = [directory(subject) for subject in subjects]
    if tip is None or not places:
        return
    paths = {
        path: oid
        for path, oid in store.files(tip, places).items()
        if (found := locate(path)) is not None and found.number and found.kind in _KINDS
    }
    contents = store.read(paths.values())
    for path, oid in paths.items():
        event = decode(path, contents[oid])
        if isinstance(event, Event):
            yield event
