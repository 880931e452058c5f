"""The software that the groups of a campaign name: releases, environments, pipelines, images."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.compiler.difference.sides import Side
from cmcompile.compiler.result import Compilation
from cmcompile.model.campaign import Environment
from cmcompile.model.group import CompiledGroup
from cmcompile.model.resolved import Branch, Tree

#: What of a submit file says which software runs.
_KEYS = {
    "pipeline": ("pipelineYaml",),
    "image": ("payload", "sw_image"),
    "plugin": ("wmsServiceClass",),
    "batch system": ("batch", "system"),
}


def software_of(made: Compilation) -> dict[str, dict[str, tuple[str, ...]]]:
    """Return by step what its groups name, each value once, in the order of the groups."""
    found: dict[str, dict[str, dict[str, None]]] = {name: {} for name in made.steps}
    seen: set[tuple[str, int, str | None]] = set()
    for one in made.groups:
        step = one.group.step
        shape = made.shapes[step].of(one.group)
        key = (step, id(shape), one.release)
        if key in seen:
            continue
        seen.add(key)
        for what, text in _texts(made, one):
            found[step].setdefault(what, {})[text] = None
    return {step: {what: tuple(texts) for what, texts in each.items()} for step, each in found.items()}


def _texts(made: Compilation, one: CompiledGroup) -> Iterator[tuple[str, str]]:
    if one.release is not None:
        yield "release", one.release
    if one.environment is not None:
        yield "environment", one.environment
        environment = made.spec.environments.get(one.environment)
        if environment is not None:
            yield from _environment(environment)
    side = Side(made, one, one.group)
    for what, path in _KEYS.items():
        tree = _at(side.shape.tree, path)
        value = None if tree is None else side.value(tree)
        if isinstance(value, str):
            yield what, value


def _environment(found: Environment) -> Iterator[tuple[str, str]]:
    for line in found.setup:
        yield "set-up", str(line.value)
    for name, value in found.env.items():
        yield f"${name}", str(value.value)


def _at(tree: Tree, path: tuple[str, ...]) -> Tree | None:
    found: Tree | None = tree
    for key in path:
        found = found.entries.get(key) if isinstance(found, Branch) else None
    return found
