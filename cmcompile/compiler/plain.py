"""The values of expressions: how large they may grow, how they stand in a text, and what filters do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cmcompile.model.source import Span

#: Longer results than this are taken for a mistake: characters of a text, items and characters of a list.
MAX_TEXT = 1_000_000
#: More zeros than this before a number are taken for a mistake.
MAX_PAD = 40


class ExpressionError(Exception):
    """An expression can't be read, or fails for the values it is given.

    Attributes
    ----------
    span
        Where the text stands that is to blame, when that is not the text being filled in.
    """

    span: Span | None = None


def in_text(value: object) -> str:
    """Return a value as it stands inside a text.

    Raises
    ------
    ExpressionError
        When it is a list, a mapping or null.
    """
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        raise ExpressionError("a list has no place inside a text; use `| join(',')`")
    raise ExpressionError(f"{'null' if value is None else 'a mapping'} has no place inside a text")


def plain_value(value: Any) -> object:
    """Return a value as text, numbers, lists and mappings.

    Raises
    ------
    ExpressionError
        When it is anything else, such as a key that is not there.
    """
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, list | tuple):
        return [plain_value(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain_value(v) for k, v in value.items()}
    missing = getattr(value, "_undefined_message", None)
    raise ExpressionError(str(missing) if missing else "this is no value")


def size_of(value: object) -> int:
    """Return how many characters and items a value has.

    Raises
    ------
    ExpressionError
        When there are more than `MAX_TEXT`.
    """
    size, waiting = 0, [value]
    while waiting:
        item = waiting.pop()
        size += len(item) if isinstance(item, str) else 1
        if isinstance(item, list | tuple):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
        refuse_size(size)
    return size


def refuse_size(size: int) -> None:
    """Refuse a value that is larger than `MAX_TEXT`.

    Raises
    ------
    ExpressionError
        When it is.
    """
    if size > MAX_TEXT:
        raise ExpressionError(f"the value grows beyond {MAX_TEXT} characters")


def _join(values: object, between: object = "") -> str:
    if not isinstance(values, list | tuple):
        raise ExpressionError("`join` needs a list")
    texts = [in_text(v) for v in values]
    refuse_size(sum(map(len, texts)) + len(in_text(between)) * len(texts))
    return in_text(between).join(texts)


def _replace(value: object, old: object, new: object) -> str:
    text, before, after = in_text(value), in_text(old), in_text(new)
    if not before:
        raise ExpressionError("`replace` of an empty text")
    # Known before it is done: three lines of replace inside replace would fill the memory.
    refuse_size(len(text) + text.count(before) * (len(after) - len(before)))
    return text.replace(before, after)


def pad(value: object, width: object) -> str:
    """Return a number or text with zeros before it, so many characters long.

    Raises
    ------
    ExpressionError
        When the width is none.
    """
    if type(width) is not int or not 0 < width <= MAX_PAD:
        raise ExpressionError(f"`pad` needs a whole number from 1 to {MAX_PAD}")
    return in_text(value).zfill(width)


def _floor(value: object, step: object) -> int:
    """Return the highest multiple of a whole number that is not above another one: 53741 by 100 is 53700."""
    text = in_text(value)
    if type(step) is not int or step < 1:
        raise ExpressionError("`floor` needs a whole number from 1")
    if not text.removeprefix("-").isdecimal() or not text.isascii() or len(text) > MAX_PAD:
        raise ExpressionError("`floor` of something that is no whole number")
    return int(text) // step * step


FILTERS: Mapping[str, Callable[..., object]] = {
    "join": _join,
    "pad": pad,
    "floor": _floor,
    "lower": lambda value: in_text(value).lower(),
    "replace": _replace,
}
