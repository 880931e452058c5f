"""Jobs and quanta as the views of ``status`` count them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias, get_args

#: What ``status --view`` shows.
ViewName: TypeAlias = Literal["pending", "started", "clusters", "runs", "failed", "held", "missing"]
VIEWS: tuple[ViewName, ...] = get_args(ViewName)


class UnitState(Enum):
    """How a job, or some quanta, stand."""

    UNSENT = "unsent"
    WAITING = "waiting"
    RUNNING = "running"
    HELD = "held"
    FINISHED = "finished"
    FAILED = "failed"
    #: Nobody tells how it ended, or whether it began.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Unit:
    """A job of a batch step; or, of a BPS step, quanta of a workflow that stand alike.

    Attributes
    ----------
    group
        The first-pass group, or the rescue group, that it was sent with; else the one that it will be.
    workflow
        The name of the workflow that last had it, ``w00``; empty: it was never sent.
    task
        Of a quantum; the step of a job.
    ids
        What it is for, by column of its table, in the order of the spec; of a quantum by dimension. Empty
        where several are counted together.
    count
        How many it stands for; None: that is not known.
    cause
        What kind of end it came to, where that is told: ``memory``, ``timeout``, ``removed``, ``evicted``,
        ``skipped`` (its outputs were there before).
    sent, begun, ended
        When, in seconds since 1970 UTC; None: not known.
    system
        The batch system or plugin, and the id of the run there.
    reason
        What the system, the job or the ledger says of it.
    outputs
        What it is to make, as its table names it.
    """

    step: str
    group: str
    state: UnitState
    workflow: str = ""
    task: str = ""
    ids: tuple[tuple[str, str], ...] = ()
    count: int | None = 1
    cause: str = ""
    sent: float | None = None
    begun: float | None = None
    ended: float | None = None
    exit: int | None = None
    events: int | None = None
    node: str = ""
    system: str = ""
    run_id: str = ""
    run: str = ""
    reason: str = ""
    outputs: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """``step/group``, with the workflow where there is one."""
        return f"{self.step}/{self.group}" + (f"@{self.workflow}" if self.workflow else "")


@dataclass(frozen=True, slots=True)
class GroupWait:
    """A group that is not under way, and why: state, reason and detail of its standing, by their names."""

    step: str
    group: str
    state: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Units:
    """All that a view is made from, of one campaign.

    Attributes
    ----------
    units
        Every job or quantum counts once: as the last workflow that had it left it.
    waits
        Groups that were never sent, or are held.
    faults
        What could not be read or asked: of that nothing is known.
    """

    campaign: str
    units: tuple[Unit, ...]
    waits: tuple[GroupWait, ...] = ()
    faults: tuple[str, ...] = ()


#: A cell of a view.
Cell: TypeAlias = "str | int | float | None"


@dataclass(frozen=True, slots=True)
class View:
    """One table.

    Attributes
    ----------
    subjects
        The groups that its rows are about, ``step/group``, each once: what can be fed back as selectors.
    units
        The jobs that its rows are about, where each row is one.
    """

    name: ViewName
    campaign: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    subjects: tuple[str, ...] = ()
    units: tuple[Unit, ...] = ()
    faults: tuple[str, ...] = ()
