"""Single fields of an event: each reader takes the object and the key, and gives a value of its type."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias, TypeVar, cast

from cmcompile.model.ids import Id

Object: TypeAlias = dict[str, object]
_T = TypeVar("_T")

#: Whole numbers have at most 19 digits, as the ids of lists.
LIMIT = 10**19
_IS_ID = re.compile(r"[0-9a-f]{16}").fullmatch
_IS_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z").fullmatch
_ID_TYPES = frozenset({int, str})
_TEXT_ONLY = frozenset({str})
_ABSENT = object()


class BadFieldError(ValueError):
    """A field is absent or of a wrong type.

    Attributes
    ----------
    field
        Its name, ``wms.service`` where it is nested; the text is what it should be.
    """

    def __init__(self, field: str, wanted: str) -> None:
        super().__init__(wanted)
        self.field = field


def fault(found: Object, key: str, wanted: str) -> BadFieldError:
    """Say what is wrong with a field."""
    return BadFieldError(key, f"is not {wanted}" if key in found else "is absent")


def text(found: Object, key: str) -> str:
    """Read a text that must be there."""
    value = found.get(key)
    if type(value) is str:
        return value
    raise fault(found, key, "text")


def filled(found: Object, key: str) -> str:
    """Read a text that must be there and not be empty."""
    value = found.get(key)
    if type(value) is str and value:
        return value
    raise fault(found, key, "a text that says something")


def text_or_empty(found: Object, key: str) -> str:
    """Read a text; empty where it is left out."""
    value = found.get(key, "")
    if type(value) is str:
        return value
    raise fault(found, key, "text")


def text_or_none(found: Object, key: str) -> str | None:
    """Read a text; None where it is null or left out."""
    value = found.get(key)
    if value is None or type(value) is str:
        return value
    raise fault(found, key, "text or null")


def event_id(found: Object, key: str) -> str:
    """Read the id of an event or a claim."""
    value = found.get(key)
    if type(value) is str and _IS_ID(value):
        return value
    raise fault(found, key, "an id of 16 hex digits")


def event_id_or_none(found: Object, key: str) -> str | None:
    """Read the id of an event; None where it is null or left out."""
    return None if found.get(key) is None else event_id(found, key)


def time(found: Object, key: str) -> str:
    """Read a time, ``2026-11-20T08:00:00Z``."""
    value = found.get(key)
    if type(value) is str and _IS_TIME(value):
        try:
            datetime.fromisoformat(value)
        except ValueError:
            raise fault(found, key, "a time that exists") from None
        return value
    raise fault(found, key, "a time such as 2026-11-20T08:00:00Z")


def flag(found: Object, key: str, default: bool = False) -> bool:
    """Read true or false."""
    value = found.get(key, default)
    if type(value) is bool:
        return value
    raise fault(found, key, "true or false")


def number(found: Object, key: str, least: int = 0) -> int:
    """Read a whole number that must be there."""
    value = found.get(key)
    if type(value) is int and least <= value < LIMIT:
        return value
    raise fault(found, key, f"a whole number from {least}, of at most 19 digits")


def number_or_zero(found: Object, key: str) -> int:
    """Read a whole number; zero where it is left out."""
    return number(found, key) if key in found else 0


def number_or_none(found: Object, key: str) -> int | None:
    """Read a whole number; None where it is null or left out."""
    return None if found.get(key) is None else number(found, key)


def numbers(found: Object, key: str) -> tuple[int, ...]:
    """Read whole numbers from 0; none where they are left out."""
    value = found.get(key, _ABSENT)
    if value is _ABSENT:
        return ()
    if type(value) is list and all(type(one) is int and 0 <= one < LIMIT for one in value):
        return tuple(value)
    raise fault(found, key, "a list of whole numbers from 0, of at most 19 digits")


def texts(found: Object, key: str) -> tuple[str, ...]:
    """Read texts; none where they are left out."""
    value = found.get(key, _ABSENT)
    if value is _ABSENT:
        return ()
    if type(value) is list and _TEXT_ONLY.issuperset(map(type, value)):
        return tuple(value)
    raise fault(found, key, "a list of texts")


def needed_texts(found: Object, key: str) -> tuple[str, ...]:
    """Read texts that must be there."""
    if key not in found:
        raise fault(found, key, "")
    return texts(found, key)


def ids(found: Object, key: str) -> tuple[Id, ...]:
    """Read ids of data; none where they are left out."""
    value = found.get(key, _ABSENT)
    if value is _ABSENT:
        return ()
    if _are_ids(value):
        return tuple(cast("list[Id]", value))
    raise fault(found, key, "a list of ids: texts, and whole numbers of at most 19 digits")


def ranges(found: Object, key: str) -> tuple[tuple[Id, Id], ...]:
    """Read pairs of ids; none where they are left out."""
    value = found.get(key, _ABSENT)
    if value is _ABSENT:
        return ()
    if type(value) is list and all(map(_is_pair, value)):
        return tuple(map(tuple, value))
    raise fault(found, key, "a list of pairs of ids")


def _is_pair(value: object) -> bool:
    if type(value) is not list or len(value) != 2:
        return False
    lo, hi = value
    if type(lo) is int and type(hi) is int:
        return -LIMIT < lo < LIMIT and -LIMIT < hi < LIMIT
    return _are_ids(value)


def _are_ids(value: object) -> bool:
    if type(value) is not list:
        return False
    kinds = set(map(type, value))
    if not kinds <= _ID_TYPES:
        return False
    numbers = value if kinds == {int} else [i for i in value if type(i) is int]
    return not numbers or (min(numbers) > -LIMIT and max(numbers) < LIMIT)


def part(found: Object, key: str, read: Callable[[Object], _T]) -> _T:
    """Read an object that must be there."""
    value = found.get(key)
    if type(value) is not dict:
        raise fault(found, key, "an object")
    try:
        return read(value)
    except BadFieldError as error:
        raise BadFieldError(f"{key}.{error.field}", str(error)) from None


def parts(found: Object, key: str, read: Callable[[Object], _T]) -> tuple[_T, ...]:
    """Read a list of objects; none where it is left out."""
    value = found.get(key, [])
    if type(value) is not list:
        raise fault(found, key, "a list")
    return tuple([part({at: item}, at, read) for at, item in _places(key, value)])


def by_name(found: Object, key: str, read: Callable[[Object, str], _T]) -> dict[str, _T]:
    """Read an object whose keys are names; none where it is left out."""
    value = found.get(key, _ABSENT)
    if value is _ABSENT:
        return {}
    if type(value) is not dict:
        raise fault(found, key, "an object")
    try:
        return {name: read(value, name) for name in value}
    except BadFieldError as error:
        raise BadFieldError(f"{key}.{error.field}", str(error)) from None


def _places(key: str, items: list[object]) -> list[tuple[str, object]]:
    return [(f"{key}[{at}]", item) for at, item in enumerate(items)]
