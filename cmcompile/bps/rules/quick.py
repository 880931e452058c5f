"""A quick look at single values, for the groups of a shape after the first."""

from __future__ import annotations

import re

_FIELD = re.compile(r"\$?\{\w+\}")
#: What a rule for single values may object to, in lower case. A fixed word is found many times quicker than
#: a pattern; unusual blanks are left to the rules.
_SUSPECTS = ("???", "lowexp", "highexp", "gnum", "nan", "none")
_IN_QUERIES = (
    *("()", "  ", "\t", "\n", "( ", " )"),
    *(f" {left} {right} " for left in ("and", "or") for right in ("and", "or")),
    *("(and ", "(or ", " and)", " or)", " not)"),
)
_FIRST = ("and ", "or ", "not ", " ")
_LAST = (" and", " or", " not", " ")
_COLLECTIONS = ("inCollection", "output")


def is_harmless(path: tuple[str, ...], text: str) -> bool:
    """Tell whether a text breaks none of the rules for single values; False says only that it may."""
    if "{" in text or "}" in text:
        rest = _FIELD.sub("", text)
        if "{" in rest or "}" in rest:
            return False
    lower = text.lower()
    if path[-1] == "dataQuery" and not _is_harmless_query(lower):
        return False
    if path[-1] in _COLLECTIONS and (",," in text or "//" in text or text.endswith((",", "/"))):
        return False
    # A loop costs less here than any() over a generator.
    for suspect in _SUSPECTS:
        if suspect in lower:
            return False
    return lower[:1] != "["


def _is_harmless_query(lower: str) -> bool:
    if lower.startswith(_FIRST) or lower.endswith(_LAST) or lower in ("and", "or", "not"):
        return False
    return not any(suspect in lower for suspect in _IN_QUERIES)
