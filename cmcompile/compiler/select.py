"""Which groups a selector means."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias, cast

from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Selector
from cmcompile.model.diagnostic import Findings
from cmcompile.model.group import Group
from cmcompile.model.ids import Id, IdItem, IdRange, in_words
from cmcompile.model.source import Scalar

#: Per axis: the plain vars of each of its sources.
PartVars: TypeAlias = Mapping[str, Sequence[Mapping[str, Id]]]

_NUMBER = re.compile(r"-?[0-9]{1,19}\Z")


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
            if _NUMBER.match(str(item)):
                self._plain.add(int(item))

    def __contains__(self, key: Id) -> bool:
        if key in self._plain:
            return True
        if not self._ranges or not _NUMBER.match(str(key)):
            return False
        number = int(key)
        return any(r.lo <= number <= r.hi for r in self._ranges)

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
        and all(any(k in keys for k in _keys(group, name, part_vars)) for name, keys in wanted.items())
        and all(_holds(group, name, keys) for name, keys in held.items())
    ]
    missing = _missing(selector, groups, part_vars) if found else []
    if missing or not found:
        of = f"{in_words(missing)} in the selector" if missing else "the selector"
        findings.add(
            codes.splitting.NO_MATCH,
            selector.span,
            f"{of} of {what} matches none of the {len(groups)} groups",
            _example(groups),
        )
    return found


def _missing(selector: Selector, groups: Sequence[Group], part_vars: PartVars) -> list[str]:
    """Return the keys written one by one that are those of no group: slips of the pen among good ones."""
    out = _absent(selector.ids or (), {group.own_id for group in groups})
    for name, items in selector.parts.items():
        keys = {str(key) for group in groups for key in _keys(group, name, part_vars)}
        out += [f"{name} {item}" for item in _absent(items, keys)]
    return out


def _absent(items: Iterable[IdItem], keys: set[str]) -> list[str]:
    return [str(item) for item in items if not isinstance(item, IdRange) and str(item) not in keys]


def _keys(group: Group, name: str, part_vars: PartVars) -> Iterator[Id]:
    """Yield what a selector can name of a group: the key of its part, or a var of one."""
    part = group.part(name)
    if part is not None:
        yield part.key
        return
    for part in group.parts:
        sources = part_vars.get(part.axis, ())
        if 0 <= part.source < len(sources) and name in sources[part.source]:
            yield sources[part.source][name]


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
