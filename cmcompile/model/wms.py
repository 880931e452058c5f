"""A workload system, as `apply` and `reconcile` see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from cmcompile.model.body import WmsRef
from cmcompile.model.jobs import Details
from cmcompile.model.outcome import Outcome
from cmcompile.model.signal import Signalled

#: Of a run whose supervisor on this machine is gone: the word of its record.
LOST = "SUPERVISOR_GONE"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A source could not be asked, or what it answered can't be trusted: nothing is known."""

    why: str


@dataclass(frozen=True, slots=True)
class RunSeen:
    """A run, as a workload system shows it now.

    Attributes
    ----------
    name
        Exactly as shown.
    state
        ``submitted``, ``running``, ``held``, ``succeeded``, ``partial``, ``failed`` or ``cancelled``.
    wms_state
        The system's own word.
    changed
        A text that differs after each change of the run's state, such as the time of the last one: it tells
        that a restart was taken up.
    outcome
        With an end, where the system itself tells.
    """

    run_id: str
    name: str
    state: str
    wms_state: str
    changed: str = ""
    outcome: Outcome | None = None


class Wms(Protocol):
    """All workload systems that a campaign uses; each call names the one that is meant.

    No method retries anything, and none waits longer than the system's own time-out.
    """

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return all runs, old and new, whose names begin with one of some prefixes.

        What is not shown may exist all the same: it may be too new, or the answer incomplete.
        """

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids; one that is not shown is left out."""

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask for the end of a run; it may be repeated. None: the system took it."""

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return the command with which a person ends a run."""

    def settling(self, where: WmsRef) -> float:
        """Return after how many seconds a run that was taken is shown, as far as is known."""


@runtime_checkable
class Hearing(Protocol):
    """A `Wms` the jobs of some of whose systems say themselves how they stand; no state rests on that."""

    def hears(self, where: WmsRef) -> bool:
        """Tell whether the jobs of this system say something."""

    def heard(self, where: WmsRef, output_run: str) -> Signalled | NoAnswer:
        """Return what the jobs of a run have said until now."""


@dataclass(frozen=True, slots=True)
class Known:
    """A run as it is known: its name, and how it was seen last, as `RunSeen.state`."""

    name: str
    state: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a pass wants to know of a workload system that shows many runs at once.

    Attributes
    ----------
    going
        The names of runs that go on, as far as is known, by id: nothing rests on them but their end.
    sure
        Ids of other runs: only what the system itself says now counts.
    settled
        Runs that are over, by id, and that nobody has judged yet: whether they still are as they were.
    over
        Ids of runs that are over, and of which all is known; they need not be asked for.
    prefixes
        What the names of all runs of the campaign begin with.
    lost
        Those of them below which a run may be whose id is not known: they must be looked through.
    watched
        Others of them, of groups that may be sent again: a run that somebody started stands in their way.
    apart
        Ids of runs that were adopted and have other names.
    since
        When the oldest of ``going`` and ``settled`` was made, as far as is known.
    fresh
        Those of ``going`` that were submitted, and not seen to run yet: one may have a twin.
    """

    going: Mapping[str, str] = field(default_factory=dict)
    sure: tuple[str, ...] = ()
    settled: Mapping[str, Known] = field(default_factory=dict)
    over: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    watched: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    since: datetime | None = None
    fresh: frozenset[str] = frozenset()

    @property
    def is_nothing(self) -> bool:
        """Whether all is over, and nothing is expected: nobody need be asked."""
        return not (self.going or self.sure or self.settled or self.lost or self.watched)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a workload system shows.

    Attributes
    ----------
    runs
        By id; also runs that nobody asked for, with names of the campaign.
    left
        Ids of runs that are as they were, as far as is known: that they are not among the runs tells nothing.
    untold
        Why nothing can be said of a run that is shown, by id.
    """

    runs: Mapping[str, RunSeen]
    left: frozenset[str] = frozenset()
    untold: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class Refreshing(Protocol):
    """A `Wms` that knows a cheaper way than asking for everything."""

    def refresh(self, where: WmsRef, wanted: Wanted) -> Shown | NoAnswer:
        """Return how runs stand; it tells no end and no absence that the system itself does not tell."""


@runtime_checkable
class Explaining(Protocol):
    """A `Wms` that shows the tasks and failed jobs of some systems; no state rests on that."""

    def explains(self, where: WmsRef) -> bool:
        """Tell whether it shows any of this system."""

    def details(
        self, where: WmsRef, names: Mapping[str, str], since: datetime | None = None
    ) -> Details | NoAnswer:
        """Return the tasks and failed jobs of runs, given by id with their names."""

    def input_of(self, where: WmsRef, job_id: str) -> str | NoAnswer:
        """Return the name of the input that a job was given, which tells its quanta."""

    def log_of(self, where: WmsRef, link: str) -> str | NoAnswer:
        """Return the end of a log that a job links to; few hosts are asked, and no text is long."""


def refreshed(wms: Wms, where: WmsRef, wanted: Wanted) -> Shown | NoAnswer:
    """Return how runs stand, in the cheapest way that a system has; without one, all runs are asked for."""
    if isinstance(wms, Refreshing):
        return wms.refresh(where, wanted)
    found = wms.find(where, wanted.prefixes)
    if isinstance(found, NoAnswer):
        return found
    shown = {run.run_id: run for run in found}
    others = [id_ for id_ in wanted.apart if id_ not in shown]
    if not others:
        return Shown(shown)
    more = wms.look(where, others)
    return more if isinstance(more, NoAnswer) else Shown({**shown, **more})
