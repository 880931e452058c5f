"""Rescue groups: later passes, and the first-pass groups that each covers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from cmcompile.compiler.axes import Cutter
from cmcompile.compiler.cover import Index
from cmcompile.compiler.groups import checked, with_excluded
from cmcompile.compiler.ids import Lists
from cmcompile.compiler.select import select
from cmcompile.compiler.sent import Pins, of_pass, rescue_axes
from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Exclude, Rescue, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Group, Part, SentGroup
from cmcompile.model.ids import Id, natural


def rescue_groups(
    step: Step,
    rescue: Rescue,
    first: Sequence[Group],
    index: Index,
    lists: Lists,
    sent: Sequence[SentGroup],
    excludes: Sequence[Exclude],
    findings: Findings,
) -> tuple[Group, ...]:
    """Return the groups of one rescue, each with what it covers.

    Parameters
    ----------
    first
        The first-pass groups of the step.
    index
        The same groups by their ids.
    """
    chosen = _chosen(step, rescue, first, findings)
    mine = of_pass(sent, rescue.name)
    if rescue.split is None:
        made = [_again(rescue, group) for group in chosen]
    else:
        made = _cut_anew(step, rescue, chosen, lists, mine, findings)
    keep = {group.id for group in chosen}
    known = {group.id for group in mine}
    out = []
    for group in checked(made, rescue.span, findings):
        covers = index.sharing(group)
        if group.id in known or not keep.isdisjoint(covers):
            out.append(replace(group, covers=covers))
    if chosen and not out:
        findings.add(
            codes.rescues.BAD_RESCUE,
            rescue.span,
            f"rescue {rescue.name} of {step.name} makes no group: "
            f"nothing it cuts shares data with {_some(chosen)}",
            "cut over the ids of the chosen groups",
        )
    return with_excluded(out, excludes, mine, findings)


def _chosen(step: Step, rescue: Rescue, first: Sequence[Group], findings: Findings) -> list[Group]:
    if rescue.groups is None:
        return list(first)
    what = f"rescue {rescue.name} of {step.name}"
    return select(rescue.groups, first, step.split, findings, what)


def _again(rescue: Rescue, group: Group) -> Group:
    return replace(group, id=f"{rescue.name}.{group.id}", rescue=rescue.name, excluded={})


def _cut_anew(
    step: Step,
    rescue: Rescue,
    chosen: Sequence[Group],
    lists: Lists,
    sent: Sequence[SentGroup],
    findings: Findings,
) -> list[Group]:
    axes = rescue_axes(step, rescue)
    kept = [a.name for a in axes if any(isinstance(s, str) and s == a.name for s in rescue.split or ())]
    new = tuple(a for a in axes if a.name not in kept)
    if not new:
        plain = [g for g in chosen if g.extra is None]
        combos = {tuple(_part(g, name) for name in kept): None for g in plain}
        made = [_group(step, rescue, tuple(p for p in combo if p)) for combo in combos]
        return made + [_again(rescue, g) for g in chosen if g.extra is not None]
    only = {axis.name: ids for axis in new if (ids := _ids_of(chosen, axis)) is not None}
    pins = Pins()
    pins.add(sent, axes, new)
    cutter = Cutter(axes, lists, pins, findings, only)
    made = []
    for combo in _kept_combinations(chosen, kept):
        fixed = {part.axis: part for part in combo}
        made += [_group(step, rescue, parts) for parts in cutter.combinations(fixed)]
    return sorted(made, key=lambda g: [natural(p.key) for p in g.parts])


def _kept_combinations(chosen: Iterable[Group], kept: Sequence[str]) -> list[tuple[Part, ...]]:
    """Return the parts of the kept axes as they occur together in the chosen groups."""
    combos: dict[tuple[Part, ...], None] = {}
    for group in chosen:
        parts = tuple(p for p in (_part(group, name) for name in kept) if p is not None)
        if len(parts) == len(kept):
            combos[parts] = None
    return list(combos)


def _part(group: Group, name: str) -> Part | None:
    return next((p for p in group.parts if p.axis == name), None)


def _ids_of(chosen: Sequence[Group], axis: Axis) -> frozenset[Id] | None:
    """Return the ids of the chosen groups along an axis; None where one is not cut by it: it holds all."""
    parts = [g.part(axis.dimension or axis.name) for g in chosen]
    if None in parts:
        return None
    return frozenset(i for part in parts if part is not None for i in part.ids)


def _group(step: Step, rescue: Rescue, parts: tuple[Part, ...]) -> Group:
    own = "-".join(p.key for p in parts) or "all"
    return Group(step.name, f"{rescue.name}.{own}", parts, rescue=rescue.name)


def _some(groups: Sequence[Group]) -> str:
    ids = [g.id for g in groups[:3]]
    return ", ".join(ids) + (" …" if len(groups) > 3 else "")
