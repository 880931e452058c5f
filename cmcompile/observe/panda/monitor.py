"""BigPanDAmon: many runs in three requests, within a budget."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from cmcompile.model.jobs import Details, JobSeen, TaskSeen
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.panda import monitored
from cmcompile.observe.panda.budget import BUDGET, Budget, SpentError, home_of
from cmcompile.observe.panda.http import WHOLE, Http, TooMany
from cmcompile.observe.panda.logs import LogTails
from cmcompile.observe.panda.monitored import Rows, WorkflowSeen
from cmcompile.observe.panda.replies import Replies
from cmcompile.observe.panda.shape import OddReplyError

T = TypeVar("T")

#: Seconds: a reply that is not older is not asked for again. A pass of every ten minutes asks each time, and
#: several campaigns or commands at once share what one of them was told.
AGE = 120.0
#: Ids in one URL.
CHUNK = 100
#: Rows that are asked for, the server's own limits; so many rows may be a part of more.
TASKS, JOBS = 5000, 10000
#: Days of the window at least: that of the server, without one.
_DAYS = 7
_DAY = 86400.0
#: What `monitored.jobs` reads.
_FIELDS = (
    *("pandaid", "jeditaskid", "reqid", "jobname", "jobstatus", "attemptnr", "computingsite"),
    *("modificationhost", "starttime", "endtime", "durationsec", "cpuconsumptiontime", "maxrss"),
    *("minramcount", "transexitcode", "piloterrorcode", "piloterrordiag", "exeerrorcode", "exeerrordiag"),
    *("ddmerrorcode", "ddmerrordiag", "superrorcode", "superrordiag", "pilotid"),
    *("brokerageerrorcode", "brokerageerrordiag", "jobdispatchererrorcode", "jobdispatchererrordiag"),
    *("taskbuffererrorcode", "taskbuffererrordiag", "creationtime"),
)


@dataclass(frozen=True, slots=True)
class Polled:
    """What a poll showed.

    Attributes
    ----------
    workflows
        By id: all of the window, those of others too.
    """

    workflows: Mapping[str, WorkflowSeen]
    details: Details


class Monitor:
    """One monitor, asked within the budget that all processes of this machine share.

    Parameters
    ----------
    address
        As ``https://host:8443``.
    budget
        Requests in an hour to that host.
    age
        Seconds for which a reply is used again.
    home
        Where that is kept; None: `home_of`.
    clock
        Seconds since 1970.
    log_hosts
        Beside the monitor's own: whose logs may be fetched.

    Attributes
    ----------
    most
        The budget.
    """

    def __init__(
        self,
        address: str,
        *,
        budget: int = BUDGET,
        age: float = AGE,
        home: Path | None = None,
        http: Http | None = None,
        clock: Callable[[], float] = time.time,
        log_hosts: frozenset[str] = frozenset(),
    ) -> None:
        self.address = address.rstrip("/")
        place = (home or home_of()) / re.sub(r"[^a-z0-9.-]", "_", urlsplit(address).netloc.lower())
        self.most = budget
        self._budget = Budget(place, budget, clock)
        self._replies = Replies(place, age, clock)
        self._http = http or Http()
        self._logs = LogTails(self.address, log_hosts)
        self._age = age
        self._failed: dict[str, tuple[float, NoAnswer]] = {}
        self._clock = clock

    def poll(self, run_ids: Sequence[str], since: datetime | None = None) -> Polled | NoAnswer:
        """Return workflows, and of some runs their tasks and failed jobs: three requests for up to 100 runs.

        Parameters
        ----------
        since
            When the oldest of them was made; None: it is not known, and may not be shown.
        """
        days = self.days(since)
        shown = self.workflows(days)
        if isinstance(shown, NoAnswer):
            return shown
        return Polled(shown, self.details(run_ids, days, {one.run_id: one.name for one in shown.values()}))

    def workflows(self, days: int = _DAYS) -> Mapping[str, WorkflowSeen] | NoAnswer:
        """Return the workflows that were made in the last days, by id: one request."""
        found = self._read("idds/wfprogress", {"days": days}, monitored.workflows, 0)
        return found if isinstance(found, NoAnswer) else {one.run_id: one for one in found.found}

    def details(self, run_ids: Sequence[str], days: int, names: Mapping[str, str]) -> Details:
        """Return the tasks and failed jobs of runs: two requests for each 100.

        Parameters
        ----------
        names
            Of the runs, by id.
        """
        tasks: list[TaskSeen] = []
        jobs: list[JobSeen] = []
        lacking: list[str] = []
        for some in _chunks(run_ids):
            asked = {"reqid": "|".join(some), "days": days}
            of_tasks = self._tasks(asked, names)
            failed = {"jobstatus": "failed", "limit": JOBS, "fields": ",".join(_FIELDS)}
            of_jobs = self._read("jobs", {**asked, **failed}, monitored.jobs, JOBS)
            for what, rows in (("tasks", of_tasks), ("failed jobs", of_jobs)):
                why = (rows.why,) if isinstance(rows, NoAnswer) else rows.odd
                lacking += [f"{what} of runs {some[0]} to {some[-1]}: {one}" for one in why]
            tasks += [] if isinstance(of_tasks, NoAnswer) else of_tasks.found
            jobs += [] if isinstance(of_jobs, NoAnswer) else of_jobs.found
            if isinstance(of_tasks, TooMany) or isinstance(of_jobs, TooMany):
                break
        asked_ids = frozenset(run_ids)
        return Details(
            tuple(one for one in tasks if one.run_id in asked_ids),
            tuple(one for one in jobs if one.run_id in asked_ids),
            tuple(lacking),
        )

    def input_of(self, job_id: str) -> str | NoAnswer:
        """Return the name of the input of a job: one request."""
        found = self._read(f"job/{job_id}", {}, monitored.inputs, 0)
        if isinstance(found, NoAnswer):
            return found
        return found.found[0] if len(found.found) == 1 else NoAnswer("the monitor: a job without one input")

    def log_of(self, link: str) -> str | NoAnswer:
        """Return the end of a log; one on the monitor's own host counts as a request."""
        try:
            if self._logs.is_own(link):
                self._budget.take()
        except (SpentError, OSError, ValueError) as error:
            return NoAnswer(f"the log is not asked for: {error}")
        return self._logs.tail(link)

    def _tasks(self, asked: Mapping[str, object], names: Mapping[str, str]) -> Rows[TaskSeen] | NoAnswer:
        return self._read(
            "tasks", {**asked, "limit": TASKS}, lambda reply: monitored.tasks(reply, names), TASKS
        )

    def days(self, since: datetime | None) -> int:
        """Return a window that holds a moment: a day more, as the clocks need not agree."""
        if since is None:
            return _DAYS
        age = datetime.fromtimestamp(self._clock(), UTC) - since
        return max(_DAYS, math.ceil(age.total_seconds() / _DAY) + 1)

    def _read(
        self, path: str, asked: Mapping[str, object], read: Callable[[object], Rows[T]], limit: int
    ) -> Rows[T] | NoAnswer:
        query = f"&{urlencode(asked, safe='|,')}" if asked else ""
        reply = self._ask(f"{self.address}/{path}/?json{query}")
        if isinstance(reply, NoAnswer):
            return reply
        try:
            rows = read(reply)
        except OddReplyError as error:
            return NoAnswer(f"the monitor: {error}")
        if limit and len(rows.found) + len(rows.odd) >= limit:
            why = f"it shows {limit} rows, as many as it gives: there may be more"
            return Rows(rows.found, (*rows.odd, why))
        return rows

    def _ask(self, url: str) -> object | NoAnswer:
        """Ask once, unless this machine was told lately, this process was not, or the budget is spent."""
        failed, why = self._failed.get(url, (-math.inf, NoAnswer("")))
        if 0 <= self._clock() - failed < self._age:
            return why
        try:
            with self._replies.turn(url, WHOLE):
                kept = self._replies.kept(url)
                if kept is not None:
                    return kept
                self._budget.take()
                asked = self._clock()
                found = self._http.get(url)
                if isinstance(found, TooMany):
                    self._budget.stop()
                if isinstance(found, NoAnswer):
                    self._failed[url] = asked, type(found)(f"the monitor: {found.why}")
                    return self._failed[url][1]
                if found:
                    self._replies.keep(url, asked, found)
                return found
        except SpentError as error:
            return TooMany(f"the monitor is not asked: {error}")
        except OSError as error:
            return NoAnswer(f"the monitor is not asked: {error}")


def _chunks(run_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    ids = sorted(dict.fromkeys(run_ids), key=lambda one: (len(one), one))
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
