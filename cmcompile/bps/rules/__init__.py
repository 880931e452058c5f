"""The rules for a BPS submit file that need no server: one module per family."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.bps.document import Document
from cmcompile.bps.rules import (
    clusters,
    environment,
    labels,
    names,
    needed,
    outputs,
    panda,
    queries,
    renamed,
    spelling,
    uniform,
    values,
)
from cmcompile.bps.rules.braces import check_braces
from cmcompile.bps.view import View
from cmcompile.model.diagnostic import Findings
from cmcompile.model.resolved import Items, Leaf, Tree

_FAMILIES = (
    names.check,
    environment.check,
    spelling.check,
    needed.check,
    labels.check,
    clusters.check,
    uniform.check,
    values.check,
    queries.check,
    renamed.check,
    panda.check,
)


def check(document: Document, findings: Findings) -> None:
    """Run every rule on a document; once per shape of groups."""
    view = View.of(document, findings)
    for family in _FAMILIES:
        family(view)
    for text in view.texts:
        outputs.check_text(document, text.path, text.value, text.span, findings)
    outputs.check_collections(document, findings)


def check_values(document: Document, changed: Iterable[tuple[str, ...]], findings: Findings) -> None:
    """Run the rules on single values: for a further group of a shape that `check` has seen.

    Parameters
    ----------
    document
        The document of the group; ``includes`` and ``below`` may be shared with the first group's.
    changed
        Paths of the leaves whose values differ between groups; a place in a list is a number as text.
    findings
        Where to report.
    """
    for path in changed:
        leaf = _leaf(document.tree, path)
        if leaf is not None and isinstance(leaf.value, str):
            check_braces(document, path, leaf, findings)
            outputs.check_text(document, path, leaf.value, leaf.origin.span, findings)
    outputs.check_collections(document, findings)


def _leaf(tree: Tree, path: tuple[str, ...]) -> Leaf | None:
    node: Tree | None = tree
    for key in path:
        if isinstance(node, Items):
            node = node.items[int(key)] if key.isdigit() and int(key) < len(node.items) else None
        else:
            node = getattr(node, "entries", {}).get(key)
    return node if isinstance(node, Leaf) else None
