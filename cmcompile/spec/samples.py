"""Samples that a policy is tried on: logs as they are, and lists of failures with what is expected."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cmcompile.model.cause import Cause
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import InputError
from cmcompile.model.failures import Sample
from cmcompile.model.outcome import Failure, Fault, Quantum
from cmcompile.model.source import Mapping, Node, plain
from cmcompile.spec.schema import check
from cmcompile.spec.values import items, mapping
from cmcompile.spec.yaml import read

#: Files with these names hold lists of samples.
LISTS = (".yaml", ".yml", ".json")
#: Of a log without a traceback so many lines are what was said last.
_LAST = 20
_EXCEPTION = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:: .*)?\Z")


def samples_in(name: str, data: bytes, cause: Cause | None, task: str) -> tuple[Sample, ...]:
    """Return the samples of a file.

    Parameters
    ----------
    cause, task
        What is said of logs, which say it not themselves.

    Raises
    ------
    InputError
        When a list is not as its schema says.
    """
    if not name.endswith(LISTS):
        text = data.decode(errors="replace")
        return (sample_of(name, said_in(text), cause, task),)
    findings = Findings()
    node = read(name, data, findings)
    if node is None or not check(node, "samples", findings):
        raise InputError(findings.sorted())
    return tuple(_listed(name, node))


def sample_of(name: str, message: str, cause: Cause | None, task: str) -> Sample:
    """Return a sample without expectations."""
    return Sample(name, Failure(Quantum(task, ""), Fault.FAILED, message, cause))


def said_in(log: str) -> str:
    """Return what a log says of its end: the exception of its last traceback, or its last lines.

    What was mended on the way, such as a connection that was tried again, is further up.
    """
    lines = [line.rstrip() for line in log.splitlines() if line.strip()]
    for at in range(len(lines) - 1, 0, -1):
        if _EXCEPTION.match(lines[at]) and lines[at - 1][:1].isspace():
            return lines[at]
    return "\n".join(lines[-_LAST:])


def _listed(name: str, node: Node) -> Iterator[Sample]:
    for number, item in enumerate(items(node), 1):
        given = mapping(item.get("given")) if isinstance(item, Mapping) else None
        expect = mapping(item.get("expect")) if isinstance(item, Mapping) else None
        told = {} if given is None else {entry.key: plain(entry.value) for entry in given}
        fault = Fault(str(told.get("fault", "failed")))
        quantum = Quantum(str(told.get("task", "")), str(told.get("data_id", "")))
        failure = Failure(quantum, fault, str(told.get("message", "")), _cause(told))
        wanted = tuple((entry.key, str(plain(entry.value) or "")) for entry in expect or ())
        yield Sample(f"{name} {number}", failure, wanted)


def _cause(told: dict[str, object]) -> Cause | None:
    source, code = told.get("source"), told.get("code")
    if source is None:
        return None
    return Cause(str(source), code if isinstance(code, int) else None, str(told.get("site", "")))
