"""From a workflow of BPS to one of the engine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lsst.ctrl.bps import (
    BpsConfig,
    GenericWorkflow,
    GenericWorkflowGroup,
    GenericWorkflowJob,
    GenericWorkflowNoopJob,
)

from cmcompile.engine.workflow import Job, Workflow, WorkflowError

_FILE = re.compile(r"<FILE:([^>]+)>")


def converted(config: BpsConfig, generic: GenericWorkflow) -> Workflow:
    """Return the workflow that does what BPS asks for.

    Raises
    ------
    WorkflowError
        When it holds something that the engine can't run.
    """
    jobs = _nodes(generic, generic, {}, {})
    final = generic.get_final()
    if isinstance(final, GenericWorkflow):
        raise WorkflowError("a final job that is a workflow of its own can't be run by the engine")
    if final is not None:
        jobs.append(_job(generic, final, ()))
    site = _site(config)
    return Workflow(
        generic.name,
        tuple(jobs),
        final.name if final is not None else "",
        str(Path.cwd()),
        _graph(generic),
        str(config.search("outputRun", opt={"default": ""})[1]),
        _whole(site, "cores"),
        _whole(site, "memory"),
        {name.removeprefix("bps_"): str(value) for name, value in generic.run_attrs.items()},
    )


def _nodes(
    generic: GenericWorkflow,
    inside: GenericWorkflow,
    sources: dict[str, tuple[str, ...]],
    gates: dict[str, tuple[str, ...]],
) -> list[Job]:
    """Return the jobs of a workflow or of a group, parents first.

    A group becomes its own jobs, and one that does nothing and waits for them all. Unless the group blocks,
    that one does not mind failures; then what stands behind the group needs what stands before it, too.

    Parameters
    ----------
    sources
        What the first jobs of a group wait for, by the name of the group.
    gates
        What must succeed beside a group that does not block, by its name.
    """
    found: list[Job] = []
    own = sources.get(inside.name, ()) if inside is not generic else ()
    for name in inside:
        node = inside.get_job(name)
        before = [p for parent in inside.predecessors(name) for p in (parent, *gates.get(parent, ()))]
        parents = tuple(dict.fromkeys(before)) or own
        if isinstance(node, GenericWorkflowGroup):
            inner = _nodes(generic, node, {node.name: parents}, gates)
            found += inner
            if not node.blocking:
                gates[name] = parents
            everything = tuple(job.name for job in inner)
            found.append(Job(name, node.label, parents=everything, regardless=not node.blocking))
        elif isinstance(node, GenericWorkflowNoopJob):
            found.append(Job(name, node.label, parents=parents))
        else:
            found.append(_job(inside, node, parents, generic))
    return found


def _job(
    inside: GenericWorkflow,
    job: GenericWorkflowJob,
    parents: tuple[str, ...],
    whole: GenericWorkflow | None = None,
) -> Job:
    if job.executable is None or not job.executable.src_uri:
        raise WorkflowError(f"job {job.name} has no program")
    arguments = _arguments(inside, whole, job)
    return Job(
        job.name,
        job.label,
        (job.executable.src_uri, *_words(job, arguments)),
        parents,
        quanta=sum(job.quanta_counts.values()),
        cores=int(job.request_cpus or 1),
        memory=int(job.request_memory or 0),
        memory_factor=float(job.memory_multiplier or 1),
        memory_max=int(job.request_memory_max or 0),
        retries=int(job.number_of_retries or 0),
        no_retry=_codes(job.retry_unless_exit),
        abort_on=None if job.abort_on_value is None else int(job.abort_on_value),
        priority=_priority(job.priority),
        limit=str(job.concurrency_limit or ""),
        environment={name: str(value) for name, value in (job.environment or {}).items()},
        before=_words(job, job.pre_cmdline or ""),
        after=_words(job, job.post_cmdline or ""),
    )


def _arguments(inside: GenericWorkflow, whole: GenericWorkflow | None, job: GenericWorkflowJob) -> str:
    """Put files and values in; variables of the environment stay for the machine that runs the job."""

    def path(key: str) -> str:
        for place in (inside, whole):
            try:
                return str(place.get_file(key).src_uri) if place is not None else ""
            except KeyError:
                continue
        raise WorkflowError(f"job {job.name} names the file {key}, which the workflow does not have")

    text = _FILE.sub(lambda found: path(found[1]), job.arguments or "")
    try:
        return text.format(**job.cmdvals)
    except (KeyError, ValueError, IndexError) as error:
        raise WorkflowError(f"the arguments of job {job.name} can't be filled in: {error}") from None


def _words(job: GenericWorkflowJob, text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise WorkflowError(f"a command of job {job.name} can't be read: {error}: {text}") from None


def _codes(value: Any) -> tuple[int, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        value = value.replace("[", "").replace("]", "").replace(",", " ").split()
    return tuple(int(code) for code in value) if isinstance(value, Iterable) else (int(value),)


def _priority(value: Any) -> int:
    try:
        return int(value or 0)
    except ValueError:
        raise WorkflowError(f"priority {value!r} is not a whole number") from None


def _graph(generic: GenericWorkflow) -> str:
    for file in generic.get_files(data=True, transfer_only=False):
        if file.name == "runQgraphFile":
            return str(file.src_uri)
    return ""


def _site(config: BpsConfig) -> Any:
    found, name = config.search("computeSite")
    place = f".site.{name}"
    return config[place] if found and name and place in config else {}


def _whole(site: Any, key: str) -> int:
    value = site[key] if key in site else 0  # noqa: SIM401 - a configuration of BPS has no such get
    try:
        return max(int(value), 0)
    except (TypeError, ValueError):
        raise WorkflowError(f"{key} of the site must be a whole number, not {value!r}") from None
