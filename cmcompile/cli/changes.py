"""``cmcompile changes``: what became different in a campaign between two moments of its ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import CampaignName, Place, find
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import current, format_option, screen, warn

if TYPE_CHECKING:
    from cmcompile.ledger.book import Ledger
    from cmcompile.model.changes import Changes, Moment
    from cmcompile.model.decision import Decision
    from cmcompile.model.ledger import Tip
    from cmcompile.report.changes import ChangesFormat

_MOMENT = "2d|DATE|REV|COMMIT"


@click.command("changes", short_help="Say what became different since a moment.")
@click.argument("campaign", type=CampaignName())
@click.option("--since", required=True, metavar=_MOMENT, help="The ledger as it was then.")
@click.option("--until", metavar=_MOMENT, help="Up to then; else up to now.")
@click.option("--offline", is_flag=True, help="Take the ledger as it was last fetched; ask nobody.")
@click.option("--all", "all_", is_flag=True, help="List everything, however much it is.")
@format_option("text", "markdown", "json")
def command(
    campaign: str, since: str, until: str | None, offline: bool, all_: bool, format_: ChangesFormat
) -> int:
    """Say what became different in CAMPAIGN since a moment, by its ledger.

    A moment is how long ago it was (2d, 6h), a date (2026-11-20) or a time in UTC (2026-11-20T08:00), a
    commit of the ledger, ~N commits before its tip, or a revision of the repository: then the time of its
    commit counts.

    Told are groups by step, failures, what came to review, collections and decisions, and how far the
    campaign was by the reports of both moments.

    Exit code 3: this clone lacks the history of that time, so nothing can be said.
    """
    from datetime import UTC, datetime

    from cmcompile.cli.ledgers import look
    from cmcompile.ledger.timeline import MomentError, TooEarlyError
    from cmcompile.model.collector import paused_collector
    from cmcompile.report.changes import render_changes

    place = find(campaign)
    now = look(place, offline=offline, degrade=True)
    tip = now.view.tip
    if tip is None:
        raise TooEarlyError(f"{place.name} has no ledger yet, or none was fetched")
    try:
        with paused_collector():
            found = _changes(place, now.ledger, tip, since, until)
    except TooEarlyError:
        raise
    except MomentError as error:
        if now.ledger.store.complete(tip):
            raise
        warn(f"{place.name}: {error}")
        return Exit.ATTENTION
    shown = screen(now=datetime.now(UTC), everything=all_)
    click.echo(render_changes(place.name, found, format_, shown), nl=False, color=current().colour() or None)
    return Exit.OK


def _changes(place: Place, ledger: Ledger, tip: Tip, since: str, until: str | None) -> Changes:
    from dataclasses import replace

    from cmcompile.cli.moments import tip_of
    from cmcompile.ledger.timeline import TooEarlyError
    from cmcompile.reconcile.render import STATUS
    from cmcompile.report.status.course import steps_of
    from cmcompile.state.changes import changes

    end = tip if until is None else tip_of(place, ledger, tip, until)
    begin: Tip | None
    try:
        begin = tip_of(place, ledger, tip, since)
    except TooEarlyError:
        begin = None
    _in_order(ledger, begin, end)
    before, after = ledger.view(begin), ledger.view(end)
    steps = steps_of(_file(ledger, end, STATUS))
    found = changes(before.state, after.state, steps, _decisions(place))
    return replace(found, begin=_moment(ledger, begin), end=_moment(ledger, end))


def _in_order(ledger: Ledger, begin: Tip | None, end: Tip) -> None:
    """Stop where the first moment is after the second one.

    Raises
    ------
    UsageError
        When it is.
    """
    if begin is not None and ledger.store.made_at(begin) > ledger.store.made_at(end):
        raise click.UsageError("--since is after --until: exchange them")


def _file(ledger: Ledger, tip: Tip, path: str) -> bytes | None:
    """Return a file of the report that stands on the ledger at a tip."""
    oid = ledger.store.files(tip, [path]).get(path)
    return None if oid is None else ledger.store.read([oid])[oid]


def _moment(ledger: Ledger, tip: Tip | None) -> Moment:
    from cmcompile.model.changes import Moment
    from cmcompile.reconcile.render import HISTORY, STATUS
    from cmcompile.report.status.course import ends_of, progress_of

    if tip is None:
        return Moment()
    progress, ends = progress_of(_file(ledger, tip, STATUS)), ends_of(_file(ledger, tip, HISTORY))
    return Moment(tip.commit, ledger.store.made_at(tip), progress, ends)


def _decisions(place: Place) -> dict[str, Decision]:
    """Return the decisions that are written now, by id; what is wrong with the file is said by others."""
    from cmcompile.spec.decisions import load_decisions
    from cmcompile.spec.files import WorkingTree

    decisions, _ = load_decisions(WorkingTree(place.root), place.path)
    return {decision.id: decision for decision in decisions}
