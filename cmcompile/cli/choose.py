"""The groups that selectors mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from cmcompile.cli.address import SHOWN, Address, Condition, NoGroupError, nearest
from cmcompile.cli.campaigns import every

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.campaign import Spec
    from cmcompile.model.group import CompiledGroup, Group, Part
    from cmcompile.model.ids import Id

#: With one exposure per visit, as at Rubin, both have the same number.
_TWINS = {"visit": "exposure", "exposure": "visit"}
_GLOB = frozenset("*?[")
_RANGE = re.compile(r"(\d+)\.\.(\d+)\Z")
#: Conditions that the ledger answers; all others are about ids.
LEDGER_NAMES = ("state", "reason", "workflow")
#: For each such condition, what a group has.
Answers = Mapping[str, Callable[["Group"], str]]


def select(addresses: Iterable[Address], compilation: Compilation) -> list[CompiledGroup]:
    """Return the compiled groups that selectors of one campaign mean, in its order.

    Raises
    ------
    NoGroupError
        As `select_groups`.
    """
    meant = select_groups(addresses, compilation.spec, [g.group for g in compilation.groups])
    chosen = {_key(group) for group in meant}
    return [g for g in compilation.groups if _key(g.group) in chosen]


def select_groups(
    addresses: Iterable[Address], spec: Spec, groups: Sequence[Group], answers: Answers | None = None
) -> list[Group]:
    """Return the groups that selectors of one campaign mean, in its order.

    Paths add up; conditions narrow, each name by itself: ``dp02/step1 exposure:1,2 detector:5`` are the
    groups of step1 that hold exposure 1 or 2, and detector 5.

    Parameters
    ----------
    answers
        What the ledger says; None where it is not asked.

    Raises
    ------
    NoGroupError
        When a step or group is unknown, or nothing is left.
    """
    addresses = list(addresses)
    paths = [a for a in addresses if a.step is not None or a.condition is None]
    chosen: set[tuple[str, str]] = set()
    for address in paths:
        held = _held(_of_path(address, spec, groups), address, answers)
        chosen.update(map(_key, held))
    left = [g for g in groups if not paths or _key(g) in chosen]
    loose = [a for a in addresses if a.step is None and a.condition is not None]
    for condition in _joined(a.condition for a in loose if a.condition is not None):
        left = _meeting(left, condition, answers)
    return left


def narrows(address: Address) -> bool:
    """Tell whether a selector means less than a whole campaign."""
    return address.step is not None or address.condition is not None


def groups_and_gone(groups: Sequence[Group], keys: Iterable[tuple[str, str]]) -> list[Group]:
    """Return the groups of a spec, then those of these steps and ids that it does not have (any more)."""
    from cmcompile.model.group import Group

    here = set(map(_key, groups))
    return [*groups, *(Group(*key, ()) for key in keys if key not in here)]


def of_ledger(text: str) -> bool:
    """Tell whether a selector alone is a condition that the ledger answers."""
    return text.partition(":")[0] in LEDGER_NAMES and ":" in text


def _key(group: Group) -> tuple[str, str]:
    return group.step, group.id


def _meeting(groups: Sequence[Group], condition: Condition, answers: Answers | None) -> list[Group]:
    if condition.name not in LEDGER_NAMES:
        return _holding(groups, condition)
    if answers is None:
        raise not_asked(f"{condition.name}:{','.join(condition.ids)}")
    answer = answers[condition.name]
    found = [g for g in groups if answer(g) in condition.ids]
    if not found:
        there = sorted({answer(g) for g in groups})
        raise NoGroupError(
            f"no group has {condition.name} {', '.join(condition.ids)}"
            + (f"; there are {', '.join(there)}" if there else "")
        )
    return found


def not_asked(text: str) -> NoGroupError:
    """Return the error for a condition of the ledger, in a command that does not ask it."""
    return NoGroupError(
        f"{text} asks what became of groups, and only the ledger knows that: "
        "`cmcompile status` and `cmcompile plan` ask it"
    )


def _held(groups: list[Group], address: Address, answers: Answers | None) -> list[Group]:
    return groups if address.condition is None else _meeting(groups, address.condition, answers)


def _joined(conditions: Iterable[Condition]) -> list[Condition]:
    found: dict[str, Condition] = {}
    for condition in conditions:
        known = found.setdefault(condition.name, replace(condition, ids=()))
        found[condition.name] = replace(known, ids=known.ids + condition.ids)
    return list(found.values())


def _of_path(address: Address, spec: Spec, groups: Sequence[Group]) -> list[Group]:
    steps = list(dict.fromkeys([*(step.name for step in spec.steps), *(g.step for g in groups)]))
    wanted = address.step
    names = steps if wanted is None else [s for s in steps if fnmatchcase(s, wanted)]
    if not names:
        raise _no_step(address, spec.name, steps)
    those = [g for g in groups if g.step in names]
    if address.group is None:
        return those
    found: set[tuple[str, str]] = set()
    for item in address.group.split(","):
        hits = {_key(g) for g in those if _matcher(item, those)(g)}
        if not hits:
            raise _no_group(item, f"{spec.name}/{wanted}", those)
        found |= hits
    return [g for g in those if _key(g) in found]


def _no_step(address: Address, campaign: str, steps: Sequence[str]) -> NoGroupError:
    text = f"{campaign} has no step {address.step!r}"
    if address.implied:
        text += ", and no campaign has this name"
        steps = [*steps, *(place.name for place in every())]
    return NoGroupError(text + nearest(str(address.step), steps))


def _matcher(item: str, groups: Sequence[Group]) -> Callable[[Group], bool]:
    """Return what tells whether a group is meant by an id, a pattern, a range, or the name of a rescue."""
    meant = id_matcher(item)
    if not any(meant(g.id) for g in groups):
        return lambda g: g.rescue == item
    return lambda g: meant(g.id)


def id_matcher(item: str) -> Callable[[str], bool]:
    """Return what tells whether the id of a group is meant by an id, a pattern or a range."""
    span = _RANGE.match(item)
    if span is not None:
        lo, hi = int(span[1]), int(span[2])
        return lambda id_: id_.isdecimal() and lo <= int(id_) <= hi
    if _GLOB & set(item):
        return lambda id_: fnmatchcase(id_, item)
    return lambda id_: id_ == item


def _no_group(item: str, where: str, groups: Sequence[Group]) -> NoGroupError:
    ids = list(dict.fromkeys(g.id for g in groups))
    if not ids:
        return NoGroupError(f"{where} has no groups")
    rescues = dict.fromkeys(g.rescue for g in groups if g.rescue)
    # A number that looks like another one is no slip of the pen.
    near = [] if item.isdecimal() else get_close_matches(item, [*ids, *rescues], n=2)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = f"the ids go from {ids[0]} to {ids[-1]}" if len(ids) > 1 else f"its only group is {ids[0]}"
    return NoGroupError(f"{where} has no group {item!r}; {hint}")


def _holding(groups: Sequence[Group], condition: Condition) -> list[Group]:
    """Return the groups that hold one of the ids.

    An id that ``exclude`` takes out of a group is not held by it.
    """
    from cmcompile.compiler.select import Keys
    from cmcompile.model.ids import parse_item

    items = [parse_item(item) for item in condition.ids]
    if None in items:
        raise NoGroupError(
            f"{condition.name}:{','.join(condition.ids)} has a range that is empty or too long"
        )
    keys = Keys(item for item in items if item is not None)
    parts = [(made, part) for made in groups if (part := _part(made, condition.name)) is not None]
    if not parts:
        known = sorted({n for g in groups for p in g.parts for n in (p.axis, p.dimension) if n})
        raise NoGroupError(f"no group is cut by {condition.name!r}{nearest(condition.name, known)}")
    hits = [(made, part) for made, part in parts if any(i in keys for i in part.ids)]
    held = [made for made, part in hits if any(i in keys for i in _left(made, part))]
    if not held:
        raise _not_held(condition, [made for made, _ in hits])
    return held


def _part(made: Group, name: str) -> Part | None:
    """Return the part of an axis or dimension; for a visit also that of the exposure with its number."""
    return made.part(name) or made.part(_TWINS.get(name, ""))


def _left(made: Group, part: Part) -> Iterator[Id]:
    taken = frozenset(made.excluded.get(part.axis, ()))
    return (i for i in part.ids if i not in taken)


def _not_held(condition: Condition, excluded: Sequence[Group]) -> NoGroupError:
    what = f"{condition.name} {', '.join(condition.ids)}"
    if not excluded:
        return NoGroupError(f"no group holds {what}")
    ids = ", ".join(f"{g.step}/{g.id}" for g in excluded[:SHOWN])
    return NoGroupError(f"no group holds {what}: `exclude` takes it out of {ids}")
