"""Axes of a split, from nodes."""

from __future__ import annotations

from collections.abc import Mapping as Map

from cmcompile.model import codes
from cmcompile.model.campaign import Axis, Cut, ListData, Source
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, Span
from cmcompile.spec.values import days, ids, items, mapping, number, refuse_expressions, scalars, text

_CUTS = ("size", "count", "ranges", "weight", "window")


def build_axes(node: Node | None, lists: Map[str, ListData], findings: Findings) -> tuple[Axis, ...]:
    """Return the axes of a split."""
    axes = [build_axis(n, lists, findings, None) for n in items(node) if isinstance(n, Mapping)]
    found = tuple(a for a in axes if a is not None)
    seen: dict[str, Axis] = {}
    for axis in found:
        if seen.setdefault(axis.name, axis) is not axis:
            findings.add(
                codes.splitting.BAD_AXIS,
                axis.span,
                f"two axes are named {axis.name}",
                "give one of them another `name`",
            )
    return found


def build_axis(
    node: Mapping, lists: Map[str, ListData], findings: Findings, parent: tuple[Axis, ...] | None
) -> Axis | None:
    """Return one axis, or None when it contradicts itself.

    Parameters
    ----------
    parent
        The axes of the step, for a new axis of a rescue, which may have no source of its own and takes
        the hand-written ``where`` of the parent axis over the same dimension.
    """
    _refuse(node, findings)
    by, name = text(node.get("by")), text(node.get("name"))
    if (by is None) == (name is None):
        both = by is not None
        _bad(
            node,
            "an axis has `by` or `name`, not both" if both else "an axis needs `by` or `name`",
            "`by: <dimension>` adds a predicate, `name:` is a plain parameter",
            findings,
        )
        return None
    label = by or name or ""
    whole = _cut(node, findings)
    parts = [n for n in items(node.get("parts")) if isinstance(n, Mapping)]
    if parts and ("list" in node or "values" in node):
        _bad(
            node, f"axis {label} has both ids and `parts`", "write its `list` or `values` as a part", findings
        )
    written = parts or [node]
    sources = [
        _source(n, node, label, whole, lists, findings, sourceless=parent is not None) for n in written
    ]
    if None in sources:
        return None
    where, clause = _where(node.get("where"))
    if where is None and parent is not None and by is not None:
        inherited = next((a for a in parent if a.dimension == by), None)
        where, clause = (inherited.where, inherited.clause) if inherited else (None, "")
    if where is not None and by is None:
        _bad(node, f"axis {label} is a plain parameter: it can't have a `where`", "use `by`", findings)
    return Axis(
        name=label,
        dimension=by,
        sources=tuple(s for s in sources if s is not None),
        where=where,
        clause=clause,
        first=number(node.get("first"), 1),
        limit=number(node.get("limit"), 0) or None,
        descending=text(node.get("order")) == "descending",
        close=_close(node.get("close")),
        span=node.span,
    )


def _refuse(node: Mapping, findings: Findings) -> None:
    for entry in node:
        if entry.key != "where":
            parts = entry.value if entry.key == "parts" else None
            if parts is None:
                refuse_expressions(entry.value, "`split`, but for `where`", findings)
            for part in items(parts):
                for inner in part if isinstance(part, Mapping) else ():
                    if inner.key != "vars":
                        refuse_expressions(inner.value, "`split`, but for `where`", findings)


def _bad(node: Mapping, message: str, hint: str, findings: Findings) -> None:
    findings.add(codes.splitting.BAD_AXIS, node.span, message, hint)


def _source(
    node: Mapping,
    axis: Mapping,
    label: str,
    whole: Cut,
    lists: Map[str, ListData],
    findings: Findings,
    *,
    sourceless: bool,
) -> Source | None:
    name, values = text(node.get("list")), node.get("values")
    if name is not None and values is not None:
        _bad(node, f"axis {label} has both `list` and `values`", "keep one of them", findings)
        return None
    if name is None and values is None and not sourceless:
        _bad(node, f"axis {label} has no ids", "say `list:` or `values:`", findings)
        return None
    if name is not None and name not in lists:
        known = ", ".join(lists) or "none"
        findings.add(
            codes.names.UNKNOWN_REFERENCE,
            _span(node, "list"),
            f"no list is named {name}",
            f"there are {known}; define it under `lists:`",
        )
        return None
    cut = _cut(node, findings)
    column = text(node.get("column")) or text(axis.get("column"))
    column = _column(lists[name], column, label) if name is not None else ""
    found = ids(values, findings) if values is not None else None
    return Source(
        list=name,
        values=found,
        column=column,
        cut=whole if cut.kind == "each" else cut,
        vars=mapping(node.get("vars")),
        span=node.span,
    )


def _span(node: Mapping, key: str) -> Span:
    value = node.get(key)
    return node.span if value is None else value.span


def _column(rows: ListData, asked: str | None, label: str) -> str:
    """Return the column to read; a list without names has one, whatever it is asked for."""
    if list(rows.columns) in ([""], []):
        return ""
    return asked or label


def _cut(node: Mapping, findings: Findings) -> Cut:
    kinds = [k for k in _CUTS if k in node]
    if kinds == ["size", "weight"]:
        kinds = ["weight"]
    if len(kinds) > 1:
        _bad(
            node,
            f"an axis is cut by one of {', '.join(_CUTS)}, not by {' and '.join(kinds)}",
            "keep one",
            findings,
        )
    if "weight" in node and "size" not in node:
        _bad(node, "`weight` needs `size`: the weight of one group", "add `size:`", findings)
    kind = kinds[0] if kinds else "each"
    size = days(node.get("window")) if kind == "window" else number(node.get("size"), 1)
    return Cut(
        kind=kind,
        size=size,
        count=number(node.get("count"), 1),
        ranges=_ranges(node.get("ranges"), findings),
        column=text(node.get("weight")) or "",
        span=node.key_span(kind) if kind != "each" else node.span,
    )


def _ranges(node: Node | None, findings: Findings) -> tuple[tuple[int, int], ...]:
    out: list[tuple[int, int]] = []
    for pair in items(node):
        values = [s.value for s in scalars(pair) if isinstance(s.value, int)]
        if len(values) != 2 or not isinstance(pair, Sequence):
            continue
        lo, hi = values
        clash = next((r for r in out if lo <= r[1] and r[0] <= hi), None)
        if lo > hi or clash:
            what = f"overlaps {clash[0]}..{clash[1]}" if clash else "ends before it starts"
            findings.add(
                codes.splitting.BAD_AXIS, pair.span, f"the range {lo}..{hi} {what}", "correct the range"
            )
            continue
        out.append((lo, hi))
    return tuple(out)


def _where(node: Node | None) -> tuple[Scalar | None, str]:
    if isinstance(node, Mapping):
        for entry in node:
            if isinstance(entry.value, Scalar):
                return entry.value, entry.key
    return (node, "") if isinstance(node, Scalar) else (None, "")


def _close(node: Node | None) -> str:
    if isinstance(node, Mapping):
        return f"after {text(node.get('after'))}"
    return text(node) or "full"
