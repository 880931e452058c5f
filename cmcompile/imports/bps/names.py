"""Paths of submit files with holes for their numbers, and what the numbers are."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

#: The numbers of a step and of a release are part of their names.
_STEP = re.compile(
    r"(?i)(?<![a-z])(?:(?:step|stage|node|dp|dr)\d+|v\d+(?:_\d+){2,}(?:_rc\d+)?|[wd]_\d{4}_\d+(?!\d))"
)
HOLE = "\x00"


@dataclass(frozen=True, slots=True)
class Word:
    """A text that a query compares with, such as the name of a band."""

    dimension: str
    text: str


@dataclass(frozen=True, slots=True)
class Form:
    """A text with holes.

    Attributes
    ----------
    shape
        The text, with `HOLE` for each number and each word of the query.
    holes
        What stood there.
    """

    shape: str
    holes: tuple[str, ...]


def form(text: str, words: Sequence[Word] = (), *, is_path: bool = False) -> Form:
    """Return a text with holes for its numbers, and for the words that the query of its file names.

    Parameters
    ----------
    is_path
        Whether the numbers of steps and versions are part of names.
    """
    kept = [found.span() for found in _STEP.finditer(text)] if is_path else []
    out: list[str] = []
    holes: list[str] = []
    at = 0
    for found in _pattern(words).finditer(text):
        start, end = found.span()
        if not any(a <= start < b for a, b in kept):
            out += [text[at:start], HOLE]
            holes.append(found[0])
            at = end
    return Form("".join([*out, text[at:]]), tuple(holes))


def _pattern(words: Sequence[Word]) -> re.Pattern[str]:
    said = []
    for word in sorted(words, key=lambda w: -len(w.text)):
        before = rf"(?:(?<![A-Za-z0-9])|(?<={re.escape(word.dimension)}))"
        said.append(rf"{before}{re.escape(word.text)}(?![A-Za-z0-9])")
    return re.compile("|".join([*said, r"[0-9]+"]))


def explained(values: Sequence[str], names: Sequence[Mapping[str, object]], most: int = 0) -> str | None:
    """Return the expression that gives these texts, one per group, from the names of the groups.

    Parameters
    ----------
    values
        Numbers as written.
    names
        Per group: what each name stands for.
    most
        So many groups may be different; of the rest there must be more.
    """
    if not values:
        return None
    for name in names[0]:
        given = [one.get(name) for one in names]
        fits = sum(str(g) == v for g, v in zip(given, values, strict=True))
        if fits == len(values) or (fits >= len(values) - most and fits > 1 and len(set(values)) > 1):
            return f"${{{{ {name} }}}}"
        width = len(values[0])
        if width > 1 and all(isinstance(g, int) for g in given):
            padded = [str(g).zfill(width) for g in given]
            if list(values) == padded:
                return f'${{{{ ("{"0" * width}" ~ {name})[-{width}:] }}}}'
    return None
