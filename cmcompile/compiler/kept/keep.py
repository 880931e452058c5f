"""What is kept of a compilation that was just made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256

from cmcompile.compiler.kept.form import KeptStep, Ranges, Row
from cmcompile.compiler.kept.keys import ShapeKeys, clauses_key, groups_key
from cmcompile.compiler.result import Compilation, Expansion, Made
from cmcompile.compiler.sent import rescue_axes
from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Source, Step
from cmcompile.model.diagnostic import Severity
from cmcompile.model.group import CompiledGroup, Group, IncludeFile, Part, SentGroup
from cmcompile.model.ids import Id

#: Returns a part's ids as ranges of a column of a list; none where they are more or less than these.
RangesOf = Callable[[str, str, tuple[Id, ...]], Ranges]

#: Findings that another sent group may take away or alter.
_OF_PINS = frozenset((
    codes.splitting.EMPTY_GROUP,
    codes.sent.RANGE_OVER_SENT,
    codes.sent.EXCLUDED_AFTER_SENDING,
))  # fmt: skip


def kept_step(
    result: Compilation | Expansion,
    step: Step,
    lists: Mapping[str, str],
    sent: Mapping[str, SentGroup],
    made_by: Mapping[str, str],
    ranges_of: RangesOf,
) -> KeptStep | None:
    """Return what is kept of a step; None where its groups are not just as they were sent, or have errors.

    Parameters
    ----------
    lists
        The key of each list.
    sent
        The sent groups of the step, by id.
    made_by
        As in `KeptStep`.
    """
    made = result.made[step.name]
    groups = {group.id: group for group in result.steps[step.name].all()}
    if any(found.code.severity is Severity.ERROR for found in made.findings):
        return None
    if not all(name in groups and _as_sent(groups[name], group) for name, group in sent.items()):
        return None
    return KeptStep(
        key=groups_key(result.spec, step, lists),
        settled=_settled(made) and not any(is_by_hand(groups[name]) for name in sent),
        findings=made.findings,
        groups=made.groups,
        sent={name: group.digest for name, group in sent.items()},
        made_by=made_by,
        rows=rows_of(result, step) if isinstance(result, Compilation) else {},
        ranges=dict(_ranges(step, made, ranges_of)),
    )


def is_by_hand(group: Group) -> bool:
    """Tell whether some ids of a group were named by hand: its number is not one that a cut gave."""
    return group.extra is not None or any(part.source < 0 for part in group.parts)


def _as_sent(group: Group, sent: SentGroup) -> bool:
    return (
        {part.axis: (part.key, part.ids) for part in group.parts} == sent.parts
        and {part.axis: part.source for part in group.parts} == sent.sources
        and group.excluded == sent.excluded
    )


def _settled(made: Made) -> bool:
    return made.settled and not any(found.code in _OF_PINS for found in made.findings)


def rows_of(result: Compilation, step: Step) -> dict[str, Row]:
    """Return what is kept of the files of a step."""
    keys = ShapeKeys(result.spec, step, result.shapes[step.name], lambda: result.collects)
    return {
        made.group.id: result.rows.get((step.name, made.group.id)) or _row(made, keys.of(made.group))
        for made in result.groups
        if made.group.step == step.name
    }


def _row(made: CompiledGroup, shape: str | None) -> Row:
    return Row(
        shape or "",
        made.path,
        made.digest,
        made.output,
        made.release,
        made.includes,
        clauses_key(made.clauses),
        made.site,
        made.environment,
    )


def kept_includes(files: Mapping[str, IncludeFile]) -> dict[str, tuple[str, str]]:
    """Return source and digest of include files, by their paths."""
    return {path: (file.source, sha256(file.data).hexdigest()) for path, file in files.items()}


def source_of(step: Step, rescue: str | None, part: Part) -> Source | None:
    """Return what a part was cut from."""
    axes = _axes(step, rescue)
    axis = next((a for a in axes if a.name == part.axis), None)
    return axis.sources[part.source] if axis and 0 <= part.source < len(axis.sources) else None


def _axes(step: Step, rescue: str | None) -> tuple[Axis, ...]:
    found = next((r for r in step.rescues if r.name == rescue), None)
    return step.split if found is None else rescue_axes(step, found)


def _ranges(step: Step, made: Made, ranges_of: RangesOf) -> Iterator[tuple[int, tuple[Part, Ranges]]]:
    seen: set[int] = set()
    for groups in (made.groups.first, *made.groups.rescues):
        for group in groups:
            for part in group.parts:
                if id(part) in seen:
                    continue
                seen.add(id(part))
                source = source_of(step, group.rescue, part)
                if source is not None and source.list is not None:
                    ranges = ranges_of(source.list, source.column, part.ids)
                    if ranges:
                        yield id(part), (part, ranges)


__all__ = ["RangesOf", "is_by_hand", "kept_includes", "kept_step", "rows_of", "source_of"]
