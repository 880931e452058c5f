"""Rule 16: attributes that must be the same for all tasks of a cluster.

BPS takes the largest memory, number of processors and retries of the tasks of a cluster and adds up disk and
time. Any other attribute must have one value, or be set on the cluster; else the submission fails after the
quantum graph was built, which may take an hour.
"""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.bps.defaults import DEFAULTS
from cmcompile.bps.keys import JOB_UNIFORM
from cmcompile.bps.rules.labels import tasks_run
from cmcompile.bps.view import View, also, text_of, words
from cmcompile.model.codes import bps as codes
from cmcompile.model.resolved import Branch, Tree, tree_plain


def check(view: View) -> None:
    """Report attributes in which the tasks of a cluster differ."""
    bodies = {label: body for label, body in view.bodies("pipetask") if isinstance(body, Branch)}
    run = tasks_run(view)
    for label, cluster in view.bodies("cluster"):
        if not isinstance(cluster, Branch):
            continue
        tasks = words(text_of(cluster.get("pipetasks")))
        if run:
            tasks = tuple(task for task in tasks if task in run)
        if len(tasks) > 1:
            _cluster(view, label, cluster, {task: bodies.get(task, Branch()) for task in tasks})


def _cluster(view: View, label: str, cluster: Branch, tasks: dict[str, Branch]) -> None:
    payload = view.tree.get("payload")
    above = [cluster, payload] if isinstance(payload, Branch) else [cluster]
    for key in JOB_UNIFORM:
        if any(node.get(key) is not None for node in above):
            continue
        own = {task: body.get(key) for task, body in tasks.items()}
        if not any(own.values()):
            continue
        below = _fallback(view, cluster, key)
        values = {task: tree if tree is not None else below for task, tree in own.items()}
        if _differ(values.values()):
            _report(view, label, key, values)


def _fallback(view: View, cluster: Branch, key: str) -> Tree | None:
    # What a task gets that sets nothing: from the site and cloud of the cluster, then from root.
    for choice, section in (("computeSite", "site"), ("computeCloud", "cloud")):
        chosen = text_of(cluster.get(choice)) or text_of(view.find(choice))
        found = view.tree.get(section, chosen, key) if chosen else None
        if found is not None:
            return found
    return view.tree.get(key) or DEFAULTS.get(key)


def _value(tree: Tree | None) -> object:
    return None if tree is None else tree_plain(tree)


def _differ(values: Iterable[Tree | None]) -> bool:
    plain = [_value(tree) for tree in values]
    return any(value != plain[0] for value in plain)


def _report(view: View, label: str, key: str, values: dict[str, Tree | None]) -> None:
    tasks = list(values)
    first = tasks[0]
    other = next(task for task in tasks if _value(values[task]) != _value(values[first]))
    said = [f"{_shown(values[task])} for `{task}`" for task in (first, other)]
    place, away = values[other], values[first]
    if place is None or place.origin.span is None:
        place = away
    related = () if away is None or away is place else also(away, f"`{key}` of `{first}`")
    message = f"cluster `{label}`: `{key}` is {said[0]} and {said[1]}, but a cluster is one job"
    hint = f"set `{key}` on the cluster, or give these tasks the same"
    view.report(codes.NOT_UNIFORM, place, message, hint, related)


def _shown(tree: Tree | None) -> str:
    value = _value(tree)
    if value is None:
        return "not set"
    text = str(value)
    return f"`{text}`" if len(text) < 60 else f"`{text[:57]}…`"
