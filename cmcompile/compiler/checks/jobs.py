"""Checks of batch steps over their groups: keys of the other engine, and outputs that two jobs write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from cmcompile.compiler.step import StepGroups, StepShapes
from cmcompile.compiler.writer import GroupWriter
from cmcompile.model import codes
from cmcompile.model.campaign import Layer, Spec, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Group
from cmcompile.model.source import Scalar, Span

#: Of an engine: the keys that only the other one reads.
_FOREIGN = {"bps": ("jobs", "batch"), "batch": ("bps", "where")}
#: So many pairs of steps or rescues are told of; each with the first file.
_SHOWN = 10


def check_engines(spec: Spec, findings: Findings) -> None:
    """Report what a step, its overrides or its rescues set for the other engine.

    What stands on the campaign, a site or in `step_defaults` is for all steps, of which some may be others.
    """
    for step in spec.steps:
        for layer in _own_layers(step):
            for key in _FOREIGN.get(step.engine, ()):
                node = layer.get(key)
                if node is None or (isinstance(node, Scalar) and node.value is None):
                    continue
                findings.add(
                    codes.batch.OTHER_ENGINE,
                    layer.body.key_span(key),
                    f"{layer.name} sets `{key}`, and the engine of {step.name} is {step.engine}",
                    f"take it out, or set `engine: {'batch' if step.engine == 'bps' else 'bps'}` on the step",
                    scope=step.name,
                )

        for rescue in step.rescues:
            if step.engine == "batch" and rescue.skip_existing_in:
                findings.add(
                    codes.batch.OTHER_ENGINE,
                    rescue.span,
                    f"rescue {rescue.name} has `skip_existing_in`, and the engine of {step.name} is batch",
                    "take it out: jobs whose outputs are there are left out by themselves",
                    scope=step.name,
                )


def _own_layers(step: Step) -> Iterator[Layer]:
    yield from (layer for layer in step.layers if layer.name.endswith(f"step {step.name}"))
    yield from (override.layer for override in step.overrides)
    for rescue in step.rescues:
        yield rescue.layer
        yield from (override.layer for override in rescue.overrides)


def check_outputs_once(
    spec: Spec,
    steps: Mapping[str, StepGroups],
    shapes: Mapping[str, StepShapes],
    writer: GroupWriter,
    findings: Findings,
) -> None:
    """Report files that two jobs of the campaign write, by absolute path.

    A rescue writes what its step lacks: its jobs are held against each other alone.
    """
    seen: dict[str, tuple[Group, int]] = {}
    reported: set[tuple[str, str]] = set()
    for step in spec.steps:
        if step.engine != "batch":
            continue
        made = steps[step.name]
        own_shapes = shapes[step.name]
        for groups, into in ((made.first, seen), *((r.groups, {}) for r in made.rescues)):
            for group, other, path, numbers in _twice(groups, own_shapes, writer, into):
                pair = (_pass_of(other), _pass_of(group))
                if pair in reported or len(reported) == _SHOWN:
                    continue
                reported.add(pair)
                findings.add(
                    codes.batch.OUTPUT_TWICE,
                    _span(step, own_shapes, group),
                    f"{path} would be written by job {numbers[0]} of {_name(other)} and by job {numbers[1]} "
                    f"of {_name(group)}",
                    "let `outputs` name all that tells the jobs apart: each column of `each`, and the step",
                    scope=step.name,
                )


def _twice(
    groups: Iterable[Group], shapes: StepShapes, writer: GroupWriter, seen: dict[str, tuple[Group, int]]
) -> Iterator[tuple[Group, Group, str, tuple[int, int]]]:
    """Yield what was written by another job before."""
    for group in groups:
        shape = shapes.of(group)
        for number, outputs in enumerate(writer.jobs.outputs(shape, shape.names_of(group)), 1):
            for path in outputs:
                if path.startswith("/"):
                    other, first = seen.setdefault(path, (group, number))
                    if other is not group or first != number:
                        yield group, other, path, (first, number)


def _pass_of(group: Group) -> str:
    return f"{group.step}/{group.rescue or ''}"


def _name(group: Group) -> str:
    return f"{group.step}/{group.id}"


def _span(step: Step, shapes: StepShapes, group: Group) -> Span | None:
    tree = shapes.of(group).tree.get("jobs", "outputs")
    return step.span if tree is None else tree.origin.span
