"""Queries of others, cut at their ``and``, so that each part can stand where it belongs."""

from __future__ import annotations

import re
from collections.abc import Iterable

_JOIN = " and "
_OR = re.compile(r"\bor\b", re.IGNORECASE)


def _plain(query: str) -> str | None:
    """Return a query with all in brackets or quotes blanked out; None where one is not closed."""
    out, depth, quote = [], 0, ""
    for char in query:
        inside = depth > 0 or quote
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += {"(": 1, ")": -1}.get(char, 0)
            if depth < 0:
                return None
        out.append("\x00" if inside or quote or depth else char)
    return None if quote or depth else "".join(out)


def clauses(query: str) -> list[str] | None:
    """Return the clauses of a query; joined by `` and `` they are the query again.

    An ``or`` at the top, or brackets that are not closed, leave nothing that could be cut: then it is None.
    """
    plain = _plain(query)
    if plain is None or _OR.search(plain):
        return None
    found, start = [], 0
    for at in re.finditer(re.escape(_JOIN), plain):
        found.append(query[start : at.start()])
        start = at.end()
    found.append(query[start:])
    return found if all(part.strip() for part in found) else None


def joined(parts: Iterable[str]) -> str:
    """Return clauses as one query."""
    return _JOIN.join(parts)
