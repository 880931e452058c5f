"""Small readings of nodes whose shape the schema has checked."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cmcompile.model import codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ids import Id, IdItem, expand, parse_item
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, Span

_DURATION = re.compile(r"(\d+)([hdw])\Z")
#: Numbers without a comma between them are one text to YAML.
_NO_COMMA = re.compile(r"\d+(\s+\d+)+")
_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0}


def items(node: Node | None) -> tuple[Node, ...]:
    """Return the items of a list, or the one node itself."""
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)


def text(node: Node | None) -> str | None:
    """Return a value as text, or None."""
    if isinstance(node, Scalar) and node.value is not None:
        return str(node.value)
    return None


def number(node: Node | None, default: int) -> int:
    """Return a whole number."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, int) else default


def flag(node: Node | None, *, default: bool) -> bool:
    """Return true or false."""
    return node.value if isinstance(node, Scalar) and isinstance(node.value, bool) else default


def mapping(node: Node | None) -> Mapping | None:
    """Return a mapping, or None."""
    return node if isinstance(node, Mapping) else None


def id_items(node: Node | None, findings: Findings) -> tuple[IdItem, ...]:
    """Return ids and ranges as written."""
    found = []
    for item in items(node):
        value = parse_item(item.value) if isinstance(item, Scalar) else None
        if value is None:
            shown = item.value if isinstance(item, Scalar) else "a list or mapping"
            findings.add(
                codes.splitting.BAD_AXIS,
                item.span,
                f"{shown} is no id and no range",
                "write a number, a name, or a range `a..b` with a at most b",
            )
            continue
        if isinstance(value, str) and _NO_COMMA.fullmatch(value):
            findings.add(
                codes.splitting.BAD_AXIS,
                item.span,
                f"{value} is one text with a blank in it, and looks like several numbers",
                f"write [{', '.join(value.split())}], or a range `a..b`",
            )
            continue
        found.append(value)
    return tuple(found)


def ids(node: Node | None, findings: Findings) -> tuple[Id, ...]:
    """Return ids, ranges written out."""
    return expand(id_items(node, findings))


def days(node: Node | None) -> float:
    """Return a duration such as ``7d`` in days; 0 when it is none."""
    found = _DURATION.match(text(node) or "")
    return int(found[1]) * _DAYS[found[2]] if found else 0.0


def percent(node: Node | None) -> float | None:
    """Return ``95%`` as 0.95."""
    found = (text(node) or "").removesuffix("%")
    try:
        return float(found) / 100
    except ValueError:
        return None


def refuse_expressions(node: Node | None, where: str, findings: Findings) -> None:
    """Report ``${{ }}`` where structure must be static."""
    for scalar in scalars(node):
        if isinstance(scalar.value, str) and "${{" in scalar.value:
            findings.add(
                codes.names.STATIC_PLACE,
                scalar.span,
                f"`${{{{ }}}}` can't stand in {where}",
                "write the value itself: what groups there are must not depend on vars",
            )


def refuse_in_keys(node: Node | None, findings: Findings) -> None:
    """Report ``${{ }}`` in keys."""
    for key, span in keys(node):
        if "${{" in key:
            findings.add(
                codes.names.STATIC_PLACE,
                span,
                f"`${{{{ }}}}` can't stand in the key {key!r}",
                "write the key itself",
            )


def scalars(node: Node | None) -> Iterable[Scalar]:
    """Yield every value below a node."""
    if isinstance(node, Scalar):
        yield node
    elif isinstance(node, Sequence):
        for item in node:
            yield from scalars(item)
    elif isinstance(node, Mapping):
        for entry in node:
            yield from scalars(entry.value)


def keys(node: Node | None) -> Iterable[tuple[str, Span]]:
    """Yield every key below a node."""
    if isinstance(node, Sequence):
        for item in node:
            yield from keys(item)
    elif isinstance(node, Mapping):
        for entry in node:
            yield entry.key, entry.key_span
            yield from keys(entry.value)
