"""``cmcompile failures``: what failed over the history of a campaign."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import click

from cmcompile.cli.address import SYNTAX, parse
from cmcompile.cli.choose import select_groups
from cmcompile.cli.ledgers import look
from cmcompile.cli.log import lines_of
from cmcompile.cli.output import current, format_option, screen
from cmcompile.cli.selector import SelectorType
from cmcompile.cli.situation import Situation, situation

if TYPE_CHECKING:
    from cmcompile.model.event import Event, Subject
    from cmcompile.model.failures import FailureTable, Judgement
    from cmcompile.model.outcome import Outcome, Quantum
    from cmcompile.model.policy import Policy
    from cmcompile.report.failures import FailuresFormat


@click.command("failures", short_help="Say what failed, by class, task and site.", epilog=SYNTAX)
@click.argument("selector", type=SelectorType(ledger=True))
@click.option(
    "--policy",
    metavar="POLICY",
    help="Sort by this policy, a name or a file; without it by that of the campaign.",
)
@click.option("--task", metavar="LABEL", help="This task only; a pattern with * and ?.")
@click.option("--open", "only_open", is_flag=True, help="Only what has no outputs now.")
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@format_option("text", "json")
def command(
    selector: str,
    policy: str | None,
    task: str | None,
    only_open: bool,
    offline: bool,
    format_: FailuresFormat,
) -> None:
    """Say what failed in the groups that SELECTOR means, over all their workflows.

    Failures are sorted by class, rule, task and site: how many there were, how many quanta of them have no
    outputs now, when they were recorded first and last, whether they grow, and some to look at.
    """
    from cmcompile.cli.policy_test import opened
    from cmcompile.report.failures import render_failures

    addresses = parse([selector])
    place = addresses[0].place
    now = situation(place, look(place, offline=offline, degrade=True))
    groups = select_groups(addresses, now.spec, now.groups(), now.answers())
    keys = now.with_rescues(groups)
    table = _table(now, keys, None if policy is None else opened(policy))
    table = _narrowed(table, task, only_open=only_open)
    text = render_failures(selector, table, format_, screen(everything=True))
    click.echo(text, nl=False, color=current().colour() or None)


def _table(now: Situation, keys: Iterable[tuple[str, str]], policy: Policy | None) -> FailureTable:
    from cmcompile.state.policy.tally import tally

    keys = set(keys)
    events = [line.event for line in lines_of(now.look, keys)]
    return tally(tuple(_judgements(now, events, policy)), open_of(now, keys))


def _judgements(now: Situation, events: Iterable[Event], policy: Policy | None) -> Iterator[Judgement]:
    """Yield what was recorded last of each workflow."""
    from cmcompile.model.event import Diagnosed, Observed
    from cmcompile.model.failures import Judgement
    from cmcompile.plan.policed import policy_of
    from cmcompile.state.diagnosis import with_causes

    world = now.judged.world
    newest: dict[Subject, tuple[Event, Outcome]] = {}
    told: dict[Subject, tuple[int, Diagnosed]] = {}
    for event in events:
        body, subject = event.draft.body, event.subject
        if isinstance(body, Diagnosed) and told.get(subject, (0, body))[0] < event.number:
            told[subject] = event.number, body
        if not isinstance(body, Observed) or body.outcome is None:
            continue
        former = newest.get(subject)
        if former is None or former[0].number < event.number:
            newest[subject] = event, body.outcome
    for subject, (event, outcome) in newest.items():
        number, later = told.get(subject, (0, None))
        found = with_causes(outcome, later if number > event.number else None)
        own = policy or policy_of(world, (subject.step, subject.group or ""))
        if found is not None:
            yield Judgement(subject, event.draft.at, found, own)


def open_of(now: Situation, keys: Iterable[tuple[str, str]]) -> dict[str, set[Quantum]]:
    """Return the quanta of each step that have no outputs now."""
    from cmcompile.state.outcome import outcome_of

    found: dict[str, set[Quantum]] = {}
    for step, group in keys:
        outcome = None if "." in group else outcome_of(now.inputs.state, step, group)
        if outcome is not None:
            found.setdefault(step, set()).update(failure.quantum for failure in outcome.failures)
    return found


def _narrowed(table: FailureTable, task: str | None, *, only_open: bool) -> FailureTable:
    from dataclasses import replace
    from fnmatch import fnmatchcase

    rows = tuple(
        row
        for row in table.rows
        if (task is None or fnmatchcase(row.task, task)) and (row.open or not only_open)
    )
    return replace(table, rows=rows)
