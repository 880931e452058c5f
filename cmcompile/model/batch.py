"""Jobs of batch steps, as what can be asked of them tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: Begins the name of a service that is a batch system, and no plugin of BPS: ``batch.slurm``.
BATCH = "batch."


def is_batch(service: str) -> bool:
    """Tell whether a service is a batch system, and no plugin of BPS."""
    return service.startswith(BATCH)


class JobState(Enum):
    """How a job of a batch step stands; each is told apart since something else helps."""

    WAITING = "waiting"
    RUNNING = "running"
    #: The batch system keeps it until a person, or a policy, does something.
    HELD = "held"
    SUCCEEDED = "succeeded"
    #: It ended with an exit code, or by a signal that nobody explains.
    FAILED = "failed"
    #: It was ended, or is held, since it took more memory than it had asked for.
    MEMORY = "memory"
    #: It took longer than it was allowed to.
    TIMEOUT = "timeout"
    #: Somebody took it out.
    REMOVED = "removed"
    #: Its node was lost or taken away, and it was not begun again.
    EVICTED = "evicted"
    #: Its outputs were there before: it was never given to the batch system.
    SKIPPED = "skipped"
    #: It was given to the batch system, which does not show it any more, and it never said how it ended.
    UNKNOWN = "unknown"

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes of it; `UNKNOWN` is over where the batch system answered."""
        return self not in (JobState.WAITING, JobState.RUNNING, JobState.HELD)

    @property
    def is_good(self) -> bool:
        """Whether its outputs are there."""
        return self in (JobState.SUCCEEDED, JobState.SKIPPED)


@dataclass(frozen=True, slots=True)
class JobFact:
    """A job, and how it stands.

    Attributes
    ----------
    job
        Its number in the table of its group, from 1.
    word
        The batch system's own word, such as ``OUT_OF_MEMORY``; empty where it tells nothing.
    exit
        Of the payload, or of what ran it; None: not told.
    reason
        Why it waits, is held, or ended so, in the words of the batch system or of the job.
    restarts
        How often the batch system began it anew, as after an eviction; None: not told.
    """

    job: int
    state: JobState
    word: str = ""
    exit: int | None = None
    reason: str = ""
    node: str = ""
    restarts: int | None = None
