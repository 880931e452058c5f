"""Replies that were damaged on the way: they say what the whole one says, or nothing."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from panda_replies import IDDS, JSON, MONITOR, PAGES, body, states

FILES = (*IDDS, *MONITOR, *PAGES)
EACH = 10_000 // len(FILES) + 1
#: What stands in the place of a value; ids and states that are well-formed are not swapped for others.
_WRONG: tuple[Any, ...] = (
    None,
    True,
    False,
    "",
    "x",
    -1,
    0.5,
    [],
    {},
    [None],
    {"a": 1},
    "Melting",
    float("inf"),
    10**30,
)
_PAGE = b"<!DOCTYPE html><html><body>Sign in</body></html>"


def places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    if isinstance(value, dict):
        found += [place for key, one in value.items() for place in places(one, (*at, key))]
    elif isinstance(value, list):
        found += [place for number, one in enumerate(value) for place in places(one, (*at, number))]
    return found


def holder(value: Any, at: tuple[Any, ...]) -> Any:
    for key in at[:-1]:
        value = value[key]
    return value


def damaged(value: Any, chance: random.Random) -> tuple[bytes, str]:
    kind = chance.randrange(10)
    whole = json.dumps(value).encode()
    if kind == 0:
        return whole[: chance.randrange(len(whole))], JSON
    if kind == 1:
        return chance.choice([_PAGE, whole, b"", _PAGE + whole]), "text/html"
    if kind == 2:
        return chance.choice([_PAGE, b"", b"null", b"[]", b"{}", b'"x"', b"0"]), JSON
    changed = copy.deepcopy(value)
    for _ in range(chance.randint(1, 3)):
        where = places(changed)
        if not where:
            break
        at = chance.choice(where)
        if chance.random() < 0.5:
            del holder(changed, at)[at[-1]]
        else:
            holder(changed, at)[at[-1]] = chance.choice(_WRONG)
    return json.dumps(changed).encode(), JSON


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_reply_says_the_same_or_nothing(name: str) -> None:
    chance = random.Random(f"panda {name}")
    data = body(name)
    said, value = states(name, data), json.loads(data)
    kept = 0
    for _ in range(EACH):
        broken, kind = damaged(value, chance)
        found = states(name, broken, kind)
        assert found.items() <= said.items(), broken
        kept += bool(found)
    assert kept or not said


def test_it_would_be_seen() -> None:
    """A state that a damaged reply makes up is another one."""
    data = body("workflows_2026")
    assert states("workflows_2026", data.replace(b'"SubFinished", "created', b'"Finished", "created')) != (
        states("workflows_2026", data)
    )
