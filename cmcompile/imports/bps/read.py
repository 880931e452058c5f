"""A tree of files to submit files and what they include."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from cmcompile.compiler.includes import KEY, is_elsewhere
from cmcompile.imports.bps.loose import Reading, read_loosely
from cmcompile.imports.bps.passes import Row
from cmcompile.imports.bps.tree import Tree
from cmcompile.imports.imported import Fate, Note
from cmcompile.model.ids import natural

#: Keys that a submit file has; a file with none of them is something else.
_KEYS = frozenset({"pipelineYaml", "qgraphFile", "payload", KEY, "project", "campaign"})
#: Contents of one name that are told apart.
_MOST = 1_000
#: More files than this inside each other are taken for a mistake, as when they are compiled.
_DEEPEST = 40
#: A value that PyYAML makes a date of; no spec has one.
_DATE = re.compile(rb"(?m)(?:^|[:,\[-])[ ]+\d{4}-\d\d?-\d\d?(?=[ ]*(?:$|[,\]}#T]|[ ]\d))")
_RESERVED = re.compile(r"(?i)(campaign\.yaml|decisions\.yaml|manifest\.json|lists/.*)\Z")


@dataclass(slots=True)
class Found:
    """What a tree holds.

    Attributes
    ----------
    rows
        The submit files.
    beside
        The files that they include, by the path that the spec names.
    faults
        What stands in the way of an import.
    """

    rows: list[Row] = field(default_factory=list)
    beside: dict[str, bytes] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_tree(
    files: Mapping[str, bytes],
    left_out: frozenset[str] = frozenset(),
    asked: frozenset[str] | None = None,
) -> Found:
    """Read the files of a tree.

    Parameters
    ----------
    files
        All YAML files by their path from the top.
    left_out
        Paths of files that are not to be imported.
    asked
        Paths of those that are; others may be included by them. None: all.
    """
    found = Found()
    known = {path: read_loosely(path, data) for path, data in files.items()}
    included = {
        at
        for path, one in known.items()
        for name in _names(one.content)
        if isinstance(name, str) and (at := include_at(posixpath.dirname(path), name, known))
    }
    mover = _Mover(found, known)
    for path in sorted(known, key=natural):
        one = known[path]
        if path in left_out:
            found.notes.append(Note(Fate.LEFT, path, "left out, as was asked for"))
        elif path in included or (asked is not None and path not in asked):
            continue
        elif one.fault:
            found.faults.append(f"{path}: {one.fault}")
        elif not isinstance(one.content, dict) or _KEYS.isdisjoint(one.content):
            found.notes.append(Note(Fate.LEFT, path, "is no submit file, and none includes it"))
        else:
            found.notes += [Note(Fate.DEFECT, path, text) for text in one.said]
            if _DATE.search(one.data):
                found.notes.append(Note(Fate.DIFFERENT, path, "a date without quotes becomes text"))
            _add(found, path, one.content, mover)
    return found


def _add(found: Found, path: str, content: Tree, mover: _Mover) -> None:
    if not isinstance(content.get("payload", {}), dict):
        found.faults.append(f"{path}: its `payload` is no mapping: BPS could not run it")
        return
    if problem := _unsayable(content) or _unnamed(content):
        found.faults.append(f"{path}: {problem}")
        return
    tree = mover.moved(path, content)
    query = None
    payload = tree.get("payload")
    if isinstance(payload, dict) and isinstance(payload.get("dataQuery"), str):
        payload = dict(payload)
        query = str(payload.pop("dataQuery"))
        tree["payload"] = payload
    found.rows.append(Row(path, tree, query))


def _unsayable(tree: object) -> str:
    """Say what of a file no spec can say; empty where there is nothing."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key.endswith("+") and len(key) > 1:
                return f"the key {key!r} ends with `+`, which means something else in a campaign"
            if not key.isprintable() or "${{" in key or not key:
                return f"the key {key!r} can't stand in a campaign"
            if problem := _unsayable(value):
                return problem
    if isinstance(tree, list):
        return next((p for item in tree if (p := _unsayable(item))), "")
    return ""


def _unnamed(tree: object) -> str:
    """Say what of a file BPS could not include; empty where there is nothing."""
    wrong = [name for name in _names(tree) if not isinstance(name, str) or not name]
    return f"`{KEY}` has {wrong[0]!r}, which names no file: BPS could not read it either" if wrong else ""


class _Mover:
    """Finds the includes of submit files, and gives each a path beside the spec."""

    def __init__(self, found: Found, known: Mapping[str, Reading]) -> None:
        self._found = found
        self._known = known
        #: The paths of what is beside the spec, by their spelling in small letters.
        self._taken: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._closures: dict[str, dict[str, bytes]] = {}

    def moved(self, path: str, tree: Tree) -> Tree:
        """Return the content of a submit file with its includes named as the spec must."""
        out: Tree = {}
        for key, value in tree.items():
            if key == KEY:
                items = [self._named(path, item) for item in _items(value)]
                out[key] = items if isinstance(value, list) else items[0]
            elif isinstance(value, dict):
                out[key] = self.moved(path, value)
            else:
                out[key] = value
        return out

    def _named(self, path: str, name: object) -> object:
        if not isinstance(name, str) or is_elsewhere(name):
            return name
        folder = posixpath.dirname(path)
        if (folder, name) not in self._names:
            at = include_at(folder, name, self._known)
            if at is None:
                self._found.faults.append(
                    f"{path}: it includes {name}, which is not there: BPS could not read it either, or what "
                    "holds it must be named too"
                )
                return name
            self._names[folder, name] = self._placed(folder, name, at)
        return self._names[folder, name]

    def _placed(self, folder: str, text: str, at: str) -> str:
        first = (text, posixpath.join(folder, posixpath.basename(at)), f"include/{at}")
        files = self._closure(at, ())
        for name in chain(first, (f"include/{n}/{at}" for n in range(2, _MOST))):
            wanted = _moved(name, at, files)
            if wanted is not None and self._is_free(wanted):
                self._found.beside |= wanted
                self._taken |= {path.lower(): path for path in wanted}
                return name
        self._found.faults.append(f"{at}: no place beside the spec is free for it")
        return text

    def _is_free(self, wanted: Mapping[str, bytes]) -> bool:
        beside = self._found.beside
        return all(
            beside.get(path, data) == data
            and self._taken.get(path.lower(), path) == path
            and not _RESERVED.match(path)
            and ".." not in path.split("/")
            for path, data in wanted.items()
        )

    def _closure(self, at: str, within: tuple[str, ...]) -> dict[str, bytes]:
        """Return a file and all that it includes, by where they are; relative to the file that names them."""
        if at in self._closures:
            return self._closures[at]
        one = self._known[at]
        if one.fault:
            self._found.faults.append(f"{at}: {one.fault}")
        if at in within:
            self._found.faults.append(f"{at}: it includes itself, by way of {' → '.join(within)}")
            return {}
        if len(within) > _DEEPEST:
            self._found.faults.append(f"{within[0]}: more than {_DEEPEST} files include each other")
            return {}
        out = {at: one.data}
        if one.said:
            text = f"written anew, as BPS reads it: {'; '.join(one.said)}"
            self._found.notes.append(Note(Fate.DIFFERENT, at, text))
        if problem := _unnamed(one.content):
            self._found.faults.append(f"{at}: {problem}")
            return out
        for name in map(str, _names(one.content)):
            if is_elsewhere(name):
                continue
            inner = posixpath.normpath(posixpath.join(posixpath.dirname(at), name))
            if inner not in self._known:
                self._found.faults.append(f"{at}: it includes {name}, which is not beside it")
            elif ".." in name.split("/"):
                self._found.faults.append(f"{at}: it includes {name}, above its own folder")
            else:
                out |= self._closure(inner, (*within, at))
        self._closures[at] = out
        return out


def _moved(name: str, at: str, files: Mapping[str, bytes]) -> dict[str, bytes] | None:
    """Return files by their new path, when the first of them is moved; the others keep their way to it."""
    folder, home = posixpath.dirname(at), posixpath.dirname(name)
    out = {}
    for path, data in files.items():
        below = posixpath.relpath(path, folder or ".")
        if below.startswith(".."):
            return None
        out[name if path == at else posixpath.normpath(posixpath.join(home, below))] = data
    return out


def include_at(folder: str, name: str, known: Container[str]) -> str | None:
    """Return where an include is: in the folder of the file that names it, else in one above that."""
    if is_elsewhere(name):
        return None
    while True:
        at = posixpath.normpath(posixpath.join(folder, name))
        if at in known:
            return at
        if not folder:
            return None
        folder = posixpath.dirname(folder)


def _names(tree: object) -> Iterator[object]:
    """Yield what a file includes, as it is written: names of files, or what is none."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == KEY:
                yield from _items(value)
            else:
                yield from _names(value)


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
