"""Runs of the simulated workload system, and the calls that made them."""

from __future__ import annotations

from dataclasses import dataclass, field

from cmcompile.model.body import WmsRef
from cmcompile.model.outcome import Outcome, Quantum

#: Who did what no task did.
HAND = "hand"
LIVE = frozenset({"submitted", "running", "held"})


@dataclass(frozen=True, slots=True)
class Job:
    """What is submitted.

    Attributes
    ----------
    name
        As the workload system shows it.
    output_run
        The RUN collection that it writes.
    quanta
        What it is to make; empty: four quanta of two tasks, named after the part of ``output_run`` before its
        last ``/``, so that a second run of a group has the same ones.
    claim, gate
        Why, where a claim and a gate led to it.
    """

    name: str
    output_run: str
    quanta: tuple[Quantum, ...] = ()
    claim: str = ""
    gate: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Why a run became live.

    Attributes
    ----------
    how
        ``submitted``, ``restarted`` or ``reopened``.
    claim, gate
        Of the submission or the restart; empty by hand. Who reopens a run has none.
    """

    how: str
    claim: str = ""
    gate: str = ""


@dataclass(slots=True)
class Run:
    """A run as it really is.

    Attributes
    ----------
    by
        The task that asked for it, or ``hand``.
    taken
        When the workload system took it, in seconds of the world.
    visible
        From when on it is shown.
    state
        As in `cmcompile.model.wms.RunSeen`.
    changed
        How often its state changed.
    intervals
        When it was live: from, to; infinity: it still is.
    origins
        Why, for each interval.
    restarts
        Restarts that are registered and not taken up.
    causes
        Claim and gate of the submission and of each restart, in order; empty texts with those by hand.
    """

    run_id: str
    where: WmsRef
    job: Job
    by: str
    taken: float
    visible: float
    state: str = "submitted"
    changed: int = 0
    intervals: list[tuple[float, float]] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    outcome: Outcome | None = None
    restarts: int = 0
    causes: list[tuple[str, str]] = field(default_factory=list)
    reopened: int = 0

    @property
    def name(self) -> str:
        """Its name."""
        return self.job.name

    @property
    def live(self) -> bool:
        """Whether it is not over."""
        return self.state in LIVE

    def live_at(self, time: float) -> bool:
        """Tell whether it was live at a time."""
        return any(start <= time < end for start, end in self.intervals)


@dataclass(slots=True)
class Call:
    """One call that is not idempotent: whoever judges a run of the world needs all of them.

    Attributes
    ----------
    kind
        ``submit`` or ``restart``.
    name
        Of the run that was asked for, or is restarted.
    by
        The task, or ``hand``.
    at
        When it was made, in seconds of the world.
    live
        Ids of the runs that were live then, of all names.
    awaiting
        Ids of those with a restart that was not taken up then.
    arrived
        When it took effect; None: it has not, so far.
    run_ids
        The runs that it made or restarted: none, one, or two when the request was duplicated.
    """

    kind: str
    where: WmsRef
    name: str
    by: str
    claim: str
    gate: str
    at: float
    live: tuple[str, ...]
    awaiting: tuple[str, ...]
    arrived: float | None = None
    run_ids: list[str] = field(default_factory=list)
