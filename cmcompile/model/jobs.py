"""What a workload system tells of the tasks and jobs of its runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class JobError:
    """What one part of the system said of a job that failed.

    Attributes
    ----------
    source
        ``transform`` (the exit code of what was run), ``pilot``, ``executor``, ``ddm``, ``supervisor``,
        ``brokerage``, ``dispatcher`` or ``taskbuffer``.
    code
        As it was given, never 0.
    """

    source: str
    code: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A job, as the system shows it.

    Attributes
    ----------
    state
        As `cmcompile.model.wms.RunSeen.state`; empty where the system's word is not known here.
    attempt
        Which attempt it is, from 1; None where that is not told.
    seconds, cpu_seconds
        Of wall time and of CPU time; None where not told.
    max_rss
        Peak resident memory in kB; None where not told.
    asked_ram
        Memory that it was given, in MB; None where not told.
    log
        The address of its log, or empty.
    created
        When this attempt was made; it waits from then on. None where not told.
    """

    job_id: str
    task_id: str
    run_id: str
    name: str
    status: str
    state: str
    attempt: int | None = None
    site: str = ""
    host: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    seconds: float | None = None
    cpu_seconds: float | None = None
    max_rss: float | None = None
    asked_ram: float | None = None
    errors: tuple[JobError, ...] = ()
    log: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class TaskSeen:
    """A task of a run: the jobs of one label, or of a part of them.

    Attributes
    ----------
    label
        As BPS names it; empty where the name does not tell.
    state
        As of `JobSeen`; ``held`` waits for a person.
    quanta, succeeded, failed
        Files of its input, one for each quantum that it could be given.
    missing
        Quanta that were taken out because what they need failed; they are in none of the numbers above. None:
        not told, as by servers of 2022.
    ram
        Memory for a job, in the unit that the system names.
    says
        What it says of what is wrong, or empty.
    """

    task_id: str
    run_id: str
    name: str
    label: str
    status: str
    state: str
    quanta: int
    succeeded: int
    failed: int
    missing: int | None = None
    ram: float | None = None
    ram_unit: str = ""
    says: str = ""
    changed: datetime | None = None

    @property
    def expected(self) -> int | None:
        """All quanta of the task, with those that were taken out; None where these are not told."""
        return None if self.missing is None else self.quanta + self.missing


@dataclass(frozen=True, slots=True)
class Details:
    """The tasks of some runs, and their jobs that failed.

    Attributes
    ----------
    lacking
        What is not here, and why; empty: nothing is known to be left out.
    """

    tasks: tuple[TaskSeen, ...] = ()
    jobs: tuple[JobSeen, ...] = ()
    lacking: tuple[str, ...] = ()
