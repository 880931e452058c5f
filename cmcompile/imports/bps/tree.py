"""Trees of plain values: what a submit file holds, compared and laid over each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from cmcompile.bps.same import equal
from cmcompile.imports.tree import NULL, literal

#: Mappings, lists and plain values, as YAML gives them.
Tree: TypeAlias = dict[str, object]
#: Where a value stands.
Path: TypeAlias = tuple[str, ...]


class Absent:
    """No value: the key is not there."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


def leaves(tree: Mapping[str, object], at: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yield the values of a tree with their paths; lists and empty mappings are values."""
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*at, key))
        else:
            yield (*at, key), value


def find(tree: Mapping[str, object], path: Path) -> object:
    """Return the value at a path, or `ABSENT`."""
    node: object = tree
    for key in path:
        if not isinstance(node, dict) or key not in node:
            return ABSENT
        node = node[key]
    return node


def put(tree: Tree, path: Path, value: object) -> None:
    """Set the value at a path; mappings on the way are made."""
    node = tree
    for key in path[:-1]:
        inner = node.get(key)
        if not isinstance(inner, dict):
            inner = node[key] = {}
        node = inner
    node[path[-1]] = value


def drop(tree: Tree, path: Path) -> None:
    """Take away the value at a path, and mappings that are empty without it."""
    if len(path) > 1:
        inner = tree.get(path[0])
        if not isinstance(inner, dict):
            return
        drop(inner, path[1:])
        if inner:
            return
    tree.pop(path[0], None)


def patch(got: Mapping[str, object], want: Mapping[str, object]) -> dict[Path, object]:
    """Return what must be laid over one tree to make it the other, as a spec lays it: null deletes.

    Values are those of the file: what they are as texts of a spec, `written` says. A key that is to go has
    `ABSENT`.
    """
    out: dict[Path, object] = {}
    for key, value in want.items():
        there = got.get(key, ABSENT)
        if isinstance(value, dict) and isinstance(there, dict):
            out |= {(key, *path): inner for path, inner in patch(there, value).items()}
        elif not equal(there, value):
            out |= _whole((key,), value)
    out |= {(key,): ABSENT for key in got if key not in want}
    return out


def appended(there: object, value: object) -> list[object]:
    """Return what a list has behind the items of another one; nothing where it does not begin with them."""
    if isinstance(there, list) and isinstance(value, list) and there and equal(there, value[: len(there)]):
        return value[len(there) :]
    return []


def _whole(path: Path, value: object) -> dict[Path, object]:
    if isinstance(value, dict) and value:
        return {(*path, *inner): leaf for inner, leaf in leaves(value)}
    return {path: value}


def written(value: object) -> object:
    """Return a value as a spec must say it to come out as it is: nulls, and texts with ``${{``."""
    if isinstance(value, Absent):
        return None
    if value is None:
        return NULL
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, list):
        return [written(item) if item is not None else None for item in value]
    if isinstance(value, dict):
        return {key: written(inner) for key, inner in value.items()}
    return value
