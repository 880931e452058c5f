"""The words of the query language: one regular expression, tried at each place of the text.

What it takes is what the Butler's own lexer takes, oddities included: digits and spaces inside a range are
those of Unicode, a text has no escapes and no line ends, and a carriage return is no space.
"""

from __future__ import annotations

import re

KEYWORDS = {word.upper(): word for word in ("and", "or", "not", "in", "overlaps")}
"""Words that are no names: upper case to the form used in the tree."""

TOKEN = re.compile(
    r"""[ \t\n]*+(?:
      (?P<time>T'[^'\n]*')
    | (?P<string>'[^'\n]*')
    | (?P<range>-?\d++\s*\.\.\s*-?\d++(?:\s*:\s*[1-9]\d*+)?)
    | (?P<number>(?:\d++(?:\.\d*+)?|\.\d++)(?:e[-+]?\d++)?)
    | (?P<name>[a-z_][a-z0-9_]*+(?:\.[a-z_][a-z0-9_]*+){0,2})
    | (?P<bind>:[a-z_][a-z0-9_]*+)
    | (?P<op>!=|<=|>=|[()=<>+\-*/%,])
    | (?P<end>\Z)
    )""",
    re.IGNORECASE | re.VERBOSE,
)

RANGE_PARTS = re.compile(r"(-?\d+)\s*\.\.\s*(-?\d+)(?:\s*:\s*([1-9]\d*))?")
"""The two ends and the step of a ``range`` token."""

_INTEGERS = r"-?[0-9]++(?:[ \t\n]*\.\.[ \t\n]*-?[0-9]++(?:[ \t\n]*:[ \t\n]*[1-9][0-9]*+)?)?[ \t\n]*+"
INTEGER_LIST = re.compile(rf"\([ \t\n]*+({_INTEGERS}(?>(?:,[ \t\n]*+{_INTEGERS})*))\)")
"""A list of whole numbers and ranges, by far the commonest list: one match instead of two tokens a number."""

INTEGER_ITEM = re.compile(r"(-?[0-9]+)(?:[ \t\n]*\.\.[ \t\n]*(-?[0-9]+)(?:[ \t\n]*:[ \t\n]*([1-9][0-9]*))?)?")


def whole(text: str) -> int | None:
    """Return a text of digits as a number, or None where Python refuses to convert so many digits."""
    try:
        return int(text)
    except ValueError:
        return None
