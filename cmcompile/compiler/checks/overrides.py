"""Overrides that hit a part of a product only."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.compiler.step import StepGroups
from cmcompile.model import codes
from cmcompile.model.campaign import Override
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Group
from cmcompile.model.ids import in_words, natural


def check_overrides(groups: StepGroups, findings: Findings) -> None:
    """Note overrides that hit some of the groups of a part of an axis and leave out others."""
    step = groups.step
    plain = [g for g in groups.first if g.extra is None and len(g.parts) > 1]
    for at, override in enumerate(step.overrides):
        hit = {g.id for g in plain if at in groups.hits.get(g.id, ())}
        if hit and len(hit) < len(plain) and (left := _left_out(plain, hit, override)):
            axis, keys = left
            findings.add(
                codes.splitting.PART_OF_PRODUCT,
                override.groups.span,
                f"override {at + 1} of {step.name} hits {_shown(hit)}, but not the other groups of "
                f"{axis} {in_words(keys)}",
                f"leave {axis} as the only axis in `groups` if all of them are meant",
                scope=step.name,
            )


def _left_out(
    groups: Sequence[Group], hit: set[str], override: Override
) -> tuple[str, list[int | str]] | None:
    """Return the last axis that the selector names, and its parts of which it hits some groups only.

    None where it hits all groups of the parts of one axis: then that axis is what is meant.
    """
    named = [p.axis for p in groups[0].parts if p.axis in override.groups.parts or override.groups.ids]
    split = [(axis, _split(groups, hit, axis)) for axis in named]
    if len(named) < 2 or not all(keys for _, keys in split):
        return None
    axis, keys = split[-1]
    return axis, [int(k) if k.isdigit() else k for k in sorted(keys, key=natural)]


def _split(groups: Sequence[Group], hit: set[str], axis: str) -> list[str]:
    """Return the parts of an axis of which some groups are hit and others are not."""
    by_key: dict[str, list[str]] = {}
    for group in groups:
        part = group.part(axis)
        if part is not None:
            by_key.setdefault(part.key, []).append(group.id)
    return [k for k, ids in by_key.items() if hit.intersection(ids) and not hit.issuperset(ids)]


def _shown(hit: set[str]) -> str:
    ids = sorted(hit, key=natural)
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return ("group " if len(ids) == 1 else "groups ") + ", ".join(ids[:5]) + more
