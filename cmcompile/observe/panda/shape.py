"""Values taken out of replies: each is what it must be, or the reply is odd."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cmcompile.observe.panda.times import moment

#: Above any id and any number of bytes that is told; it shuts out what is infinite, and what is no number.
_MOST = 1e18


class OddReplyError(Exception):
    """A reply, or a part of it, is not as a server of PanDA gives it; the text says in which way."""


def row(value: object, what: str) -> Mapping[str, Any]:
    """Return an object of JSON."""
    if not isinstance(value, dict):
        raise OddReplyError(f"{what} is no object")
    return value


def items(value: object, what: str) -> list[Any]:
    """Return a list of JSON."""
    if not isinstance(value, list | tuple):
        raise OddReplyError(f"{what} is no list")
    return list(value)


def text(found: Mapping[str, Any], key: str) -> str:
    """Return a text that must be there."""
    value = found.get(key)
    if not isinstance(value, str) or not value.strip():
        raise OddReplyError(f"`{key}` is {_shown(value)}, and no text")
    return value


def words(found: Mapping[str, Any], key: str) -> str:
    """Return a text; empty where there is none."""
    value = found.get(key)
    if value is not None and not isinstance(value, str):
        raise OddReplyError(f"`{key}` is {_shown(value)}, and no text")
    return value or ""


def id_of(found: Mapping[str, Any], key: str) -> str:
    """Return a number that names something, as text."""
    value = found.get(key)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _MOST:
        raise OddReplyError(f"`{key}` is {_shown(value)}, and no id")
    return str(value)


def count(found: Mapping[str, Any], key: str) -> int | None:
    """Return a whole number that is not negative; None where there is none."""
    value = found.get(key)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST:
        raise OddReplyError(f"`{key}` is {_shown(value)}, and no count")
    return value


def number(found: Mapping[str, Any], key: str) -> float | None:
    """Return a number that is not negative; None where there is none."""
    value = found.get(key)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < _MOST:
        raise OddReplyError(f"`{key}` is {_shown(value)}, and no number")
    return float(value)


def percent(found: Mapping[str, Any], key: str) -> float | None:
    """Return a number from 0 to 100; None where there is none."""
    value = number(found, key)
    if value is not None and value > 100:
        raise OddReplyError(f"`{key}` is {_shown(value)}, and no percentage")
    return value


def time(found: Mapping[str, Any], key: str) -> datetime | None:
    """Return a moment; None where there is none."""
    value = found.get(key)
    if value is None or value == "":
        return None
    read = moment(value)
    if read is None:
        raise OddReplyError(f"`{key}` is {_shown(value)}, and no moment")
    return read


def moment_at(found: Mapping[str, Any], key: str) -> datetime:
    """Return a moment that must be there."""
    read = time(found, key)
    if read is None:
        raise OddReplyError(f"`{key}` is not there")
    return read


def _shown(value: object) -> str:
    said = repr(value)
    return said if len(said) <= 40 else f"{said[:40]}..."
