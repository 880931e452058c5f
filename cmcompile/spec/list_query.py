"""The query of a list, as it is written."""

from __future__ import annotations

from cmcompile.model.source import Mapping, Node
from cmcompile.model.stored import ListQuery
from cmcompile.spec.values import items, text


def list_query(node: Mapping | None) -> ListQuery | None:
    """Return what a list asks; ``${{ }}`` is not filled in. None: it has no query."""
    if node is None:
        return None
    return ListQuery(
        _texts(node.get("dimensions")),
        _texts(node.get("datasets")),
        _texts(node.get("collections")),
        text(node.get("where")) or "",
    )


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(found for item in items(node) if (found := text(item)))
