"""The list after ``in``."""

from __future__ import annotations

from cmcompile.bps.query.faults import UnreadableError, no_operand, stray
from cmcompile.bps.query.tokens import INTEGER_ITEM, INTEGER_LIST, KEYWORDS, RANGE_PARTS, TOKEN, whole
from cmcompile.bps.query.tree import Bind, Call, Expr, Float, Identifier, Int, Null, Range, String, Time


def read_list(text: str, position: int) -> tuple[tuple[Expr, ...], int]:
    """Read ``( item, ... )`` from a position; return the items and the position after it.

    Raises
    ------
    UnreadableError
        When no list starts there.
    """
    quick = INTEGER_LIST.match(text, _skip(text, position))
    if quick is not None:
        items = _integers(text, quick.start(1), quick.end(1))
        if items is not None:
            return items, quick.end()
    return _items(text, position)


def literal(kind: str, word: str, offset: int, end: int) -> Expr:
    """Return the node of a token that is a value or a name.

    Raises
    ------
    UnreadableError
        For a range with more digits than Python converts.
    """
    match kind:
        case "number":
            value = whole(word)
            return Float(offset, end, float(word)) if value is None else Int(offset, end, value)
        case "string":
            return String(offset, end, word[1:-1])
        case "time":
            return Time(offset, end, word[2:-1])
        case "bind":
            return Bind(offset, end, word[1:])
        case "range":
            return _range(word, offset, end)
        case _:
            return Null(offset, end) if word.lower() == "null" else Identifier(offset, end, word)


def _skip(text: str, position: int) -> int:
    while text[position : position + 1] in (" ", "\t", "\n"):
        position += 1
    return position


def _integers(text: str, start: int, stop: int) -> tuple[Expr, ...] | None:
    """Return the items of a list of integers; None where one has more digits than Python converts."""
    items: list[Expr] = []
    try:
        for found in INTEGER_ITEM.finditer(text, start, stop):
            lo, hi, step = found.groups()
            offset, end = found.span()
            if hi is None:
                items.append(Int(offset, end, int(lo)))
            else:
                items.append(Range(offset, end, int(lo), int(hi), int(step or 1)))
    except ValueError:
        return None
    return tuple(items)


def _range(word: str, offset: int, end: int) -> Range:
    parts = RANGE_PARTS.match(word)
    lo, hi, step = (whole(part or "1") for part in parts.groups()) if parts else (None, None, None)
    if lo is None or hi is None or step is None:
        raise UnreadableError(offset, "a number of this range has too many digits")
    return Range(offset, end, lo, hi, step)


def _word(text: str, position: int) -> tuple[str, str, int, int]:
    """Return kind, text, start and end of the next word."""
    found = TOKEN.match(text, position)
    if found is None:
        raise stray(text, position)
    kind = found.lastgroup or "end"
    start, end = found.span(kind)
    word = found[kind]
    if kind == "name" and word.upper() in KEYWORDS:
        return "op", KEYWORDS[word.upper()], start, end
    return kind, word, start, end


def _items(text: str, position: int) -> tuple[tuple[Expr, ...], int]:
    kind, word, start, position = _word(text, position)
    if word != "(":
        raise UnreadableError(start, "'in' needs a list in parentheses", "write name in (1, 2, 5..9)")
    opened = start
    items: list[Expr] = []
    while True:
        kind, word, start, position = _word(text, position)
        if word == ")" and not items:
            raise UnreadableError(
                opened, "the list after 'in' is empty", "a query that takes nothing can't be written"
            )
        item, position = _item(text, kind, word, start, position)
        items.append(item)
        kind, word, start, position = _word(text, position)
        if word == ")" and kind == "op":
            return tuple(items), position
        if kind == "end":
            raise UnreadableError(
                opened, "the parenthesis of this list is never closed", "add ) after the last item"
            )
        if word != "," or kind != "op":
            raise UnreadableError(
                start, f"a comma is missing before {word}", "separate the items of a list with commas"
            )


def _item(text: str, kind: str, word: str, start: int, end: int) -> tuple[Expr, int]:
    if kind == "op" and word in ("+", "-"):
        kind, number, _, end = _word(text, end)
        if kind != "number":
            raise UnreadableError(start, f"{word!r} stands before something that is no number", "")
        return literal(kind, "-" + number if word == "-" else number, start, end), end
    if kind == "end":
        raise UnreadableError(start, "the query ends inside a list", "add the items and )")
    if kind == "op":
        raise no_operand(word, start, text)
    if kind == "name" and "." in word:
        raise UnreadableError(start, f"the name {word} can't stand in a list", "compare it with = instead")
    if kind == "name" and text[_skip(text, end) : _skip(text, end) + 1] == "(":
        return _uuid(text, word, start, end)
    return literal(kind, word, start, end), end


def _uuid(text: str, name: str, start: int, position: int) -> tuple[Expr, int]:
    """Read the arguments of ``UUID('...')``, the only function that a list may hold."""
    _, _, _, position = _word(text, position)
    depth = 1
    kind, word, at, position = _word(text, position)
    if word == "," and kind == "op":  # the real grammar lets a list of arguments start with a comma
        kind, word, at, position = _word(text, position)
    while word == "(" and kind == "op":
        depth += 1
        kind, word, at, position = _word(text, position)
    if name.upper() != "UUID" or kind != "string":
        raise UnreadableError(
            start, f"{name}(...) can't stand in a list", "the only function in a list is UUID('...')"
        )
    value = literal(kind, word, at, position)
    for _ in range(depth):
        kind, word, at, position = _word(text, position)
        if word != ")" or kind != "op":
            raise UnreadableError(
                at, "UUID takes one text", "write UUID('01234567-89ab-cdef-0123-456789abcdef')"
            )
    return Call(start, position, "UUID", (value,), (depth > 1,)), position
