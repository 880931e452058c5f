"""Structured emit: a tree of values to YAML text that every YAML reader reads the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree

#: What a plain text may start with: nothing that a reader takes for a number, a date or an alias.
_FIRST = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_/$(")
_RESERVED = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null", "none", "inf", "nan"])
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_BLOCK_LINE = re.compile(r"[!-~][ -~]*\Z")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that differs from group to group.

    Attributes
    ----------
    indent
        Columns that a further line of the value is moved in.
    """

    leaf: Leaf
    path: tuple[str, ...]
    indent: int


Program: TypeAlias = tuple["str | Slot", ...]
#: Gives the value of a leaf that is the same for all groups, or says with None that it is not.
Static: TypeAlias = Callable[[Leaf, tuple[str, ...]], "tuple[object] | None"]


def scalar(value: object, indent: int = 0) -> str:
    """Return one value as YAML; lists and mappings in flow style."""
    if isinstance(value, str):
        return _text(value, indent)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(v) for v in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flow(str(k))}: {_flow(v)}" for k, v in value.items()) + "}"
    text = repr(value)
    if text.endswith(("inf", "nan")):
        return text.replace("inf", ".inf").replace("nan", ".nan")
    # YAML 1.1 reads a number with an exponent only where it has a point.
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _flow(value: object) -> str:
    # Inside brackets a plain text may not hold `,[]{}`: quote whenever it is more than a word.
    if isinstance(value, str) and not (value.isidentifier() and value.lower() not in _RESERVED):
        return _quoted(value)
    return scalar(value)


def _text(value: str, indent: int) -> str:
    if is_plain(value):
        return value
    if "\n" in value and indent and _is_block(value):
        return _block(value, indent)
    return _quoted(value)


def is_plain(value: str) -> bool:
    """Tell whether every reader takes a text without quotes for just this text."""
    return (
        value[:1] in _FIRST
        and value.isascii()
        and value.isprintable()
        and ": " not in value
        and " #" not in value
        and "  " not in value
        and value[-1] not in ": "
        and value.lower() not in _RESERVED
    )


def _quoted(value: str) -> str:
    if '"' not in value and "\\" not in value and value.isprintable():
        return f'"{value}"'
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    return '"' + "".join(_ESCAPES.get(c) or (c if c.isprintable() else _escape(c)) for c in value) + '"'


def _escape(char: str) -> str:
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _is_block(value: str) -> bool:
    lines = value.removesuffix("\n").split("\n")
    return bool(lines[0]) and not value.endswith("\n\n") and all(not x or _BLOCK_LINE.match(x) for x in lines)


def _block(value: str, indent: int) -> str:
    pad = "\n" + " " * indent
    lines = value.removesuffix("\n").split("\n")
    return ("|" if value.endswith("\n") else "|-") + "".join(pad + x if x else "\n" for x in lines)


def program(tree: Branch, static: Static) -> Program:
    """Return the document as text pieces and slots; running it costs one join per group."""
    pieces: list[str | Slot] = []
    _branch(tree, (), 0, static, pieces)
    return _joined(pieces)


def _joined(pieces: list[str | Slot]) -> Program:
    out: list[str | Slot] = []
    run: list[str] = []
    for piece in pieces:
        if isinstance(piece, str):
            run.append(piece)
            continue
        out += ["".join(run), piece]
        run = []
    return (*out, "".join(run))


def _branch(tree: Branch, path: tuple[str, ...], indent: int, static: Static, out: list[str | Slot]) -> None:
    for key, value in tree.entries.items():
        if isinstance(value, Gone):
            continue
        out.append(_key(scalar(key), " " * indent))
        _value(value, (*path, key), indent, static, out)


def _key(text: str, pad: str) -> str:
    # Readers look for the colon of a plain key in the next 1,024 characters only.
    return f"{pad}{text}:" if len(text) < 1000 else f"{pad}? {text}\n{pad}:"


def _value(value: Tree, path: tuple[str, ...], indent: int, static: Static, out: list[str | Slot]) -> None:
    if isinstance(value, Leaf):
        _leaf(value, path, indent + 2, static, out)
    elif isinstance(value, Items):
        if not value.items:
            out.append(" []\n")
            return
        out.append("\n")
        for at, item in enumerate(value.items):
            out.append(" " * indent + "-")
            _item(item, (*path, str(at)), indent, static, out)
    elif isinstance(value, Branch):
        if all(isinstance(v, Gone) for v in value.entries.values()):
            out.append(" {}\n")
            return
        out.append("\n")
        _branch(value, path, indent + 2, static, out)


def _item(item: Tree, path: tuple[str, ...], indent: int, static: Static, out: list[str | Slot]) -> None:
    if isinstance(item, Branch) and not all(isinstance(v, Gone) for v in item.entries.values()):
        inner: list[str | Slot] = []
        _branch(item, path, indent + 2, static, inner)
        first = inner[0]
        out.append(" ")
        out.append(first.lstrip(" ") if isinstance(first, str) else first)
        out.extend(inner[1:])
    else:
        _value(item, path, indent + 2 if isinstance(item, Items) else indent, static, out)


def _leaf(leaf: Leaf, path: tuple[str, ...], indent: int, static: Static, out: list[str | Slot]) -> None:
    known = static(leaf, path)
    out.append(" ")
    out.append(Slot(leaf, path, indent) if known is None else scalar(known[0], indent))
    out.append("\n")
