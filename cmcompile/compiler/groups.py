"""The first-pass groups of a step: split, hand-made additions, exclusions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain

from cmcompile.compiler.axes import Cutter
from cmcompile.compiler.ids import Lists, both_types, sort_ids, typed
from cmcompile.compiler.sent import first_pass_pins, of_pass
from cmcompile.model import codes
from cmcompile.model.campaign import Exclude, Extra, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Group, Part, SentGroup
from cmcompile.model.ids import Id, in_words
from cmcompile.model.source import Span

#: Longer ids make unwieldy file names and run names.
MAX_ID = 60
_ID = re.compile(r"[a-z0-9_-]+\Z")


def first_pass(
    step: Step, lists: Lists, sent: Sequence[SentGroup], excludes: Sequence[Exclude], findings: Findings
) -> tuple[Group, ...]:
    """Return the first-pass groups of a step, in split order, hand-made ones last."""
    cutter = Cutter(step.split, lists, first_pass_pins(step, sent), findings)
    made = [
        Group(step.name, "-".join(p.key for p in parts) or "all", parts) for parts in cutter.combinations()
    ]
    made += [_extra_group(step, extra) for extra in step.extra]
    made = list(checked(made, step.span, findings))
    return with_excluded(made, excludes, of_pass(sent, None), findings)


def _extra_group(step: Step, extra: Extra) -> Group:
    parts = []
    for name, ids in extra.members.items():
        axis = next((a for a in step.split if name in (a.name, a.dimension)), None)
        n = int(extra.id) if extra.id.isdigit() else None
        dimension = axis.dimension if axis else name
        own = tuple(sort_ids(set(typed(ids, dimension))))
        parts.append(Part(axis.name if axis else name, dimension, extra.id, n, own, -1))
    return Group(step.name, extra.id, tuple(parts), extra=extra.id)


def checked(groups: Iterable[Group], span: Span, findings: Findings) -> Iterable[Group]:
    """Yield the groups whose ids are possible; report the others, and ids that come twice."""
    seen: dict[str, Group] = {}
    for group in groups:
        if group.id in seen:
            findings.add(
                codes.splitting.BAD_GROUP_ID,
                span,
                f"two groups of {group.step} have the id {group.id}",
                "give the values other names, or the extra group another id",
            )
            continue
        seen[group.id] = group
        if problem := id_problem(group.own_id):
            findings.add(codes.splitting.BAD_GROUP_ID, span, f"group id {group.own_id!r} {problem}")
            continue
        yield group


def id_problem(group_id: str) -> str | None:
    """Say what is wrong with a group id, or None."""
    if len(group_id) > MAX_ID:
        return f"has {len(group_id)} characters; at most {MAX_ID} are possible"
    if not _ID.match(group_id):
        return "has signs other than a-z, 0-9, `_` and `-`"
    return None


def with_excluded(
    groups: Iterable[Group],
    excludes: Sequence[Exclude],
    sent: Iterable[SentGroup],
    findings: Findings,
) -> tuple[Group, ...]:
    """Take excluded ids out of groups; a group left with no id is not made.

    A sent group keeps what was taken out when it was sent.
    """
    known = {group.id: group for group in sent}
    if not excludes and not known:
        return tuple(groups)
    sets = [(exclude, both_types(exclude.ids)) for exclude in excludes]
    out = []
    not_made: list[tuple[Group, Part]] = []
    for group in groups:
        taken = taken_out(group, sets)
        if group.id in known:
            taken = _as_sent(group, taken, known[group.id], excludes, findings)
        emptied = next((p for p in group.parts if set(p.ids) <= set(taken.get(p.axis, ()))), None)
        if emptied is not None:
            not_made.append((group, emptied))
            continue
        out.append(replace(group, excluded=taken) if taken else group)
    _report_not_made(not_made, excludes, findings)
    return tuple(out)


def _report_not_made(
    emptied: Sequence[tuple[Group, Part]], excludes: Sequence[Exclude], findings: Findings
) -> None:
    """Report groups that are not made, once for each exclusion: one may empty thousands."""
    by_place: dict[Span | None, list[tuple[Group, Part]]] = {}
    for group, part in emptied:
        ids = set(part.ids)
        names = (part.axis, part.dimension)
        span = next((e.span for e in excludes if e.name in names and ids & both_types(e.ids)), None)
        by_place.setdefault(span, []).append((group, part))
    for span, some in by_place.items():
        group, part = some[0]
        which, verb = f"group {group.step}/{group.id}", "is"
        if len(some) > 1:
            which, verb = f"{len(some)} groups of {group.step} (the first is {group.id})", "are"
        every = sort_ids({i for _, p in some for i in p.ids})
        holds = "it holds" if len(some) == 1 else "they hold"
        findings.add(
            codes.splitting.EMPTY_GROUP,
            span,
            f"{which} {verb} not made: {part.axis} {in_words(every)}, all that {holds}, is excluded",
            scope=group.step,
        )


def taken_out(group: Group, sets: Sequence[tuple[Exclude, frozenset[Id]]]) -> dict[str, tuple[Id, ...]]:
    """Return the ids that exclusions, each with its ids of both types, take out of a group, by axis."""
    taken: dict[str, tuple[Id, ...]] = {}
    for exclude, ids in sets:
        part = group.part(exclude.name)
        if part is None or (exclude.steps and group.step not in exclude.steps):
            continue
        hit = ids.intersection(part.ids)
        if hit:
            taken[part.axis] = tuple(sort_ids(set(chain(taken.get(part.axis, ()), hit))))
    return taken


def _as_sent(
    group: Group,
    taken: dict[str, tuple[Id, ...]],
    sent: SentGroup,
    excludes: Sequence[Exclude],
    findings: Findings,
) -> dict[str, tuple[Id, ...]]:
    for axis, ids in taken.items():
        late = sorted_difference(ids, sent.excluded.get(axis, ()))
        if late:
            span = next((e.span for e in excludes if both_types(e.ids) & set(late)), None)
            findings.add(
                codes.sent.EXCLUDED_AFTER_SENDING,
                span,
                f"group {group.step}/{group.id} was sent with {axis} {in_words(late)}: "
                "the exclusion counts for its rescues only",
                scope=group.step,
            )
    return {axis: tuple(ids) for axis, ids in sent.excluded.items()}


def sorted_difference(ids: Iterable[Id], without: Iterable[Id]) -> list[Id]:
    """Return the ids that are not in the others, sorted."""
    return sort_ids(set(ids) - set(without))
