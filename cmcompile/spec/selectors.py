"""Selectors of groups, overrides and exclusions, from nodes."""

from __future__ import annotations

from cmcompile.model import codes
from cmcompile.model.campaign import Exclude, Extra, Layer, Override, Selector
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ids import IdItem
from cmcompile.model.ports import Documents
from cmcompile.model.source import Mapping, Node
from cmcompile.spec.lists import read_list
from cmcompile.spec.values import id_items, ids, items, mapping, refuse_expressions, text

_EXCLUDE_KEYS = ("file", "by", "because", "steps", "until", "ticket")


def build_selector(node: Node, findings: Findings) -> Selector:
    """Return which groups a ``groups:`` means."""
    refuse_expressions(node, "`groups`", findings)
    if not isinstance(node, Mapping):
        return Selector(id_items(node, findings), {}, {}, node.span)
    parts: dict[str, tuple[IdItem, ...]] = {}
    holds: dict[str, tuple[IdItem, ...]] = {}
    for entry in node:
        if entry.key == "holds" and isinstance(entry.value, Mapping):
            holds = {inner.key: id_items(inner.value, findings) for inner in entry.value}
        else:
            parts[entry.key] = id_items(entry.value, findings)
    return Selector(None, parts, holds, node.span)


def build_overrides(
    node: Node | None, whose: str, findings: Findings, first: int = 1
) -> tuple[Override, ...]:
    """Return overrides in file order, numbered on from ``first``."""
    found = []
    for number, item in enumerate(items(node), first):
        groups = item.get("groups") if isinstance(item, Mapping) else None
        if not isinstance(item, Mapping) or groups is None:
            continue
        because = text(item.get("because"))
        if because is None:
            ask_because(f"override {number} of {whose}", item, findings)
        layer = Layer(f"override {number} of {whose}", item)
        found.append(Override(build_selector(groups, findings), layer, because, item.span))
    return tuple(found)


def ask_because(what: str, node: Mapping, findings: Findings) -> None:
    """Note that something does not say why it is there."""
    findings.add(
        codes.names.NO_BECAUSE,
        node.span,
        f"{what} does not say why",
        "add `because:`, for those who read the campaign years later",
    )


def build_extra(node: Node | None, findings: Findings) -> tuple[Extra, ...]:
    """Return the groups made by hand."""
    found = []
    for entry in mapping(node) or ():
        if not isinstance(entry.value, Mapping):
            continue
        members = {
            inner.key: ids(inner.value, findings)
            for inner in entry.value
            if inner.key not in ("where", "because")
        }
        found.append(Extra(entry.key, members, entry.value.get("where"), entry.key_span))
    return tuple(found)


def build_excludes(documents: Documents, node: Node | None, findings: Findings) -> tuple[Exclude, ...]:
    """Return the exclusions, those in files read."""
    found = []
    for item in items(node):
        if not isinstance(item, Mapping):
            continue
        steps = tuple(str(text(s)) for s in items(item.get("steps")))
        because, until, ticket = (text(item.get(k)) for k in ("because", "until", "ticket"))
        by = text(item.get("by"))
        if by is not None and "file" in item:
            rows = read_list(documents, "exclude", item, findings)
            column = rows.columns.get(by, rows.columns.get(""))
            if column is None and rows.columns:
                findings.add(
                    codes.splitting.BAD_LIST,
                    rows.span,
                    f"the list of what to exclude has no column {by}; it has {', '.join(rows.columns)}",
                    "name its columns in its first line, or give it one column only",
                )
            found.append(Exclude(by, column or (), steps, because or "", until, ticket, item.span))
        for entry in item:
            if entry.key not in _EXCLUDE_KEYS:
                values = ids(entry.value, findings)
                found.append(Exclude(entry.key, values, steps, because or "", until, ticket, entry.key_span))
    return tuple(found)
