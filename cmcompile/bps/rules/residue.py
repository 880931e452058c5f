"""Rule 20: what a template left behind in a value."""

from __future__ import annotations

import re

from cmcompile.bps.view import Text

_TOKENS = ("???", "LOWEXP", "HIGHEXP", "GNUM")
_NOTHING = re.compile(r"(?<![\w.-])(?:nan|None)(?![\w.-])")
_WORDS = ("and", "or")
_EMPTY_PARTS = (
    *(f" {left} {right} " for left in _WORDS for right in _WORDS),
    *(f"({word} " for word in _WORDS),
    *(f" {word})" for word in (*_WORDS, "not")),
)
_FIRST = ("and ", "or ")
_LAST = (" and", " or", " not")
_COLLECTIONS = frozenset({"inCollection", "output"})


def residue(path: tuple[str, ...], value: str) -> str | None:
    """Return what is left of a template in a text, in words; None when it is clean.

    Cheap: most texts cost a few searches for a fixed word.
    """
    for token in _TOKENS:
        if token in value:
            return f"`{token}`"
    key = path[-1] if path else ""
    if ("nan" in value or "None" in value) and _NOTHING.search(value) and not _may_say_nothing(path, value):
        return "the word for no value (`nan` or `None`)"
    if key == "dataQuery":
        return _in_query(value)
    if path[:1] == ("payload",) and value[:1] == "[" and value[-1:] == "]":
        return "a list in brackets"
    if key in _COLLECTIONS and (",," in value or "//" in value or value[-1:] in (",", "/")):
        return "an empty part"
    return None


def _may_say_nothing(path: tuple[str, ...], value: str) -> bool:
    # Options and commands may well pass a None.
    return path[-1].endswith(("Options", "Opts")) or Text(path, value, None).is_command


def _in_query(value: str) -> str | None:
    query = " ".join(value.lower().split()).replace("( ", "(").replace(" )", ")")
    if "()" in query and ("in ()" in query or "in()" in query):
        return "an empty list `in ()`"
    if query.startswith(_FIRST) or query.endswith(_LAST) or query in (*_WORDS, "not"):
        return "an empty part beside `and`/`or`"
    for part in _EMPTY_PARTS:
        if part in query:
            return "an empty part beside `and`/`or`"
    return None
