"""Steps and their rescues, from the layers of all files."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence

from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Layer, ListData, Need, Override, Pace, Rescue, Step, highest
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Mapping, Node, Span
from cmcompile.spec.axes import build_axes, build_axis
from cmcompile.spec.recovery import check_recovery
from cmcompile.spec.review import build_review
from cmcompile.spec.selectors import ask_because, build_extra, build_overrides, build_selector
from cmcompile.spec.values import flag, items, mapping, number, percent, refuse_expressions, text


def build_step(
    name: str, layers: tuple[Layer, ...], span: Span, lists: Map[str, ListData], findings: Findings
) -> Step:
    """Return a step.

    Parameters
    ----------
    layers
        ``step_defaults`` of every file, then the step of every file, lowest first.
    """
    split = build_axes(highest(layers, "split"), lists, findings)
    own = [layer for layer in layers if layer.name.endswith(f"step {name}")]
    overrides: list[Override] = []
    for layer in own:
        overrides += build_overrides(layer.get("overrides"), name, findings, len(overrides) + 1)
    extras = [e for layer in own for e in build_extra(layer.get("extra"), findings)]
    defaults = tuple(
        Layer(f"rescue_defaults of {layer.name}", node)
        for layer in layers
        if (node := mapping(layer.get("rescue_defaults"))) is not None
    )
    check_recovery(highest(layers, "recovery"), name, findings)
    rescues = {r.name: r for layer in own for r in _rescues(layer, name, split, defaults, lists, findings)}
    return Step(
        name=name,
        layers=layers,
        split=split,
        extra=tuple(extras),
        overrides=tuple(overrides),
        rescue_defaults=defaults,
        rescues=tuple(rescues.values()),
        needs=build_needs(highest(layers, "needs"), findings),
        pace=build_pace(layers),
        allow=build_allow(layers),
        engine=text(highest(layers, "engine")) or "bps",
        span=span,
    )


def _rescues(
    layer: Layer,
    step: str,
    split: tuple[Axis, ...],
    defaults: tuple[Layer, ...],
    lists: Map[str, ListData],
    findings: Findings,
) -> list[Rescue]:
    found = []
    for entry in mapping(layer.get("rescues")) or ():
        body = entry.value if isinstance(entry.value, Mapping) else Mapping({}, entry.value.span)
        own = Layer(f"rescue {entry.key}", body)
        stack = [*defaults, own]
        because = text(body.get("because"))
        if because is None:
            ask_because(f"rescue {entry.key} of {step}", Mapping(body.entries, entry.key_span), findings)
        groups = body.get("groups")
        found.append(
            Rescue(
                name=entry.key,
                groups=None if groups is None else build_selector(groups, findings),
                split=_rescue_split(highest(stack, "split"), split, lists, findings),
                needs=build_needs(highest(stack, "needs"), findings),
                pace=build_pace(stack),
                layer=own,
                overrides=build_overrides(body.get("overrides"), f"rescue {entry.key}", findings),
                carry=flag(highest(stack, "carry"), default=True),
                skip_existing_in=text(highest(stack, "skip_existing_in")),
                because=because,
                span=entry.key_span,
            )
        )
    return found


def _rescue_split(
    node: Node | None, parent: tuple[Axis, ...], lists: Map[str, ListData], findings: Findings
) -> tuple[Axis | str, ...] | None:
    if node is None:
        return None
    found: list[Axis | str] = []
    for item in items(node):
        if isinstance(item, Mapping):
            axis = build_axis(item, lists, findings, parent)
            if axis is not None:
                found.append(axis)
            continue
        name = text(item) or ""
        if not any(a.name == name for a in parent):
            known = ", ".join(a.name for a in parent) or "none"
            findings.add(
                codes.names.UNKNOWN_REFERENCE,
                item.span,
                f"the step has no axis named {name}",
                f"its axes are {known}; a new axis is written `{{by: {name}, …}}`",
            )
            continue
        found.append(name)
    return _unique(found, node, findings)


def _unique(axes: Sequence[Axis | str], node: Node, findings: Findings) -> tuple[Axis | str, ...]:
    found: dict[str, Axis | str] = {}
    for axis in axes:
        name = axis if isinstance(axis, str) else axis.name
        if found.setdefault(name, axis) is not axis or axes.count(axis) > 1:
            findings.add(
                codes.splitting.BAD_AXIS,
                node.span,
                f"two axes of the rescue are named {name}",
                "take one out, or give it another `name`",
            )
    return tuple(found.values())


def build_needs(node: Node | None, findings: Findings) -> tuple[Need, ...]:
    """Return what a step or rescue needs."""
    refuse_expressions(node, "`needs`", findings)
    if isinstance(node, Mapping):
        return tuple(_need(entry.key, entry.value, entry.key_span) for entry in node)
    return tuple(_need(str(text(item)), None, item.span) for item in items(node))


def _need(name: str, node: Node | None, span: Span) -> Need:
    step, _, rescue = name.partition("/")
    accepted = percent(node.get("accepted")) if isinstance(node, Mapping) else None
    kind = "accepted" if accepted is not None else text(node) or "all"
    return Need(step, rescue or None, kind, accepted, span)


def build_pace(layers: Sequence[Layer]) -> Pace:
    """Return limits, priority, pauses and the like, each from the highest layer that sets it."""
    limits = mapping(highest(layers, "limits"))
    return Pace(
        running=number(limits.get("running"), 0) or None if limits else None,
        submitting=number(limits.get("submitting"), 0) or None if limits else None,
        priority=number(highest(layers, "priority"), 0),
        pauses=tuple(n for n in items(highest(layers, "pause")) if isinstance(n, Mapping)),
        policy=text(highest(layers, "policy")),
        due=text(highest(layers, "due")),
        accept=mapping(highest(layers, "accept")),
        review=build_review(highest(layers, "review")),
        jobs=number(limits.get("jobs"), 0) or None if limits else None,
    )


def build_allow(layers: Sequence[Layer]) -> dict[str, str]:
    """Return the allowed codes and why, those of all layers together."""
    found: dict[str, str] = {}
    for layer in layers:
        for entry in mapping(layer.get("allow")) or ():
            found[entry.key] = text(entry.value) or ""
    return found
