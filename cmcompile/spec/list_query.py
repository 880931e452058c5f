"""The query of a list, as it is written."""

from __future__ import annotations

import re

from cmcompile.model import codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.list_query import AnyQuery, FilesQuery, SqlQuery, UrlQuery
from cmcompile.model.source import Mapping, Node
from cmcompile.model.stored import ListQuery
from cmcompile.spec.values import items, text

#: The keys of each kind of query, by the one that tells it; `gone` is a key of all.
KINDS = {
    "dimensions": frozenset({"datasets", "collections", "where"}),
    "sql": frozenset({"database"}),
    "files": frozenset({"columns", "settled"}),
    "url": frozenset({"format", "token"}),
}
_SECONDS = {"m": 60, "h": 3600, "d": 86400}


def list_query(node: Mapping | None) -> AnyQuery | None:
    """Return what a list asks; ``${{ }}`` is not filled in. None: it has no query."""
    if node is None:
        return None
    if "sql" in node:
        return SqlQuery(_text(node, "sql"), _text(node, "database"))
    if "files" in node:
        settled = _text(node, "settled")
        seconds = int(settled[:-1]) * _SECONDS[settled[-1]] if settled else 0
        return FilesQuery(_text(node, "files"), _text(node, "columns"), seconds)
    if "url" in node:
        return UrlQuery(_text(node, "url"), _text(node, "format"), _text(node, "token"))
    return ListQuery(
        _texts(node.get("dimensions")),
        _texts(node.get("datasets")),
        _texts(node.get("collections")),
        text(node.get("where")) or "",
    )


def keeps_gone(node: Mapping | None) -> bool:
    """Tell whether rows stay that the source does not give any more."""
    return node is not None and text(node.get("gone")) == "keep"


def check_query(name: str, node: Mapping | None, findings: Findings) -> None:
    """Report a query with keys of two kinds, and a pattern that gives no columns."""
    if node is None:
        return
    kind = next((key for key in KINDS if key in node), "")
    for entry in node:
        if kind and entry.key not in (kind, "gone", *KINDS[kind]):
            other = next((k for k, more in KINDS.items() if entry.key in (k, *more)), "")
            findings.add(
                codes.shape.UNKNOWN_KEY,
                entry.key_span,
                f"`{entry.key}` can't stand beside `{kind}` in the query of list {name}",
                f"it belongs to a query with `{other}`: make two lists" if other != entry.key else
                "one list asks one source: make two lists",
            )  # fmt: skip
    columns = node.get("columns")
    if kind == "files" and columns is not None:
        why = _no_columns(text(columns) or "")
        if why:
            findings.add(
                codes.shape.BAD_TEXT,
                columns.span,
                f"`columns` of list {name} {why}",
                "name a group for each column, such as `run(?P<run>[0-9]+)`",
            )


def _no_columns(pattern: str) -> str:
    try:
        found = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        return f"is no regular expression: {error}"
    return "" if found.groupindex else "has no named group"


def _text(node: Mapping, key: str) -> str:
    return (text(node.get(key)) or "").strip()


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(found for item in items(node) if (found := text(item)))
