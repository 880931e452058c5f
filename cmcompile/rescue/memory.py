"""The memory that a task of a compiled group asks for, and the key that sets it."""

from __future__ import annotations

from collections.abc import Mapping

from cmcompile.batch.document import is_document, read_document
from cmcompile.compiler.explain import UnknownKeyError, explain, plain_value_at
from cmcompile.compiler.explain.below import below, find
from cmcompile.compiler.explain.subject import subject
from cmcompile.compiler.result import Compilation
from cmcompile.model.group import CompiledGroup
from cmcompile.model.resolved import Branch, tree_plain
from cmcompile.rescue.case import Request

_KEY = "requestMemory"


def request(compilation: Compilation, made: CompiledGroup, task: str) -> Request | None:
    """Return what a task asks for, in MB; None where that can't be told.

    BPS looks under ``payload`` first, then in the task's cluster, then at the task, then at the root. A
    cluster that says nothing takes the most that one of its tasks asks for. Of a batch step all jobs of a
    group ask for the same.
    """
    if is_document(made.data):
        memory = read_document(made.data).resources.memory
        return None if memory is None else Request(("resources", "memory"), memory, "jobs")
    own = ("pipetask", task, _KEY)
    for path in (("payload", _KEY), *_of_clusters(compilation, made, task), own):
        value = _number(compilation, made, path)
        if value is not None:
            return Request(path, value)
    usual = _number(compilation, made, (_KEY,))
    return None if usual is None else Request(own, usual)


def _number(compilation: Compilation, made: CompiledGroup, path: tuple[str, ...]) -> int | None:
    try:
        value = explain(compilation, made, ".".join(("bps", *path))).value
    except UnknownKeyError:
        return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _of_clusters(compilation: Compilation, made: CompiledGroup, task: str) -> list[tuple[str, ...]]:
    included = find(below(subject(compilation, made)).included, ("cluster",))
    low = tree_plain(included) if isinstance(included, Branch) else {}
    high = plain_value_at(compilation, made, "bps.cluster")
    found: dict[str, str] = {}
    for some in (low, high):
        for label, body in some.items() if isinstance(some, Mapping) else ():
            if isinstance(body, Mapping) and isinstance(body.get("pipetasks"), str):
                found[str(label)] = str(body["pipetasks"])
    return [
        ("cluster", label, _KEY)
        for label, tasks in found.items()
        if task in {name.strip() for name in tasks.split(",")}
    ]
