"""Rules 17, 18, 25: empty bodies, wrong types, and more memory than the limit."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.bps.keys import (
    CLUSTER_KEYS,
    FINAL_JOB_KEYS,
    JOB_KEYS,
    PAYLOAD_KEYS,
    PLUGIN_KEYS,
    ROOT_KEYS,
    SECTIONS,
    Kind,
)
from cmcompile.bps.view import Path, View, entries, places
from cmcompile.model.codes import bps as codes
from cmcompile.model.resolved import Branch, Items, Leaf, Tree

_ANYWHERE = {**PLUGIN_KEYS, **PAYLOAD_KEYS, **ROOT_KEYS, **JOB_KEYS}
_CHOICES = {
    "whenSaveJobQgraph": ("QGRAPH", "TRANSFORM", "PREPARE", "SUBMIT", "NEVER"),
    "whenRun": ("NEVER", "ALWAYS", "SUCCESS"),
}


def check(view: View) -> None:
    """Report what BPS would stumble over in the values of known keys."""
    _empty(view)
    for path, node in places(view):
        for key, value in entries(node):
            kind = _kind(path, key)
            if kind is not None and not _fits(kind, value):
                name = ".".join((*path, key))
                message = f"`{name}` must be {kind.value}, not {_described(value)}"
                view.report(codes.WRONG_TYPE, value, message, _advice(kind, value))
            _choice(view, path, key, value)
        _memory(view, path, node)


def _kind(path: Path, key: str) -> Kind | None:
    if path and path[0] == "cluster" and key in CLUSTER_KEYS:
        return CLUSTER_KEYS[key]
    if path == ("finalJob",) and key in FINAL_JOB_KEYS:
        return FINAL_JOB_KEYS[key]
    if path and path[0] == "site" and key == "environment":
        return Kind.ANY  # Parsl takes true or false here
    if key in (*SECTIONS, "payload", "includeConfigs"):
        return None  # said by EMPTY_BODY, or by the reader of includes
    return _ANYWHERE.get(key)


def _fits(kind: Kind, value: Tree) -> bool:
    if isinstance(value, Leaf) and value.value is None:
        return True  # as if it were not there
    if kind is Kind.ANY:
        return True
    if kind is Kind.MAPPING:
        return isinstance(value, Branch)
    if isinstance(value, Branch):
        return False
    if isinstance(value, Items):
        each = Kind.WHOLE if kind is Kind.CODES else Kind.TEXT
        return kind in (Kind.CODES, Kind.TEXTS) and all(_fits(each, item) for item in value.items)
    plain = value.value if isinstance(value, Leaf) else None
    if kind is Kind.FLAG:
        return isinstance(plain, bool)
    if kind in (Kind.WHOLE, Kind.CODES):
        return isinstance(plain, int) and not isinstance(plain, bool)
    if kind is Kind.NUMBER:
        return isinstance(plain, int | float) and not isinstance(plain, bool)
    return True


def _described(value: Tree) -> str:
    if isinstance(value, Branch):
        return "a mapping"
    if isinstance(value, Items):
        return "a list"
    plain = value.value if isinstance(value, Leaf) else None
    if isinstance(plain, str):
        return f"the text {plain!r}" if len(plain) < 60 else "a text"
    return f"{plain!r}".lower() if isinstance(plain, bool) else f"{plain!r}"


def _advice(kind: Kind, value: Tree) -> str:
    plain = value.value if isinstance(value, Leaf) else None
    if kind is Kind.FLAG and isinstance(plain, str):
        return "write true or false without quotes: BPS takes any text as true"
    if isinstance(value, Items):
        return "write one text with commas: BPS doesn't take a list here"
    if isinstance(plain, str) and plain.strip().isdigit():
        return f"write {plain.strip()} without quotes"
    return f"write {kind.value}"


def _choice(view: View, path: Path, key: str, value: Tree) -> None:
    plain = value.value if isinstance(value, Leaf) else None
    allowed = _CHOICES.get(key, ())
    if key == "whenRun" and path != ("finalJob",):
        return
    if allowed and isinstance(plain, str) and "{" not in plain and plain.upper() not in allowed:
        name = ".".join((*path, key))
        message = f"`{name}` is {plain!r}, which BPS doesn't know"
        view.report(codes.WRONG_TYPE, value, message, f"write one of {', '.join(allowed)}")


def _empty(view: View) -> None:
    for section in ("payload", "finalJob", *SECTIONS):
        node = view.tree.get(section)
        if node is not None and not isinstance(node, Branch):
            message = f"`{section}` must be a mapping, not {_nothing_or(node)}: BPS stops at it"
            view.report(codes.EMPTY_BODY, node, message, "remove the key, or write keys below it")
    for name, body in _labelled(view):
        if not isinstance(body, Branch):
            message = f"`{name}` must be a mapping, not {_nothing_or(body)}: BPS stops at it"
            view.report(codes.EMPTY_BODY, body, message, "remove the key, or write keys below it")


def _labelled(view: View) -> Iterator[tuple[str, Tree]]:
    for section in SECTIONS:
        for label, body in view.bodies(section):
            yield f"{section}.{label}", body


def _nothing_or(node: Tree) -> str:
    return "empty" if isinstance(node, Leaf) and node.value is None else _described(node)


def _memory(view: View, path: Path, node: Branch) -> None:
    asked = node.get("requestMemory")
    section = path[0] if len(path) > 1 else ""
    search = view.search(section, path[-1] if section else "", node)
    for key in ("requestMemoryMax", "memoryLimit"):
        limit = search.find(key)
        amount = limit.value if isinstance(limit, Leaf) else None
        wanted = asked.value if isinstance(asked, Leaf) else None
        if isinstance(amount, int) and isinstance(wanted, int) and wanted > amount:
            name = ".".join((*path, "requestMemory"))
            message = f"`{name}` is {wanted} MiB, above `{key}` of {amount} MiB"
            view.report(codes.MEMORY_OVER_LIMIT, asked, message, f"lower it, or raise `{key}`")
            return
