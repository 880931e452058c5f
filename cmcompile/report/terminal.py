"""How a text is shown in a terminal: without controls, and how wide."""

from __future__ import annotations

import unicodedata


def visible(text: str) -> str:
    r"""Return ``text`` with controls as ``\xNN`` or ``\uNNNN``.

    A file under review must not move the cursor of a terminal, or turn the direction of its text.
    """
    # Almost every text is printable as it is; to look at each of its characters costs 100 times more.
    return text if text.isprintable() else "".join(_visible_character(c) for c in text)


def _visible_character(character: str) -> str:
    if unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return character
    number = ord(character)
    return f"\\x{number:02x}" if number < 0x100 else f"\\u{number:04x}"


def width(text: str) -> int:
    """Return how many cells of a terminal ``text`` takes: two for a wide character, none for an accent."""
    return len(text) if text.isascii() else sum(_cells(c) for c in text)


def _cells(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
