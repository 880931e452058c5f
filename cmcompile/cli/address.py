"""Selectors of groups on the command line: ``dp02/step1/1-*``, ``exposure:1145348``."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import FILE, NoCampaignError, Place, every, find
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.compiler.result import Compilation
    from cmcompile.model.group import CompiledGroup, Group, Part
    from cmcompile.model.ids import Id

#: ``name:ids`` after the campaign and the step, or alone.
_CONDITION = re.compile(r"([A-Za-z_]\w*):(.*)\Z", re.DOTALL)
_GLOB = frozenset("*?[")
_RANGE = re.compile(r"(\d+)\.\.(\d+)\Z")
_SHOWN = 5

SYNTAX = """\b
Selectors:
  dp02, campaigns/dp02        a campaign, by name or folder
  dp02/step1                  a step
  dp02/step1/1-11             a group; also 1-*, 5,7,11..19
  dp02/step1/rescue.3         a rescue group; `rescue` alone: all groups of the rescue
  exposure:1145348            groups that hold an id of an axis or dimension; also tract:4848..4850
In the folder of a campaign, or where there is only one, its name may be left out."""


class NoGroupError(CmcompileError):
    """A selector means no group."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``name:ids``: groups that hold one of the ids.

    Attributes
    ----------
    ids
        As written, at the commas.
    """

    name: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """What a selector says.

    Attributes
    ----------
    text
        As given.
    place
        The campaign.
    step, group
        Patterns; None: any.
    implied
        Whether the campaign was left out.
    """

    text: str
    place: Place
    step: str | None = None
    group: str | None = None
    condition: Condition | None = None
    implied: bool = False


def parse(texts: Iterable[str]) -> list[Address]:
    """Read selectors and find their campaigns.

    A condition alone is for the campaigns that the other selectors name.

    Raises
    ------
    CmcompileError
        When there is no such campaign, a text is no selector, or it asks for what only the ledger knows.
    """
    split = [_split(text) for text in texts]
    found = [_address(text, path, condition) for text, path, condition in split if path]
    places = list(dict.fromkeys(address.place for address in found))
    for text, path, condition in split:
        if not path:
            found += [Address(text, p, condition=condition) for p in places or [_place("")[0]]]
    return found


def _split(text: str) -> tuple[str, str, Condition | None]:
    """Return the path and the condition of a selector."""
    path = text.rstrip("/")
    head, _, last = path.rpartition("/")
    found = _CONDITION.match(last)
    if found is not None:
        return text, head, _condition(text, found[1], found[2])
    if not path:
        raise NoCampaignError(f"{text!r} is no selector: write CAMPAIGN/STEP/GROUP, or a part of that")
    return text, path, None


def _address(text: str, path: str, condition: Condition | None) -> Address:
    place, rest = _place(path)
    if len(rest) > 2 or "" in rest:
        raise NoGroupError(f"{text!r} is no selector: write CAMPAIGN/STEP/GROUP, or a part of that")
    step, group = (*rest, None, None)[:2]
    implied = len(rest) == len(path.split("/"))
    return Address(text, place, step, group, condition, implied)


def _condition(text: str, name: str, ids: str) -> Condition:
    if name == "state":
        raise NoGroupError(
            f"{text!r} asks what became of groups: only the ledger knows, and this version has none yet"
        )
    items = tuple(item.strip() for item in ids.split(","))
    if "" in items:
        raise NoGroupError(f"{text!r} names no id: write {name}:ID, {name}:ID,ID or {name}:LO..HI")
    return Condition(name, items)


def _place(text: str) -> tuple[Place, list[str]]:
    """Return the campaign of a path, and the parts that stand behind it."""
    parts = text.split("/") if text else []
    for most in range(len(parts), 0, -1):
        place = _campaign("/".join(parts[:most]))
        if place is not None:
            return place, parts[most:]
    here = implicit()
    if here is None or len(parts) > 2:
        raise _no_campaign(parts[0] if parts else "", text)
    return here, parts


def _campaign(text: str) -> Place | None:
    given = Path(text or "/")
    is_spec = given.name.endswith((".yaml", ".yml")) and given.is_file()
    if is_spec or (given / FILE).is_file():
        return find(str(given))
    return next((p for p in every() if text in (p.name, p.path.removesuffix(f"/{FILE}"))), None)


def implicit() -> Place | None:
    """Return the campaign that needs no name: the one the shell stands in, or the only one."""
    from cmcompile.spec.files import find_root

    here = Path(os.path.realpath(Path.cwd()))
    root = find_root(here)
    for folder in (here, *here.parents):
        if (folder / FILE).is_file():
            return find(str(folder))
        if folder == root:
            break
    known = every()
    return known[0] if len(known) == 1 else None


def _no_campaign(name: str, text: str) -> NoCampaignError:
    known = [place.name for place in every()]
    if not known:
        return NoCampaignError(f"no campaign is at {text!r}, and there is none under campaigns/")
    if not name:
        return NoCampaignError(f"which campaign? name it before: {known[0]}/…{_nearest('', known)}")
    return NoCampaignError(f"no campaign is named {name!r}{_nearest(name, known)}")


def _nearest(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=2)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"; there are {', '.join(known[:_SHOWN])}{more}" if known else "; there are none"


def select(addresses: Iterable[Address], compilation: Compilation) -> list[CompiledGroup]:
    """Return the groups that selectors of one campaign mean, in its order.

    Paths add up; conditions narrow, each name by itself: ``dp02/step1 exposure:1,2 detector:5`` are the
    groups of step1 that hold exposure 1 or 2, and detector 5.

    Raises
    ------
    NoGroupError
        When a step or group is unknown, or nothing is left.
    """
    addresses = list(addresses)
    paths = [a for a in addresses if a.step is not None or a.condition is None]
    chosen: set[tuple[str, str]] = set()
    for address in paths:
        chosen |= {_key(g) for g in _held(_of_path(address, compilation), address)}
    groups = [g for g in compilation.groups if not paths or _key(g) in chosen]
    loose = [a for a in addresses if a.step is None and a.condition is not None]
    for condition in _joined(a.condition for a in loose if a.condition is not None):
        groups = _holding(groups, condition)
    return groups


def _key(made: CompiledGroup) -> tuple[str, str]:
    return made.group.step, made.group.id


def _held(groups: list[CompiledGroup], address: Address) -> list[CompiledGroup]:
    return groups if address.condition is None else _holding(groups, address.condition)


def _joined(conditions: Iterable[Condition]) -> list[Condition]:
    found: dict[str, Condition] = {}
    for condition in conditions:
        known = found.setdefault(condition.name, replace(condition, ids=()))
        found[condition.name] = replace(known, ids=known.ids + condition.ids)
    return list(found.values())


def _of_path(address: Address, compilation: Compilation) -> list[CompiledGroup]:
    steps = [step.name for step in compilation.spec.steps]
    wanted = address.step
    names = steps if wanted is None else [s for s in steps if fnmatchcase(s, wanted)]
    if not names:
        raise _no_step(address, compilation.spec.name, steps)
    groups = [g for g in compilation.groups if g.group.step in names]
    if address.group is None:
        return groups
    found: set[tuple[str, str]] = set()
    for item in address.group.split(","):
        hits = {_key(g) for g in groups if _matcher(item, groups)(g.group)}
        if not hits:
            raise _no_group(item, f"{compilation.spec.name}/{wanted}", groups)
        found |= hits
    return [g for g in groups if _key(g) in found]


def _no_step(address: Address, campaign: str, steps: Sequence[str]) -> NoGroupError:
    text = f"{campaign} has no step {address.step!r}"
    if address.implied:
        text += ", and no campaign has this name"
        steps = [*steps, *(place.name for place in every())]
    return NoGroupError(text + _nearest(str(address.step), steps))


def _matcher(item: str, groups: Sequence[CompiledGroup]) -> Callable[[Group], bool]:
    """Return what tells whether a group is meant by an id, a pattern, a range, or the name of a rescue."""
    span = _RANGE.match(item)
    if span is not None:
        lo, hi = int(span[1]), int(span[2])
        return lambda g: g.id.isdecimal() and lo <= int(g.id) <= hi
    if _GLOB & set(item):
        return lambda g: fnmatchcase(g.id, item)
    if not any(g.group.id == item for g in groups):
        return lambda g: g.rescue == item
    return lambda g: g.id == item


def _no_group(item: str, where: str, groups: Sequence[CompiledGroup]) -> NoGroupError:
    ids = list(dict.fromkeys(g.group.id for g in groups))
    if not ids:
        return NoGroupError(f"{where} has no groups")
    rescues = dict.fromkeys(g.group.rescue for g in groups if g.group.rescue)
    # A number that looks like another one is no slip of the pen.
    near = [] if item.isdecimal() else get_close_matches(item, [*ids, *rescues], n=2)
    if near:
        hint = f"did you mean {' or '.join(near)}?"
    else:
        hint = f"the ids go from {ids[0]} to {ids[-1]}" if len(ids) > 1 else f"its only group is {ids[0]}"
    return NoGroupError(f"{where} has no group {item!r}; {hint}")


def _holding(groups: Sequence[CompiledGroup], condition: Condition) -> list[CompiledGroup]:
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
    parts = [(made, part) for made in groups if (part := made.group.part(condition.name)) is not None]
    if not parts:
        known = sorted({n for g in groups for p in g.group.parts for n in (p.axis, p.dimension) if n})
        raise NoGroupError(f"no group is cut by {condition.name!r}{_nearest(condition.name, known)}")
    hits = [(made, part) for made, part in parts if any(i in keys for i in part.ids)]
    held = [made for made, part in hits if any(i in keys for i in _left(made, part))]
    if not held:
        raise _not_held(condition, [made for made, _ in hits])
    return held


def _left(made: CompiledGroup, part: Part) -> Iterator[Id]:
    taken = frozenset(made.group.excluded.get(part.axis, ()))
    return (i for i in part.ids if i not in taken)


def _not_held(condition: Condition, excluded: Sequence[CompiledGroup]) -> NoGroupError:
    what = f"{condition.name} {', '.join(condition.ids)}"
    if not excluded:
        return NoGroupError(f"no group holds {what}")
    ids = ", ".join(f"{g.group.step}/{g.group.id}" for g in excluded[:_SHOWN])
    return NoGroupError(f"no group holds {what}: `exclude` takes it out of {ids}")


def address_of(campaign: str, group: Group) -> str:
    """Return the selector of one group, which every command understands."""
    return f"{campaign}/{group.step}/{group.id}"
