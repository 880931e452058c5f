"""The first-pass groups of a step: split, hand-made additions, exclusions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from cmcompile.compiler.axes import Cutter, pins_of
from cmcompile.compiler.ids import Lists, sort_ids
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
    mine = [s for s in sent if "." not in s.id]
    cutter = Cutter(step.split, lists, pins_of(mine, step.split), findings)
    made = [
        Group(step.name, "-".join(p.key for p in parts) or "all", parts) for parts in cutter.combinations()
    ]
    made += [_extra_group(step, extra) for extra in step.extra]
    made = list(_checked(made, step.span, findings))
    return with_excluded(made, excludes, {s.id: s for s in mine}, findings)


def _extra_group(step: Step, extra: Extra) -> Group:
    parts = []
    for name, ids in extra.members.items():
        axis = next((a for a in step.split if name in (a.name, a.dimension)), None)
        n = int(extra.id) if extra.id.isdigit() else None
        dimension = axis.dimension if axis else name
        parts.append(Part(axis.name if axis else name, dimension, extra.id, n, tuple(sort_ids(set(ids))), -1))
    return Group(step.name, extra.id, tuple(parts), extra=extra.id)


def _checked(groups: Iterable[Group], span: Span, findings: Findings) -> Iterable[Group]:
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
    sent: Mapping[str, SentGroup],
    findings: Findings,
) -> tuple[Group, ...]:
    """Take excluded ids out of groups; a group left with no id is not made.

    A sent group keeps what was taken out when it was sent.
    """
    if not excludes:
        return tuple(groups)
    sets = [(exclude, frozenset(exclude.ids)) for exclude in excludes]
    out = []
    for group in groups:
        taken = _taken_out(group, sets)
        if group.id in sent:
            taken = _as_sent(group, taken, sent[group.id], excludes, findings)
        if any(set(part.ids) <= set(taken.get(part.axis, ())) for part in group.parts):
            continue
        out.append(replace(group, excluded=taken) if taken else group)
    return tuple(out)


def _taken_out(group: Group, sets: list[tuple[Exclude, frozenset[Id]]]) -> dict[str, tuple[Id, ...]]:
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
            span = next((e.span for e in excludes if set(e.ids) & set(late)), None)
            findings.add(
                codes.sent.EXCLUDED_AFTER_SENDING,
                span,
                f"group {group.step}/{group.id} was sent with {axis} {in_words(late)}: "
                "the exclusion counts for its rescues only",
                scope=group.step,
            )
    return dict(sent.excluded)


def sorted_difference(ids: Iterable[Id], without: Iterable[Id]) -> list[Id]:
    """Return the ids that are not in the others, sorted."""
    return sort_ids(set(ids) - set(without))
