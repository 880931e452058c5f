"""The parts of the parser's events that the reader uses; PyYAML leaves them without useful types."""

from __future__ import annotations

from typing import Protocol


class Mark(Protocol):
    """A place: line, column and index, all from 0, counted in characters."""

    line: int
    column: int
    index: int


class Event(Protocol):
    """Any event of the parser; only the members of its own kind may be asked for."""

    start_mark: Mark
    end_mark: Mark
    anchor: str | None
    tag: str | None
    tags: dict[str, str] | None
    value: str
    style: str | None
