"""A tree of files to submit files and what they include."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain

from cmcompile.compiler.includes import is_elsewhere
from cmcompile.imports.bps.loose import Reading, read_loosely
from cmcompile.imports.bps.passes import Row
from cmcompile.imports.bps.tree import Tree
from cmcompile.imports.imported import Fate, Note
from cmcompile.model.ids import natural

KEY = "includeConfigs"
#: Keys that a submit file has; a file with none of them is something else.
_KEYS = frozenset({"pipelineYaml", "qgraphFile", "payload", KEY, "project", "campaign"})
#: Contents of one name that are told apart.
_MOST = 1_000
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
    sources
        Where each of these was, by that path.
    faults
        What stands in the way of an import.
    """

    rows: list[Row] = field(default_factory=list)
    beside: dict[str, bytes] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
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
        at for path, one in known.items() for text in _names(one.content) if (at := _at(path, text, known))
    }
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
            _add(found, path, one.content, known)
    return found


def _add(found: Found, path: str, content: Tree, known: Mapping[str, Reading]) -> None:
    if not isinstance(content.get("payload", {}), dict):
        found.faults.append(f"{path}: its `payload` is no mapping: BPS could not run it")
        return
    if problem := _unsayable(content):
        found.faults.append(f"{path}: {problem}")
        return
    mover = _Mover(found, known, path)
    tree = mover.tree(content)
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


class _Mover:
    """Finds the includes of one submit file, and gives each a path beside the spec."""

    def __init__(self, found: Found, known: Mapping[str, Reading], path: str) -> None:
        self._found = found
        self._known = known
        self._path = path

    def tree(self, tree: Tree) -> Tree:
        """Return a tree with its includes named as the spec must."""
        out: Tree = {}
        for key, value in tree.items():
            if key == KEY:
                out[key] = self._named(value)
            elif isinstance(value, dict):
                out[key] = self.tree(value)
            else:
                out[key] = value
        return out

    def _named(self, value: object) -> object:
        if isinstance(value, list):
            return [self._one(item) for item in value]
        return self._one(value)

    def _one(self, text: object) -> object:
        if not isinstance(text, str) or is_elsewhere(text):
            return text
        at = _at(self._path, text, self._known)
        if at is None:
            self._found.faults.append(
                f"{self._path}: it includes {text}, which is not there: BPS could not read it either"
            )
            return text
        return self._placed(text, at)

    def _placed(self, text: str, at: str) -> str:
        folder = posixpath.dirname(self._path)
        first = (text, posixpath.join(folder, posixpath.basename(at)), f"include/{at}")
        files = self._closure(at, ())
        for name in chain(first, (f"include/{n}/{at}" for n in range(2, _MOST))):
            wanted = _moved(name, at, files)
            if wanted is not None and self._free(wanted):
                self._found.beside |= wanted
                self._found.sources.setdefault(name, at)
                return name
        self._found.faults.append(f"{self._path}: no place beside the spec is free for {text}")
        return text

    def _free(self, wanted: Mapping[str, bytes]) -> bool:
        beside = self._found.beside
        lower = {path.lower(): path for path in beside}
        return all(
            beside.get(path, data) == data
            and lower.get(path.lower(), path) == path
            and not _RESERVED.match(path)
            and ".." not in path.split("/")
            for path, data in wanted.items()
        )

    def _closure(self, at: str, within: tuple[str, ...]) -> dict[str, bytes]:
        """Return a file and all that it includes, by where they are; relative to the file that names them."""
        one = self._known[at]
        if one.fault:
            self._found.faults.append(f"{at}: {one.fault}")
        if at in within:
            self._found.faults.append(f"{at}: it includes itself, by way of {' → '.join(within)}")
            return {}
        out = {at: one.data}
        if one.said:
            note = Note(Fate.DIFFERENT, at, f"written anew, as BPS reads it: {'; '.join(one.said)}")
            if note not in self._found.notes:
                self._found.notes.append(note)
        for text in _names(one.content):
            if is_elsewhere(text):
                continue
            inner = _at(at, text, self._known)
            if inner is None or inner != _normal(posixpath.join(posixpath.dirname(at), text)):
                self._found.faults.append(f"{at}: it includes {text}, which is not beside it")
            elif ".." in text.split("/"):
                self._found.faults.append(f"{at}: it includes {text}, above its own folder")
            else:
                out |= self._closure(inner, (*within, at))
        return out


def _moved(name: str, at: str, files: Mapping[str, bytes]) -> dict[str, bytes] | None:
    """Return files by their new path, when the first of them is moved; the others keep their way to it."""
    folder, home = posixpath.dirname(at), posixpath.dirname(name)
    out = {}
    for path, data in files.items():
        below = posixpath.relpath(path, folder or ".")
        if below.startswith(".."):
            return None
        target = name if path == at else _normal(posixpath.join(home, below))
        out[target] = data
    return out


def _at(path: str, text: str, known: Mapping[str, Reading]) -> str | None:
    """Return where an include is: beside the file that names it, else below the top of the tree."""
    if is_elsewhere(text):
        return None
    for base in (posixpath.dirname(path), *_above(posixpath.dirname(path))):
        at = _normal(posixpath.join(base, text))
        if at in known:
            return at
    return None


def _above(folder: str) -> Iterator[str]:
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


def _normal(path: str) -> str:
    return posixpath.normpath(path)


def _names(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key == KEY:
                yield from (v for v in (value if isinstance(value, list) else [value]) if isinstance(v, str))
            else:
                yield from _names(value)
