"""Names the ids that are in no group since their group was sent without them."""

from __future__ import annotations

from collections.abc import Mapping

from cmcompile.compiler.added import added
from cmcompile.compiler.checks.words import group_words
from cmcompile.compiler.ids import sort_ids
from cmcompile.compiler.step import StepGroups
from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Spec, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import CompiledGroup, Group, Part
from cmcompile.model.ids import Id, in_words
from cmcompile.model.source import Span


def check_added(
    spec: Spec, groups: StepGroups, made: Mapping[str, CompiledGroup], findings: Findings
) -> None:
    """Report them once for each list, or each group made by hand."""
    step = groups.step
    by_place: dict[tuple[Span, str, str], tuple[set[Id], dict[str, None]]] = {}
    for one in added(spec, groups, made):
        for axis, some in one.ids.items():
            part = next(part for part in one.group.parts if part.axis == axis)
            place, over = _source(step, one.group, part)
            ids, names = by_place.setdefault((place, part.dimension or axis, over), (set(), {}))
            ids.update(some)
            names[one.group.id] = None
    for (place, name, over), (ids, names) in by_place.items():
        was, it = "was" if len(names) == 1 else "were", "it" if len(ids) == 1 else "them"
        what = f"{name} {in_words(sort_ids(ids))}{f' of list {over}' if over else ''}"
        findings.add(
            codes.sent.LEFT_OUT,
            place,
            f"{what} {'is' if len(ids) == 1 else 'are'} excluded no more, and in no group: "
            f"{group_words(list(names), len(names))} of {step.name} {was} sent without {it}",
            f"a recovery `of: added_inputs` makes `cmcompile rescue {spec.name}/{step.name} --from-outcome` "
            "write a rescue of just these; or declare one, or exclude them again",
            scope=step.name,
        )


def _source(step: Step, group: Group, part: Part) -> tuple[Span, str]:
    """Return the place where the ids of a part come from, and the list, if one does."""
    if group.extra is not None:
        return next((extra.span for extra in step.extra if extra.id == group.extra), step.span), ""
    axis: Axis | None = next((axis for axis in step.split if axis.name == part.axis), None)
    if axis is None:
        return step.span, ""
    return axis.span, (axis.sources[part.source].list or "") if 0 <= part.source < len(axis.sources) else ""
