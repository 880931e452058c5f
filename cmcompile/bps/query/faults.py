"""Why a query can't be read: the place, what is wrong, and how it is written instead."""

from __future__ import annotations

from dataclasses import dataclass

SPACE = " \t\n"

_STRAY = {
    '"': ("a double quote is no part of the query language", "put text in single quotes: band = 'r'"),
    "'": ("the text that starts here has no closing quote on its line", "close it with a single quote"),
    "&": ("'&' is no operator of the query language", "write and"),
    "|": ("'|' is no operator of the query language", "write or"),
    "!": ("'!' alone is no operator of the query language", "write not, or != between two values"),
    "[": (
        "square brackets are no part of the query language",
        "put lists in round brackets: in (1, 2, 5..9)",
    ),
    "{": ("a brace is no part of the query language", "a name in braces that BPS doesn't know stays as text"),
    ";": ("a semicolon is no part of the query language", "join conditions with and"),
    ".": ("a dot can't stand here", "a range joins two whole numbers: 5..9; a name has at most two dots"),
    ":": ("a colon can't stand here", "the step of a range is a whole number from 1: 1..99:2"),
    "#": ("comments are no part of the query language", "put the comment before the key, in YAML"),
    "\r": ("a carriage return is no space in the query language", "save the file with line ends of Unix"),
    "\\": ("a backslash is no part of the query language", "a query may run over several lines as it is"),
    "$": ("'$' is no part of the query language", "a variable that BPS doesn't know stays as text"),
}

_FOREIGN = {
    "is": "write = null or != null",
    "like": "write glob(name, 'pattern*')",
    "between": "write in (lo..hi), or >= and <=",
}


@dataclass(frozen=True, slots=True)
class ParseError:
    """Where and why reading stopped; ``offset`` counts characters from 0."""

    offset: int
    message: str
    hint: str


class UnreadableError(Exception):
    """Carries a `ParseError` out of the parser; never leaves ``parse``."""

    def __init__(self, offset: int, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.error = ParseError(offset, message, hint)


def stray(text: str, position: int) -> UnreadableError:
    """Say what is wrong with a character that starts no word."""
    while position < len(text) and text[position] in SPACE:
        position += 1
    char = text[position]
    message, hint = _STRAY.get(char, (f"the character {char!r} can't stand here", ""))
    return UnreadableError(position, message, hint)


def no_operand(word: str, offset: int, text: str) -> UnreadableError:
    """Say what is wrong where a value, a name or a parenthesis should start."""
    before = text[:offset].rstrip(SPACE)
    if not word:
        return UnreadableError(
            offset, f"the query ends after {_last(before)!r}", "complete it, or remove its end"
        )
    if word == "=" and before.endswith(("=", "!", "<", ">")):
        return UnreadableError(
            offset,
            f"{before[-1]}= is written as two words"
            if _gap(text, offset)
            else f"'{before[-1]}=' is no operator of the query language",
            "write = for equal, != for unequal",
        )
    if word == ">" and before.endswith("<"):
        return UnreadableError(offset, "'<>' is no operator of the query language", "write !=")
    if word == "not":
        return UnreadableError(
            offset, "'not' can't stand after an operator", "put what it denies in parentheses"
        )
    return UnreadableError(offset, f"{word!r} stands where a value or a name should", _after(before))


def no_operator(kind: str, word: str, offset: int, text: str) -> UnreadableError:
    """Say what is wrong where an operator or the end should stand."""
    if kind == "string" and text[offset - 1] == "'":
        return UnreadableError(
            offset, "a quote inside a text can't be written in the query language", "use glob with ?"
        )
    if word.lower() in _FOREIGN:
        return UnreadableError(
            offset, f"{word!r} is no operator of the query language", _FOREIGN[word.lower()]
        )
    if kind in ("string", "time", "number", "range", "name", "bind"):
        return UnreadableError(
            offset, f"an operator is missing before {word}", "join conditions with and, or"
        )
    if word == "(":
        return UnreadableError(
            offset, "a parenthesis can't stand after a value", "only a function name without dots takes one"
        )
    if word == ",":
        return UnreadableError(
            offset, "a comma can't stand here", "lists stand after in: name in (1, 2, 5..9)"
        )
    return UnreadableError(offset, f"{word!r} can't stand here")


def _gap(text: str, offset: int) -> bool:
    return text[offset - 1] in SPACE


def _last(before: str) -> str:
    words = before.split()
    return words[-1] if words else before


def _after(before: str) -> str:
    return f"{_last(before)!r} needs a value on its right" if before else "start with a name or a value"
