"""Where a value was written: nodes of a document with their positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

Plain: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source file.

    Attributes
    ----------
    file
        Path relative to the root of the repository, with ``/``.
    line, column
        Both count from 1.
    """

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value: text, whole number, float, boolean or null."""

    value: Plain
    span: Span


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    span: Span

    def __iter__(self) -> Iterator[Node]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``key: value`` of a mapping; keys are always text."""

    key: str
    key_span: Span
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order in which they were written."""

    entries: dict[str, Entry]
    span: Span

    def get(self, key: str) -> Node | None:
        """Return the value of ``key``, or None when it is not there."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value

    def key_span(self, key: str) -> Span:
        """Return where ``key`` was written, or where the mapping starts."""
        entry = self.entries.get(key)
        return self.span if entry is None else entry.key_span

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries.values())

    def __contains__(self, key: str) -> bool:
        return key in self.entries


Node: TypeAlias = Scalar | Sequence | Mapping


def plain(node: Node) -> object:
    """Return the node as dicts, lists and plain values, positions dropped."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {entry.key: plain(entry.value) for entry in node}


def span_at(node: Node, path: tuple[str | int, ...]) -> Span:
    """Return the place of the value at ``path``: of its key in a mapping, of the item in a list."""
    span = node.span
    for part in path:
        if isinstance(node, Mapping) and str(part) in node:
            entry = node.entries[str(part)]
            node, span = entry.value, entry.key_span
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            span = node.span
        else:
            break
    return span
