"""What became of the quanta of a workflow: counts per task, and the data ids that failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from cmcompile.model.cause import Cause


class Fault(Enum):
    """Why the outputs of a quantum are not there."""

    FAILED = "failed"
    BLOCKED = "blocked"
    OTHER = "other"


#: Stands in the place of a caveat: outputs of the quantum are missing, and its metadata were not read.
UNREAD = "unread"


@dataclass(frozen=True, slots=True)
class TaskOutcome:
    """The counts of one task.

    Attributes
    ----------
    quanta
        All quanta of the task in the workflow.
    succeeded, failed, blocked, other
        How they ended; ``blocked`` never ran since an input failed, ``other`` is what no source could tell.
    caveats
        How many of the quanta that succeeded did so with a caveat, by the stack's own words for it, such as
        ``ANY_OUTPUTS_MISSING|NO_WORK``; `UNREAD` stands for those of which it is not known which.
    """

    task: str
    quanta: int
    succeeded: int
    failed: int = 0
    blocked: int = 0
    other: int = 0
    caveats: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Quantum:
    """One quantum, by task and data id; the data id as text with its dimensions sorted."""

    task: str
    data_id: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A quantum whose outputs are not there, and what was said of it.

    Attributes
    ----------
    cause
        What a source told beside the message; None: no source told more.
    """

    quantum: Quantum
    fault: Fault
    message: str = ""
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the quanta of one workflow, or of a group over all workflows that count for it.

    Attributes
    ----------
    tasks
        In the order of the pipeline.
    failures
        The quanta whose outputs are not there.
    cleared
        Quanta that had failed in an earlier workflow of the group, or of a group it covers, and whose outputs
        this one made.
    complete
        Whether ``failures`` and ``cleared`` name all of them; a source may give counts alone.
    """

    tasks: tuple[TaskOutcome, ...] = ()
    failures: tuple[Failure, ...] = ()
    cleared: tuple[Quantum, ...] = ()
    complete: bool = True

    @property
    def quanta(self) -> int:
        """The number of quanta of all tasks."""
        return sum(t.quanta for t in self.tasks)

    @property
    def missing(self) -> int:
        """The number of quanta whose outputs are not there."""
        return sum(t.failed + t.blocked + t.other for t in self.tasks)
