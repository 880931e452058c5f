"""Names that must lead somewhere, and names that must not clash."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter

from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Layer, Need, Spec, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Mapping, Span
from cmcompile.spec.values import items, mapping, text

#: Names that `${{ }}` gives a meaning of its own; a var can't take them.
BUILT_IN = frozenset(
    ("campaign", "ticket", "step", "rescue", "group", "output", "inputs", "steps", "where", "job")
) | frozenset(("n", "lo", "hi", "ids", "value"))


def check_references(spec: Spec, findings: Findings) -> None:
    """Report needs of unknown steps, circles of needs, unknown names, and vars with taken names."""
    known = {step.name: step for step in spec.steps}
    for step in spec.steps:
        for need in step.needs:
            _need(need, known, findings)
        for rescue in step.rescues:
            for need in rescue.needs:
                _need(need, known, findings)
    _circles(spec.steps, findings)
    _environments(spec, findings)
    _excludes(spec, known, findings)
    _vars(spec, findings)
    _name_of_folder(spec, findings)


def _need(need: Need, known: dict[str, Step], findings: Findings) -> None:
    step = known.get(need.step)
    if step is None:
        _unknown("step", need.step, list(known), need.span, findings)
    elif need.rescue is not None and need.rescue not in {r.name for r in step.rescues}:
        _unknown(f"rescue of {step.name}", need.rescue, [r.name for r in step.rescues], need.span, findings)


def _unknown(kind: str, name: str, known: list[str], span: Span, findings: Findings) -> None:
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known) or 'none'}"
    findings.add(codes.names.UNKNOWN_REFERENCE, span, f"no {kind} is named {name}", hint)


def _circles(steps: tuple[Step, ...], findings: Findings) -> None:
    """Report circles; a rescue comes after its step, and is a node of its own."""
    graph: dict[str, dict[str, Span]] = {}
    for step in steps:
        graph[step.name] = {_node(need): need.span for need in step.needs}
        for rescue in step.rescues:
            needs = {_node(need): need.span for need in rescue.needs}
            graph[f"{step.name}/{rescue.name}"] = {step.name: rescue.span, **needs}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        names = list(reversed(error.args[1]))
        findings.add(
            codes.names.NAME_CYCLE,
            graph[names[0]][names[1]],
            f"steps that need each other: {' → '.join(names)}",
            "take one of these needs away",
        )


def _node(need: Need) -> str:
    return need.step if need.rescue is None else f"{need.step}/{need.rescue}"


def _environments(spec: Spec, findings: Findings) -> None:
    for layer in spec.layers:
        for entry in mapping(layer.get("environments")) or ():
            body = mapping(entry.value)
            like = body.get("like") if body else None
            name = text(like)
            if like is not None and name is not None and name not in spec.environments:
                _unknown("environment", name, list(spec.environments), like.span, findings)
            elif like is not None and name == entry.key:
                findings.add(
                    codes.names.NAME_CYCLE,
                    like.span,
                    f"environment {name} is like itself",
                    "name another environment",
                )
    _likes(spec, findings)


def _likes(spec: Spec, findings: Findings) -> None:
    """Report environments that are like each other; one that is like itself is told elsewhere."""
    likes: dict[str, tuple[str, Span]] = {}
    for layer in spec.layers:
        for entry in mapping(layer.get("environments")) or ():
            body = mapping(entry.value)
            like = body.get("like") if body else None
            likes.pop(entry.key, None)
            if like is not None and (name := text(like)) is not None and name != entry.key:
                likes[entry.key] = (name, like.span)
    try:
        TopologicalSorter({name: [like] for name, (like, _) in likes.items()}).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1][:0:-1]
        first = next(name for name in likes if name in circle)
        names = [*circle[circle.index(first) :], *circle[: circle.index(first)], first]
        findings.add(
            codes.names.NAME_CYCLE,
            likes[first][1],
            f"environments that are like each other: {' → '.join(names)}",
            "take one `like` away",
        )


def _excludes(spec: Spec, known: dict[str, Step], findings: Findings) -> None:
    for exclude in spec.exclude:
        for name in exclude.steps:
            if name not in known:
                _unknown("step", name, list(known), exclude.span, findings)
        axes = [(a.name, a.dimension) for a in _axes(spec)]
        others = {name for s in spec.steps for e in s.extra for name in e.members} | _columns_of_jobs(spec)
        if not any(exclude.name in pair for pair in axes) and exclude.name not in others:
            findings.add(
                codes.names.UNUSED,
                exclude.span,
                f"the exclusion of {exclude.name} takes nothing out: no step is split by {exclude.name}",
                "narrow with `where`, or name a dimension of a split",
            )


def _columns_of_jobs(spec: Spec) -> set[str]:
    """Return the columns that jobs of batch steps are told apart by."""
    layers = [*spec.layers, *spec.sites.values()]
    layers += [layer for step in spec.steps for layer in step.layers]
    jobs = [found for layer in layers if (found := mapping(layer.get("jobs"))) is not None]
    return {str(text(item)) for found in jobs for item in items(found.get("each"))}


def _axes(spec: Spec) -> Iterator[Axis]:
    """Yield every axis, those that rescues cut anew too."""
    for step in spec.steps:
        yield from step.split
        for rescue in step.rescues:
            yield from (a for a in rescue.split or () if not isinstance(a, str))


def _vars(spec: Spec, findings: Findings) -> None:
    axes = {axis.name for axis in _axes(spec)}
    for axis in _axes(spec):
        # `group` is a dimension of the Butler too; what it has as an axis and as a group differs.
        if axis.name in BUILT_IN - {"group"}:
            findings.add(
                codes.names.VAR_CLASH,
                axis.span,
                f"the axis {axis.name} has a built-in name",
                "give it another `name`",
            )
    for body in _var_bodies(spec):
        for entry in body:
            name = entry.key.removesuffix("+")
            if name in BUILT_IN or name in axes:
                what = "a built-in name" if name in BUILT_IN else "the name of an axis"
                findings.add(
                    codes.names.VAR_CLASH,
                    entry.key_span,
                    f"the var {name} has {what}",
                    "choose another name for the var",
                )


def _var_bodies(spec: Spec) -> Iterator[Mapping]:
    layers: list[Layer] = [*spec.layers, *spec.sites.values()]
    for step in spec.steps:
        layers += [*step.layers, *(o.layer for o in step.overrides), *step.rescue_defaults]
        for axis in step.split:
            yield from (s.vars for s in axis.sources if s.vars is not None)
        for rescue in step.rescues:
            layers += [rescue.layer, *(o.layer for o in rescue.overrides)]
    for layer in layers:
        body = mapping(layer.get("vars"))
        if body is not None:
            yield body


def _name_of_folder(spec: Spec, findings: Findings) -> None:
    parts = spec.path.split("/")
    if len(parts) > 1 and parts[-1] == "campaign.yaml" and parts[-2] != spec.name:
        findings.add(
            codes.names.UNKNOWN_REFERENCE,
            spec.span,
            f"the campaign is named {spec.name}, but its folder {parts[-2]}",
            f"name both the same: the ledger branch will be cm/{spec.name}",
        )
