"""The page of a ledger: written in a commit of its own, and only when it would say something else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from cmcompile.apply.declaration import Declaration
from cmcompile.apply.outside import Sources
from cmcompile.model.changes import Changes, Moment
from cmcompile.model.ledger import Tip
from cmcompile.model.states import GroupState, LedgerState, Standing
from cmcompile.model.status import CampaignStatus, Seen
from cmcompile.model.transaction import Book, Decided, Proposal, Sight, Stop
from cmcompile.plan.inputs import Inputs, Key
from cmcompile.plan.standing import judged, standings_of
from cmcompile.plan.summary import status_by
from cmcompile.report.changes import lines_of_page
from cmcompile.report.status.course import appended, ends_of, progress_of
from cmcompile.report.status.ledger_page import (
    Changed,
    Links,
    changed,
    changed_of,
    figures,
    readme,
    without_links,
)
from cmcompile.state.changes import changes, newest
from cmcompile.state.outcome import outcome_of

README, STATUS, HISTORY = "README.md", "status.json", "history.csv"
_SAYS_IT = Stop("the page says it already")
_LACKING = "What changed can't be told: the clone that wrote this page lacks the history of the ledger."


def _unknown() -> str:
    """Return no day."""
    return ""


def render(
    sources: Sources,
    declaration: Declaration,
    links: Links | None = None,
    ends: Callable[[], str] = _unknown,
) -> Decided:
    """Write the page, its figures and their course where they differ from what the ledger says now.

    Parameters
    ----------
    links
        What the page links to; a page that would differ by these only is left as it is.
    ends
        Returns the day on which the campaign is forecast to end, or an empty text; asked only where the page
        is written for another reason, since every day has another forecast.

    Raises
    ------
    UnreachableError, LedgerError
        As `cmcompile.model.transaction.Book.decide`.
    """
    desk = sources.desk
    where = Links() if links is None else links

    def judge(sight: Sight) -> Proposal | Stop:
        inputs = declaration.inputs(sight.state, desk.clock.now())
        new = pages(desk.book, sight, inputs, where, ends)
        return Proposal((), new, "what the ledger says") if new else _SAYS_IT

    return desk.book.decide(judge)


def pages(
    book: Book, sight: Sight, inputs: Inputs, links: Links, ends: Callable[[], str] = _unknown
) -> dict[str, bytes]:
    """Return the files by path that are to be written; none where they say it already."""
    status = campaign_status(inputs)
    links = replace(links, spec=inputs.spec.path)
    old = {path: book.file(sight, path) for path in (README, STATUS, HISTORY)}
    page = (old[README] or b"").decode("utf-8", "replace")
    at, commit = newest(sight.state), _commit(sight)
    course = appended(old[HISTORY], status, at, commit)
    told, due = changed_of(page), inputs.spec.pace.due or ""
    new = {STATUS: figures(status).encode(), HISTORY: course}
    same = all(old[path] == data for path, data in new.items())
    if same and told is not None and without_links(readme(status, told, links, due)) == without_links(page):
        return {}
    day = ends()
    new[HISTORY] = appended(old[HISTORY], status, at, commit, day)
    begin = Moment(progress=progress_of(old[STATUS]), ends=ends_of(old[HISTORY]))
    end = Moment(progress=progress_of(new[STATUS]), ends=day)
    told = _changed(book, sight, inputs, told, begin, end)
    new[README] = readme(status, told, links, due).encode()
    return {path: data for path, data in new.items() if old[path] != data}


def _changed(
    book: Book, sight: Sight, inputs: Inputs, told: Changed | None, begin: Moment, end: Moment
) -> Changed:
    """Return what changed since the last report, which was made from the tip that it names."""
    of = sight.tip or Tip("", "")
    if told is None:
        return changed(of, "", lines_of_page(Changes(end=Moment(ends=end.ends))))
    before = book.at(told.of)
    if before is None:
        return replace(changed(of, "", ()), lines=(_LACKING,))
    decisions = {decision.id: decision for decision in inputs.decisions}
    steps = [step.name for step in inputs.spec.steps]
    found = replace(changes(before.state, sight.state, steps, decisions), begin=begin, end=end)
    return changed(of, newest(before.state), lines_of_page(found))


def _commit(sight: Sight) -> str:
    return "" if sight.tip is None else sight.tip.commit


def campaign_status(inputs: Inputs, standings: Mapping[Key, Standing] | None = None) -> CampaignStatus:
    """Return where a campaign stands, without its groups one by one.

    Parameters
    ----------
    standings
        Where they stand by the inputs; None: that is to be found out.
    """
    found = standings_of(judged(inputs)) if standings is None else standings
    return status_by(inputs, _with_outcomes(found, inputs.state), Seen(), rows=False)


def _with_outcomes(standings: Mapping[Key, Standing], state: LedgerState) -> dict[Key, Standing]:
    """Return standings with the outcomes of accepted groups too, which nobody needs but who counts quanta."""
    return {
        key: replace(found, outcome=outcome_of(state, *key))
        if found.state is GroupState.ACCEPTED and found.outcome is None
        else found
        for key, found in standings.items()
    }
