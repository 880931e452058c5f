"""Queries of others, cut at their ``and``, so that each part can stand where it belongs."""

from __future__ import annotations

import re

_JOIN = " and "
_OR = re.compile(r"\bor\b", re.IGNORECASE)


def top_level(query: str) -> str:
    """Return a query with all that is in brackets or quotes blanked out; places stay the same."""
    out, depth, quote = [], 0, ""
    for char in query:
        if quote:
            out.append("\x00")
            quote = "" if char == quote else quote
            continue
        if char in "'\"":
            quote = char
        depth += {"(": 1, ")": -1}.get(char, 0)
        out.append(char if depth <= 0 and not quote and char not in "()" else "\x00")
    return "".join(out)


def balanced(query: str) -> bool:
    """Tell whether every bracket and quote of a query is closed."""
    depth, quote = 0, ""
    for char in query:
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        else:
            depth += {"(": 1, ")": -1}.get(char, 0)
            if depth < 0:
                return False
    return not quote and depth == 0


def clauses(query: str) -> list[str] | None:
    """Return the clauses of a query; joined by `` and `` they are the query again.

    An ``or`` at the top, or brackets that are not closed, leave nothing that could be cut: then it is None.
    """
    if not balanced(query):
        return None
    plain = top_level(query)
    if _OR.search(plain):
        return None
    found, start = [], 0
    for at in re.finditer(re.escape(_JOIN), plain):
        found.append(query[start : at.start()])
        start = at.end()
    found.append(query[start:])
    return found if all(part.strip() for part in found) else None


def joined(parts: list[str]) -> str:
    """Return clauses as one query."""
    return _JOIN.join(parts)
