"""YAML that others wrote, read as their own tools read it.

It is no spec of ours: a key that is written twice, or ``yes`` for true, is what their reader makes of it. How
deep and how large it may be is limited before anything is built.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cmcompile.imports.imported import Fate, Note
from cmcompile.model.errors import CmcompileError
from cmcompile.spec.yaml.characters import UNWANTED

if TYPE_CHECKING:
    from yaml.events import Event

#: Levels of mappings and lists inside each other.
_DEPTH = 64
#: Values and keys of a file, those that aliases stand for multiplied out.
_VALUES = 1_000_000
_BYTES = 16 * 1024 * 1024


class ForeignError(CmcompileError):
    """A file that others wrote can't be read."""


@dataclass(slots=True)
class _Watch:
    """What is counted while events stream by."""

    path: str
    notes: list[Note] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    nodes: int = 0


@dataclass(slots=True)
class _Level:
    """An open mapping or list: its keys so far, and what it holds."""

    mapping: bool
    anchor: str | None
    keys: set[str] = field(default_factory=set)
    children: int = 0
    size: int = 1


def documents(path: str, data: bytes) -> tuple[list[object], tuple[Note, ...]]:
    """Return the documents of a file, and what is to be said of them.

    Raises
    ------
    ForeignError
        When it is no YAML, or too deep or too large.
    """
    import yaml

    if len(data) > _BYTES:
        raise ForeignError(f"{path}: larger than {_BYTES // 1024**2} MiB")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise ForeignError(f"{path}: not UTF-8: {error}") from error
    watch = _Watch(path)
    try:
        _look(watch, yaml.parse(text, Loader=yaml.CSafeLoader))
        found = [d for d in yaml.load_all(text, Loader=yaml.CSafeLoader) if d is not None]
    except (yaml.YAMLError, ValueError, TypeError) as error:
        raise ForeignError(f"{path}: {_first(error)}") from error
    return found, tuple(watch.notes)


def refuse_unseen(place: str, text: str) -> None:
    """Refuse a text with a character that nobody can see, such as an escape: no spec may have it.

    Raises
    ------
    ForeignError
        When there is one.
    """
    found = UNWANTED.search(text)
    if found is not None:
        raise ForeignError(f"{place}: U+{ord(found[0]):04X} is a character that nobody can see: take it out")


def _first(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    said = getattr(error, "problem", None) or str(error).split("\n", 1)[0]
    return f"line {mark.line + 1}: {said}" if mark is not None else str(said)


def _look(watch: _Watch, events: Iterator[Event]) -> None:
    """Count what a file holds before it is built; a key that stands twice is noted."""
    import yaml

    levels: list[_Level] = []
    for event in events:
        if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            _count(watch, levels, 1)
            levels.append(_Level(isinstance(event, yaml.MappingStartEvent), event.anchor))
            if len(levels) > _DEPTH:
                raise ForeignError(f"{watch.path}: more than {_DEPTH} levels deep")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = levels.pop()
            if levels:
                levels[-1].size += done.size
            if done.anchor:
                watch.sizes[done.anchor] = done.size
        elif isinstance(event, yaml.ScalarEvent):
            refuse_unseen(
                f"{watch.path}: line {event.start_mark.line + 1 if event.start_mark else 0}", event.value
            )
            _key(watch, levels, event)
            _count(watch, levels, 1)
            if levels:
                levels[-1].size += 1
        elif isinstance(event, yaml.AliasEvent):
            if any(level.anchor == event.anchor for level in levels):
                raise ForeignError(f"{watch.path}: *{event.anchor} stands inside of itself")
            size = watch.sizes.get(event.anchor or "", 1)
            _count(watch, levels, size)
            if levels:
                levels[-1].size += size


def _key(watch: _Watch, levels: list[_Level], event: Event) -> None:
    if not levels or not levels[-1].mapping or levels[-1].children % 2:
        return
    key = str(getattr(event, "value", ""))
    if key in levels[-1].keys and key != "<<":
        line = event.start_mark.line + 1 if event.start_mark else 0
        text = f"line {line}: the key stands twice; their reader takes the last and drops the others"
        watch.notes.append(Note(Fate.DEFECT, f"{watch.path}: {key}", text))
    levels[-1].keys.add(key)


def _count(watch: _Watch, levels: list[_Level], size: int) -> None:
    watch.nodes += size
    if levels:
        levels[-1].children += 1
    if watch.nodes > _VALUES:
        raise ForeignError(f"{watch.path}: more than {_VALUES:,} values")
