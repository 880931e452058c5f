"""The issues of a campaign: found, made where there is none, linked, and kept up to date."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cmcompile.model.forge import Done
from cmcompile.model.issue import IssueReport
from cmcompile.model.ledger import LedgerError
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import moment_of, stamp
from cmcompile.model.tell import JiraTarget
from cmcompile.model.transaction import Book, Landed, Proposal, Sight, Stop, Stopped
from cmcompile.tell.errors import TellError, UnknownError
from cmcompile.tell.jira.client import Jira
from cmcompile.tell.jira.keeping import keep
from cmcompile.tell.memory import FILE, Memory, read_memory, write_memory
from cmcompile.tell.shape import rows, text

#: An issue that was sent without an answer is not made again for so long: the search of Jira lags.
SETTLING = timedelta(minutes=10)
#: Makes the reports, when the keys of the issues are known.
Reports = Callable[[Mapping[str, str]], Sequence[IssueReport]]


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one issue.

    Attributes
    ----------
    key
        Empty where there is none yet.
    why
        What went wrong, or what is waited for; or empty.
    """

    step: str
    key: str
    done: Done = "same"
    why: str = ""
    error: TellError | None = None


class Telling:
    """Tells one Jira how a campaign stands.

    Parameters
    ----------
    ticket
        The issue of the campaign that its spec names, which is never made; or empty.
    id_
        Random: no two processes have the same.
    """

    def __init__(
        self, book: Book, jira: Jira, target: JiraTarget, ticket: str, clock: Clock, id_: str
    ) -> None:
        self._book, self._jira, self._target = book, jira, target
        self._ticket, self._clock, self._id = ticket, clock, id_
        self._failed: dict[str, TellError] = {}

    def tell(self, reports: Reports) -> list[Told]:
        """Have all issues say what the reports say; what goes wrong with one leaves the others alone.

        Raises
        ------
        TellError
            When what was told before can't be read.
        LedgerError
            As `Book.decide`.
        """
        planned = reports({})
        keys = self._keys(planned)
        told = []
        for report in reports(keys):
            key = keys.get(report.step, "")
            told.append(self._one(report, key, keys.get("", "")))
        return told

    def _one(self, report: IssueReport, key: str, campaign: str) -> Told:
        error = self._failed.get(report.step)
        if not key:
            why = str(error) if error else "it is being made, and looked for by the next call"
            return Told(report.step, "", why=why, error=error)
        try:
            done = keep(self._jira, key, report)
            if report.step and campaign:
                self._link(campaign, key)
        except TellError as problem:
            return Told(report.step, key, why=str(problem), error=problem)
        return Told(report.step, key, done)

    def _link(self, campaign: str, key: str) -> None:
        found = rows(self._jira.fields(key, "issuelinks").get("issuelinks") or [], "links")
        ends = {text(one, end, "key") for one in found for end in ("inwardIssue", "outwardIssue")}
        if campaign not in ends:
            self._jira.link(campaign, key)

    def _keys(self, planned: Sequence[IssueReport]) -> dict[str, str]:
        """Return the keys of the issues by step; those that can't be had now are left out."""
        memory = self._memory(self._book.look())
        keys = {"": self._ticket} if self._ticket else {}
        keys |= {step: key for step, key in memory.issues.items() if not (step == "" and self._ticket)}
        absent = [report for report in planned if report.step not in keys]
        if not absent:
            return keys
        found = self._looked_for(absent)
        missing = [r for r in absent if r.step not in found and r.step not in self._failed]
        now = self._clock.now()
        ready = [r for r in missing if not _being_made(memory, r.step, now)]
        made = self._made(self._begun(ready, now)) if ready else {}
        self._remember(found | made, [step for step in self._failed if not self._unknown(step)])
        return keys | found | made

    def _looked_for(self, absent: Sequence[IssueReport]) -> dict[str, str]:
        found = {}
        for report in absent:
            try:
                keys = self._jira.found(self._target.project, report.label)
            except TellError as error:
                self._failed[report.step] = error
                continue
            if keys:
                found[report.step] = keys[0]
        return found

    def _begun(self, ready: Sequence[IssueReport], now: datetime) -> list[IssueReport]:
        """Remember that issues are being made; returns those that nobody else makes now."""
        chosen: list[IssueReport] = []
        mine = f"{stamp(now)} {self._id}"

        def judge(sight: Sight) -> Proposal | Stop:
            memory = self._memory(sight)
            if chosen and all(memory.making.get(report.step) == mine for report in chosen):
                return Stop("it is remembered")
            chosen[:] = [
                r for r in ready if r.step not in memory.issues and not _being_made(memory, r.step, now)
            ]
            if not chosen:
                return Stop("others make them")
            making = {**memory.making, **{report.step: mine for report in chosen}}
            return _proposal(replace(memory, making=making))

        made = self._book.decide(judge)
        return chosen if isinstance(made, Landed | Stopped) else []

    def _made(self, ready: Sequence[IssueReport]) -> dict[str, str]:
        made = {}
        for report in ready:
            kind, project = self._target.issue_type, self._target.project
            try:
                made[report.step] = self._jira.make(
                    project, kind, report.summary, report.description, report.label
                )
            except TellError as error:
                self._failed[report.step] = error
        return made

    def _unknown(self, step: str) -> bool:
        return isinstance(self._failed.get(step), UnknownError)

    def _remember(self, keys: Mapping[str, str], refused: Sequence[str]) -> None:
        """Remember issues; those that were refused are not being made any more."""

        def judge(sight: Sight) -> Proposal | Stop:
            memory = self._memory(sight)
            over = {*keys, *refused}
            making = {step: at for step, at in memory.making.items() if step not in over}
            new = replace(memory, issues={**memory.issues, **keys}, making=making)
            return Stop("") if new == memory else _proposal(new)

        try:
            self._book.decide(judge)
        except LedgerError as error:
            raise TellError(
                f"the issues {', '.join(keys.values())} could not be remembered: {error}"
            ) from None

    def _memory(self, sight: Sight) -> Memory:
        return read_memory(self._book.file(sight, FILE))


def _being_made(memory: Memory, step: str, now: datetime) -> bool:
    at = memory.making.get(step)
    return at is not None and now < moment_of(at.partition(" ")[0]) + SETTLING


def _proposal(memory: Memory) -> Proposal:
    return Proposal((), {FILE: write_memory(memory)}, "issues of Jira")
