"""Rules 13, 14, 15: clusters whose tasks or keys don't go together."""

from __future__ import annotations

import re

from cmcompile.bps.rules.labels import tasks_run
from cmcompile.bps.view import View, also, entries, text_of, words
from cmcompile.model.codes import bps as codes
from cmcompile.model.resolved import Branch, Leaf, Tree

_PAIR = re.compile(r"\s*\w+:\w+\s*")
_BY_DIMENSION = "lsst.ctrl.bps.quantum_clustering_funcs.dimension_clustering"


def check(view: View) -> None:
    """Report tasks named twice, dead clusters, and keys that exclude or need each other."""
    bodies = [(label, body) for label, body in view.bodies("cluster") if isinstance(body, Branch)]
    _named_twice(view, bodies)
    _dead(view, bodies)
    for label, body in bodies:
        _partition(view, label, body)
        _dimensions(view, label, body)


def _named_twice(view: View, bodies: list[tuple[str, Branch]]) -> None:
    first: dict[str, tuple[str, Tree]] = {}
    for label, body in bodies:
        tasks = body.get("pipetasks")
        for task in words(text_of(tasks)):
            if task not in first or tasks is None:
                first[task] = (label, tasks or body)
                continue
            other, place = first[task]
            where = f"twice in `{label}`" if other == label else f"in clusters `{other}` and `{label}`"
            related = also(place, f"first named in `{other}`")
            hint = "a task belongs to one cluster: remove it from the other"
            view.report(codes.TASK_IN_TWO_CLUSTERS, tasks, f"task `{task}` is named {where}", hint, related)


def _dead(view: View, bodies: list[tuple[str, Branch]]) -> None:
    run = tasks_run(view)
    if bodies and view.find("clusterAlgorithm") is None and not view.unreadable:
        message = "`cluster` has no effect: without `clusterAlgorithm` BPS makes one job per quantum"
        hint = f"set clusterAlgorithm: {_BY_DIMENSION}"
        view.report(codes.DEAD_CLUSTER, view.tree.get("cluster"), message, hint)
    for label, body in bodies:
        tasks = words(text_of(body.get("pipetasks")))
        if run and tasks and run.isdisjoint(tasks):
            message = f"cluster `{label}` has no effect: none of its tasks is among the labels after `#`"
            view.report(
                codes.DEAD_CLUSTER, body, message, "remove the cluster, or its tasks are run elsewhere"
            )


def _partition(view: View, label: str, body: Branch) -> None:
    by = body.get("partitionDimensions")
    limits = [key for key, _ in entries(body) if key in ("partitionMaxClusters", "partitionMaxSize")]
    name = f"cluster `{label}`"
    if len(limits) > 1:
        message = f"{name} sets both `partitionMaxClusters` and `partitionMaxSize`"
        view.report(codes.BAD_CLUSTER, body.get(limits[1]), message, "keep one of them")
    elif by is not None and not limits and not view.unreadable:
        message = f"{name} has `partitionDimensions` without a size"
        view.report(codes.BAD_CLUSTER, by, message, "add `partitionMaxClusters` or `partitionMaxSize`")
    elif limits and by is None and not view.unreadable:
        message = f"{name} has `{limits[0]}` without `partitionDimensions`, and BPS doesn't read it"
        view.report(codes.BAD_CLUSTER, body.get(limits[0]), message, "add `partitionDimensions`")
    for key in limits:
        value = body.get(key)
        if isinstance(value, Leaf) and isinstance(value.value, int) and value.value < 1:
            message = f"{name}: `{key}` is {value.value}, and must be 1 or more"
            view.report(codes.BAD_CLUSTER, value, message, "write a number above 0")


def _dimensions(view: View, label: str, body: Branch) -> None:
    method = body.get("findDependencyMethod")
    if method is not None and text_of(method) not in ("source", "sink"):
        message = f"cluster `{label}`: `findDependencyMethod` must be `source` or `sink`"
        view.report(codes.BAD_CLUSTER, method, message, "write `source` or `sink`")
    equal = body.get("equalDimensions")
    bad = [p for p in (text_of(equal) or "").split(",") if equal is not None and not _PAIR.fullmatch(p)]
    if isinstance(equal, Leaf) and bad:
        message = f"cluster `{label}`: {bad[0]!r} in `equalDimensions` is no pair"
        view.report(codes.BAD_CLUSTER, equal, message, "write pairs with a colon: `visit:exposure`")
