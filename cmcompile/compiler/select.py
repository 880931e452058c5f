"""Which groups a selector means."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Selector
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Group
from cmcompile.model.ids import Id, IdItem, IdRange
from cmcompile.model.source import Scalar


class Keys:
    """A set of ids as written, quick to ask; a number and its text are the same."""

    def __init__(self, items: Iterable[IdItem]) -> None:
        self._ranges: list[IdRange] = []
        self._plain: set[Id] = set()
        for item in items:
            if isinstance(item, IdRange):
                self._ranges.append(item)
                continue
            self._plain.add(str(item))
            if str(item).lstrip("-").isdecimal():
                self._plain.add(int(item))

    def __contains__(self, key: Id) -> bool:
        if key in self._plain:
            return True
        if not self._ranges or not str(key).isdecimal():
            return False
        return any(r.lo <= int(key) <= r.hi for r in self._ranges)

    def any_of(self, ids: tuple[Id, ...]) -> bool:
        """Tell whether any of some sorted ids is in the set."""
        if not self._plain.isdisjoint(ids):
            return True
        if not self._ranges or not ids or not isinstance(ids[0], int) or not isinstance(ids[-1], int):
            return bool(self._ranges) and any(i in self for i in ids)
        numbers = cast("tuple[int, ...]", ids)
        return any(
            (at := bisect_left(numbers, r.lo)) < len(numbers) and numbers[at] <= r.hi for r in self._ranges
        )


def select(
    selector: Selector, groups: Sequence[Group], axes: Sequence[Axis], findings: Findings, what: str
) -> list[Group]:
    """Return the groups that a selector of a spec means; none is an error.

    Parameters
    ----------
    axes
        The axes of the groups' split, for the vars of their parts.
    what
        What the selector stands in, for the message: ``override 1 of step1``.
    """
    if not _names_are_known(selector, groups, axes, findings, what):
        return []
    ids = None if selector.ids is None else Keys(selector.ids)
    wanted = {name: Keys(items) for name, items in selector.parts.items()}
    held = {name: Keys(items) for name, items in selector.holds.items()}
    part_vars = {axis.name: _vars(axis) for axis in axes}
    found = [
        group
        for group in groups
        if (ids is None or group.own_id in ids)
        and all(_has(group, name, keys, part_vars) for name, keys in wanted.items())
        and all(_holds(group, name, keys) for name, keys in held.items())
    ]
    if not found:
        findings.add(
            codes.splitting.NO_MATCH,
            selector.span,
            f"the selector of {what} matches none of the {len(groups)} groups",
            _example(groups),
        )
    return found


def _has(group: Group, name: str, keys: Keys, part_vars: Mapping[str, Sequence[Mapping[str, Id]]]) -> bool:
    part = group.part(name)
    if part is not None:
        return part.key in keys
    for part in group.parts:
        sources = part_vars.get(part.axis, ())
        if 0 <= part.source < len(sources) and name in sources[part.source]:
            return sources[part.source][name] in keys
    return False


def _holds(group: Group, name: str, keys: Keys) -> bool:
    part = group.part(name)
    return part is not None and keys.any_of(part.ids)


def _vars(axis: Axis) -> list[dict[str, Id]]:
    """Return the plain vars of each source of an axis."""
    out: list[dict[str, Id]] = []
    for source in axis.sources:
        values: dict[str, Id] = {}
        for entry in source.vars or ():
            if isinstance(entry.value, Scalar) and isinstance(entry.value.value, int | str):
                values[entry.key] = entry.value.value
        out.append(values)
    return out


def _names_are_known(
    selector: Selector, groups: Sequence[Group], axes: Sequence[Axis], findings: Findings, what: str
) -> bool:
    names = {n for a in axes for n in (a.name, a.dimension) if n}
    names |= {p.axis for g in groups for p in g.parts if g.extra}
    more = {name for axis in axes for values in _vars(axis) for name in values}
    unknown = [n for n in selector.parts if n not in names | more]
    unknown += [n for n in selector.holds if n not in names]
    for name in unknown:
        findings.add(
            codes.names.UNKNOWN_REFERENCE,
            selector.span,
            f"the selector of {what} names {name}, which is no axis of the split",
            f"the axes are {', '.join(sorted(names)) or 'none: the only group is `all`'}",
        )
    return not unknown


def _example(groups: Sequence[Group]) -> str:
    if not groups:
        return ""
    first, last = groups[0].own_id, groups[-1].own_id
    return f"group ids go from {first} to {last}" if len(groups) > 1 else f"the only group is {first}"
