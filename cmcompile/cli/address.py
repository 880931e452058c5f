"""Selectors of groups on the command line: ``dp02/step1/1-*``, ``exposure:1145348``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.campaigns import FILE, NoCampaignError, Place, every, find
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.model.group import Group

#: ``name:ids`` after the campaign and the step, or alone.
_CONDITION = re.compile(r"([A-Za-z_]\w*):(.*)\Z", re.DOTALL)
SHOWN = 5
#: A workflow behind the selector of its group.
_WORKFLOW = re.compile(r"(.+)@(w\d{2,})\Z", re.DOTALL)

SYNTAX = """\b
Selectors:
  dp02, campaigns/dp02        a campaign, by name or folder
  dp02/step1                  a step
  dp02/step1/1-11             a group; also 1-*, 5,7,11..19
  dp02/step1/rescue.3         a rescue group; `rescue` alone: all groups of the rescue
  exposure:1145348            groups that hold an id of an axis or dimension; also tract:4848..4850
  state:failed                groups in a state, where the ledger is asked; also reason:over_limits
  workflow:held               groups whose newest workflow is in a state, where the ledger is asked
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
        When there is no such campaign, or a text is no selector.
    """
    split = [_split(text) for text in texts]
    found = [_address(text, path, condition) for text, path, condition in split if path]
    places = list(dict.fromkeys(address.place for address in found))
    for text, path, condition in split:
        if not path:
            found += [Address(text, p, condition=condition) for p in places or [_place("")[0]]]
    return found


def split_workflow(texts: Sequence[str]) -> tuple[list[str], str]:
    """Return selectors without ``@w00``, and the workflow that one of them names, or an empty text.

    Raises
    ------
    CmcompileError
        When several are named: a workflow is looked at by itself.
    """
    found = [cut_workflow(text) for text in texts]
    workflow = next((w for _, w in found if w), "")
    if workflow and len(found) > 1:
        raise NoGroupError("a workflow is looked at by itself: leave out the other selectors")
    return [name for name, _ in found], workflow


def cut_workflow(text: str) -> tuple[str, str]:
    """Return a selector without ``@w00``, and the workflow that it names, or an empty text."""
    found = _WORKFLOW.match(text)
    return (text, "") if found is None else (found[1], found[2])


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


def whole(texts: Iterable[str]) -> list[Address]:
    """Read selectors; none at all mean the campaign that needs no name.

    Raises
    ------
    CmcompileError
        As `parse`.
    """
    return parse(texts) or [Address("", _place("")[0], implied=True)]


def everywhere() -> list[Place]:
    """Return all campaigns of the repository, and the one that the shell stands in.

    Raises
    ------
    NoCampaignError
        When there is none.
    """
    here = implicit()
    found = every()
    found += [here] if here is not None and here not in found else []
    if not found:
        raise NoCampaignError("there is no campaign under campaigns/: `cmcompile new NAME` starts one")
    return found


def within(place: Place, texts: Iterable[str]) -> list[Address]:
    """Read selectors that name no campaign as selectors of one."""
    folder = str(place.root / place.path).removesuffix(f"/{FILE}")
    return parse(f"{folder}/{text}" for text in texts)


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
    if not known and not name:
        return NoCampaignError("which campaign? there is none under campaigns/: name its folder")
    if not known:
        return NoCampaignError(f"no campaign is at {text!r}, and there is none under campaigns/")
    if not name:
        return NoCampaignError(f"which campaign? name it{nearest('', known)}")
    return NoCampaignError(f"no campaign is named {name!r}{nearest(name, known)}")


def nearest(name: str, known: Sequence[str]) -> str:
    """Return, as the end of a sentence, the names that are meant perhaps, or some of those there are."""
    near = get_close_matches(name, known, n=2)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return f"; there are {', '.join(known[:SHOWN])}{more}" if known else "; there are none"


def address_of(campaign: str, group: Group) -> str:
    """Return the selector of one group, which every command understands."""
    return f"{campaign}/{group.step}/{group.id}"
