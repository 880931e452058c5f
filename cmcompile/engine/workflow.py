"""A workflow as the engine runs it: jobs, what they wait for, what they need. Written as plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cmcompile.engine.record import written

FORMAT = 1
#: The file in the submit directory.
FILE = "workflow.json"


class WorkflowError(Exception):
    """A workflow can't be used; the text says why."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job, in the words of BPS.

    Attributes
    ----------
    argv
        Program and arguments; ``<ENV:NAME>`` stands for a variable of the job's environment. Empty: the job
        does nothing, and only stands between others.
    parents
        Names of the jobs that this one waits for.
    regardless
        Whether the parents may end in any way; otherwise they must succeed.
    quanta
        How many quanta it runs.
    cores, memory
        What it asks for; memory in MiB.
    memory_factor, memory_max
        What a retry asks for is so much more, up to a limit in MiB (0: none).
    retries
        How often it is tried again after a failure, but not after the exit codes of ``no_retry``.
    abort_on
        With this exit code nothing else is started but the final job.
    priority
        Among jobs that are ready, a larger number goes first.
    limit
        Among all runs of the machine, one job with the same word here is run at a time.
    before, after
        Commands around it. When the first fails the job is not run and has failed; the last is always run.
    """

    name: str
    label: str
    argv: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    regardless: bool = False
    quanta: int = 0
    cores: int = 1
    memory: int = 0
    memory_factor: float = 1.0
    memory_max: int = 0
    retries: int = 0
    no_retry: tuple[int, ...] = ()
    abort_on: int | None = None
    priority: int = 0
    limit: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Workflow:
    """A workflow.

    Attributes
    ----------
    jobs
        Parents stand before their children.
    final
        The job that is run when all others have ended in any way; its name, or empty.
    directory
        Where the jobs are run; absolute.
    graph
        The quantum graph of the run, or empty.
    cores, memory
        What all runs may use together while this one starts a job; memory in MiB. 0: what the machine has.
    attributes
        What BPS tells about a run: ``operator``, ``project``, ``campaign``, ``payload``, ``site``.
    """

    name: str
    jobs: tuple[Job, ...]
    final: str = ""
    directory: str = ""
    graph: str = ""
    output_run: str = ""
    cores: int = 0
    memory: int = 0
    attributes: Mapping[str, str] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write the file into a submit directory, and return its path."""
        path = folder / FILE
        written(path, json.dumps({"format": FORMAT, **asdict(self)}, indent=1).encode())
        return path

    @classmethod
    def read(cls, folder: Path) -> Workflow:
        """Read the file of a submit directory.

        Raises
        ------
        WorkflowError
            When it can't be read.
        """
        path = folder / FILE
        try:
            found = json.loads(path.read_bytes())
            if found.pop("format") != FORMAT:
                raise WorkflowError(f"{path} was written by a newer cmcompile")
            found["jobs"] = tuple(_job(job) for job in found["jobs"])
            return cls(**found)
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise WorkflowError(f"{path} can't be read: {error}") from None


def _job(found: Mapping[str, Any]) -> Job:
    plain: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in found.items()
    }
    return Job(**plain)
