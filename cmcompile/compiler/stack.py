"""The layers of a group, lowest first, with its site and environment put in their places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cmcompile.model import codes
from cmcompile.model.campaign import Layer, Override, Rescue, Spec, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Mapping, Scalar


@dataclass(frozen=True, slots=True)
class Stack:
    """The layers of a group.

    Attributes
    ----------
    below
        Up to the step: they come before the axes in ``where``.
    above
        Overrides and rescue: after the axes.
    axis_vars
        The vars of the parts that the group was cut from.
    """

    below: tuple[Layer, ...]
    axis_vars: tuple[tuple[str, Mapping], ...]
    above: tuple[Layer, ...]
    site: str | None
    environment: str | None

    def layers(self) -> Iterable[Layer]:
        """Yield every layer, lowest first."""
        yield from self.below
        yield from self.above


def build_stack(
    spec: Spec,
    step: Step,
    overrides: Sequence[Override],
    rescue: Rescue | None,
    rescue_overrides: Sequence[Override],
    axis_vars: tuple[tuple[str, Mapping], ...],
    findings: Findings,
) -> Stack:
    """Put the layers of a group in order."""
    above = [o.layer for o in overrides]
    if rescue is not None:
        above += [*step.rescue_defaults, rescue.layer, *(o.layer for o in rescue_overrides)]
    chosen = [*spec.layers, *step.layers, *above]
    site = _choice(chosen, "site", spec.sites, findings)
    environment = _choice(chosen, "environment", spec.environments, findings)
    middle: list[Layer] = [spec.sites[site]] if site else []
    return Stack((*spec.layers, *middle, *step.layers), axis_vars, tuple(above), site, environment)


def _choice(layers: Iterable[Layer], key: str, known: Iterable[str], findings: Findings) -> str | None:
    name: str | None = None
    for layer in layers:
        node = layer.get(key)
        if not isinstance(node, Scalar):
            continue
        if node.value is not None and str(node.value) not in known:
            findings.add(
                codes.names.UNKNOWN_REFERENCE,
                node.span,
                f"no {key} is named {node.value}",
                f"there are {', '.join(sorted(known)) or 'none'}; "
                f"define it under `{key}s:` or extend the file that does",
            )
            continue
        name = None if node.value is None else str(node.value)
    return name
