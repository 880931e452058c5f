"""What the monitor's replies say: pure functions from JSON to values.

A row that is odd is left out, and its run is not shown by this reply; a reply that is odd as a whole raises
`OddReplyError`. Both generations of keys are read, those of 2022 and those of 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, TypeVar

from cmcompile.model.jobs import JobError, JobSeen, TaskSeen
from cmcompile.observe.panda import shape
from cmcompile.observe.panda.shape import OddReplyError
from cmcompile.observe.panda.statuses import (
    JOBS,
    PROCESSINGS,
    REQUESTS,
    TASKS,
    processing_status,
    request_status,
)

T = TypeVar("T")

#: The parts of the system that say what became of a job: key of the code, key of the text.
_SAYERS = {
    "pilot": ("piloterrorcode", "piloterrordiag"),
    "executor": ("exeerrorcode", "exeerrordiag"),
    "ddm": ("ddmerrorcode", "ddmerrordiag"),
    "supervisor": ("superrorcode", "superrordiag"),
    "brokerage": ("brokerageerrorcode", "brokerageerrordiag"),
    "dispatcher": ("jobdispatchererrorcode", "jobdispatchererrordiag"),
    "taskbuffer": ("taskbuffererrorcode", "taskbuffererrordiag"),
}
#: A task of 2026 behind the name of its run: number of the label, label, number of the part, ids.
_LABEL = re.compile(r"_\d+_(?P<label>.+)_\d+_(?P<run>\d+)_\d+")


@dataclass(frozen=True, slots=True)
class Rows(Generic[T]):
    """What could be read.

    Attributes
    ----------
    odd
        Why rows were left out.
    """

    found: tuple[T, ...] = ()
    odd: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkflowSeen:
    """A workflow in the monitor's list.

    Attributes
    ----------
    status
        As iDDS writes it, whatever the case in the reply.
    state
        What it stands for, as `cmcompile.model.wms.RunSeen.state`; empty where the name is not known.
    tasks
        How many of its tasks are in which ``ProcessingStatus``.
    finished, failed
        Percent of the files of its tasks that were made by now; those that were taken out count nowhere.
        None: not told, as in 2022.
    files
        How many files there are to make, as iDDS counts them.
    """

    run_id: str
    name: str
    status: str
    state: str
    created: datetime
    total_tasks: int | None = None
    tasks: Mapping[str, int] = field(default_factory=dict)
    finished: float | None = None
    failed: float | None = None
    files: int | None = None

    @property
    def all_tasks_over(self) -> bool:
        """Whether nothing of it goes on any more: it is about to end, or has ended."""
        return bool(self.tasks) and all(
            PROCESSINGS.get(processing_status(name), False) for name in self.tasks
        )


@dataclass(frozen=True, slots=True)
class ErrorSeen:
    """How often one part of the system said one thing of jobs.

    Attributes
    ----------
    example
        The id of a job of which it was said.
    """

    name: str
    code: int
    message: str
    count: int
    example: str


def workflows(reply: object) -> Rows[WorkflowSeen]:
    """Read ``/idds/wfprogress/``.

    Raises
    ------
    OddReplyError
        Also for an empty list: that is what the monitor gives when its database fails.
    """
    rows = shape.items(reply, "the list of workflows")
    if not rows:
        raise OddReplyError("the list of workflows is empty, as when its database fails")
    return _each(rows, _workflow, lambda one: one.run_id)


def tasks(reply: object, names: Mapping[str, str] | None = None) -> Rows[TaskSeen]:
    """Read ``/tasks/``.

    Parameters
    ----------
    names
        The names of runs by id, for the labels of their tasks.

    Raises
    ------
    OddReplyError
        Also for an empty list: a run that goes on has tasks, or is too new to have any.
    """
    known = names or {}
    rows = shape.items(reply, "the list of tasks")
    if not rows:
        raise OddReplyError("the list of tasks is empty")
    return _each(rows, lambda found: _task(found, known), lambda one: one.task_id)


def jobs(reply: object) -> Rows[JobSeen]:
    """Read ``/jobs/``.

    Raises
    ------
    OddReplyError
    """
    rows = shape.items(shape.row(reply, "the reply about jobs").get("jobs"), "the list of jobs")
    return _each(rows, _job, lambda one: one.job_id)


def task(reply: object) -> TaskSeen:
    """Read ``/task/<id>/``.

    Raises
    ------
    OddReplyError
    """
    return _task(shape.row(shape.row(reply, "the reply about a task").get("task"), "the task"), {})


def job(reply: object) -> JobSeen:
    """Read ``/job/<id>/``.

    Raises
    ------
    OddReplyError
    """
    return _job(shape.row(shape.row(reply, "the reply about a job").get("job"), "the job"))


def inputs(reply: object) -> Rows[str]:
    """Read the names of inputs in ``/job/<id>/``.

    Raises
    ------
    OddReplyError
    """
    rows = shape.items(shape.row(reply, "the reply about a job").get("files"), "the list of files")
    files = [shape.row(one, "a file") for one in rows]
    return Rows(tuple(shape.text(one, "lfn") for one in files if one.get("type") == "pseudo_input"))


def errors(reply: object) -> Rows[ErrorSeen]:
    """Read what ``/errors/`` or ``/jobs/`` counts.

    Raises
    ------
    OddReplyError
    """
    found = shape.row(reply, "the reply about errors").get("errsByCount")
    return _each(shape.items(found, "the list of errors"), _error, lambda one: f"{one.name} {one.message}")


def _each(rows: Iterable[object], read: Callable[[Mapping[str, Any]], T], key: Callable[[T], str]) -> Rows[T]:
    """Read rows one by one; of two that tell of one thing, and not alike, neither counts."""
    found: dict[str, T] = {}
    odd: list[str] = []
    twice: set[str] = set()
    for one in rows:
        try:
            made = read(shape.row(one, "a row"))
        except OddReplyError as error:
            odd.append(str(error))
            continue
        name = key(made)
        if found.setdefault(name, made) != made:
            twice.add(name)
    odd += [f"{name} is shown twice, and not alike" for name in sorted(twice)]
    return Rows(tuple(one for name, one in found.items() if name not in twice), tuple(odd))


def _workflow(found: Mapping[str, Any]) -> WorkflowSeen:
    word = shape.text(found, "r_status")
    status = request_status(word)
    counts = found.get("tasks_statuses")
    tasks = shape.row(counts, "`tasks_statuses`") if counts is not None else {}
    return WorkflowSeen(
        shape.id_of(found, "request_id"),
        shape.text(found, "r_name"),
        status or word,
        REQUESTS.get(status, ""),
        shape.moment_at(found, "created_at"),
        shape.count(found, "total_tasks"),
        {name: _there(shape.count(tasks, name)) for name in tasks},
        shape.percent(found, "finished_files"),
        shape.percent(found, "failed_files"),
        shape.count(found, "total_files"),
    )


def _task(found: Mapping[str, Any], names: Mapping[str, str]) -> TaskSeen:
    name, status, run = (
        shape.text(found, "taskname"),
        shape.text(found, "status"),
        shape.id_of(found, "reqid"),
    )
    files = shape.row(found.get("dsinfo"), "`dsinfo`")
    counted = [shape.count(files, key) for key in ("nfiles", "nfilesfinished", "nfilesfailed")]
    quanta, succeeded, failed = (_there(one) for one in counted)
    if succeeded + failed > quanta:
        raise OddReplyError(f"task {name} has more files that are done than files")
    fit = _LABEL.fullmatch(name.removeprefix(names[run])) if run in names else None
    return TaskSeen(
        shape.id_of(found, "jeditaskid"),
        run,
        name,
        fit["label"] if fit is not None and fit["run"] == run else "",
        status,
        TASKS.get(status.lower(), ""),
        quanta,
        succeeded,
        failed,
        shape.count(files, "nfilesmissing"),
        shape.number(found, "ramcount"),
        shape.words(found, "ramunit"),
        shape.words(found, "errordialog"),
        shape.time(found, "modificationtime"),
    )


def _there(number: int | None) -> int:
    if number is None:
        raise OddReplyError("a number is not there")
    return number


def _job(found: Mapping[str, Any]) -> JobSeen:
    status = shape.text(found, "jobstatus")
    exit_code = _code(found, "transexitcode")
    said = [JobError("transform", exit_code)] if exit_code else []
    for source, (code, words) in _SAYERS.items():
        number = _code(found, code)
        if number:
            said.append(JobError(source, number, shape.words(found, words)))
    log = shape.words(found, "pilotid").partition("|")[0]
    return JobSeen(
        shape.id_of(found, "pandaid"),
        shape.id_of(found, "jeditaskid"),
        shape.id_of(found, "reqid"),
        shape.words(found, "jobname"),
        status,
        JOBS.get(status.lower(), ""),
        shape.count(found, "attemptnr"),
        shape.words(found, "computingsite"),
        shape.words(found, "modificationhost"),
        shape.time(found, "starttime"),
        shape.time(found, "endtime"),
        shape.number(found, "durationsec"),
        shape.number(found, "cpuconsumptiontime"),
        shape.number(found, "maxrss"),
        shape.number(found, "minramcount"),
        tuple(said),
        log if log.startswith(("https://", "http://")) else "",
        shape.time(found, "creationtime"),
    )


def _code(found: Mapping[str, Any], key: str) -> int:
    """Return a code, which may be written as a text; 0 where there is none."""
    value = found.get(key)
    if value is None or value == "":
        return 0
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,9}", value):
        return int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise OddReplyError(f"`{key}` is {value!r}, and no code")
    return value


def _error(found: Mapping[str, Any]) -> ErrorSeen:
    return ErrorSeen(
        shape.text(found, "error"),
        _code(found, "codeval"),
        shape.words(found, "diag"),
        _there(shape.count(found, "count")),
        shape.id_of(found, "example_pandaid"),
    )
