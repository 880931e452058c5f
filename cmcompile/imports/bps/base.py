"""What the files of a pass have in common, with expressions for the numbers that follow the group."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from cmcompile.bps.same import equal
from cmcompile.compiler.includes import KEY
from cmcompile.imports.bps.names import HOLE, explained, form
from cmcompile.imports.bps.passes import Member
from cmcompile.imports.bps.tree import ABSENT, Path, Tree, appended, drop, find, leaves, put, written

_RELEASE = re.compile(r"(?<![A-Za-z0-9])(?:v\d+_\d+_\d+(?:_rc\d+)?|[wd]_\d{4}_\d{1,2})(?![A-Za-z0-9])")
_TICKET = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2,10}-\d+(?![A-Za-z0-9])")
#: Keys whose text names the stack that a group runs.
_STACK_KEYS = ("sw_image", "lsstVersion", "LSST_VERSION")
#: What a spec sets where nothing else does.
_BUILT_IN = (("payload", "inCollection"), ("payload", "output"))


def common(members: Sequence[Member]) -> Tree:
    """Return the tree that most files of a pass have: per value that of most, as a spec writes it."""
    out: Tree = {}
    found: dict[Path, list[object]] = {}
    for member in members:
        for path, value in leaves(member.row.tree):
            found.setdefault(path, []).append(value)
    for path, values in found.items():
        if len(values) * 2 > len(members) and not any(path[: len(p)] == p for p, _ in leaves(out)):
            put(out, path, _value(path, values, members))
    for path in _BUILT_IN:
        if find(out, path) is ABSENT and isinstance(out.get(path[0], {}), dict):
            put(out, path, None)
    return out


def _value(path: Path, values: Sequence[object], members: Sequence[Member]) -> object:
    if all(equal(values[0], value) for value in values):
        return written(values[0])
    if all(isinstance(v, str) for v in values) and len(values) > 1:
        text = _template(path, members)
        if text is not None:
            return text
    counts = Counter(map(repr, values))
    most = counts.most_common(1)[0][0]
    return written(next(v for v in values if repr(v) == most))


def _template(path: Path, members: Sequence[Member]) -> str | None:
    pairs = [(v, m) for m in members if isinstance(v := find(m.row.tree, path), str)]
    forms = [(form(v, m.row.words), m.names) for v, m in pairs]
    shape, count = Counter(f.shape for f, _ in forms).most_common(1)[0]
    some = [(f.holes, names) for f, names in forms if f.shape == shape]
    if count * 2 <= len(members) or "${{" in shape:
        return None
    pieces = shape.split(HOLE)
    out = [pieces[0]]
    for at, piece in enumerate(pieces[1:]):
        numbers = [n[at] for n, _ in some]
        most = Counter(numbers).most_common(1)[0]
        said = most[0] if most[1] * 2 > len(numbers) or len(set(numbers)) == 1 else None
        if said is None:
            said = explained(numbers, [names for _, names in some], (len(some) - 1) // 3)
        if said is None:
            return None
        out += [said, piece]
    return "".join(out)


def release_of(tree: Mapping[str, object]) -> str | None:
    """Return the stack version that a tree names where the stack is named."""
    for path, value in leaves(tree):
        if path[-1] in _STACK_KEYS and isinstance(value, str) and (found := _RELEASE.search(value)):
            return found[0]
    return None


def ticket_of(trees: Sequence[Mapping[str, object]]) -> str | None:
    """Return the ticket that the collections of most trees name."""
    found: Counter[str] = Counter()
    for tree in trees:
        for path in (("campaign",), ("payload", "output"), ("payload", "payloadName")):
            value = find(tree, path)
            if isinstance(value, str):
                found.update(set(_TICKET.findall(value)))
    return found.most_common(1)[0][0] if found else None


def replaced(tree: Tree, text: str, name: str) -> Tree:
    """Return a tree whose texts name a var where they had its value."""
    pattern = re.compile(rf"(?<![A-Za-z0-9_]){re.escape(text)}(?![A-Za-z0-9_])")
    out: Tree = {}
    for path, value in leaves(tree):
        put(out, path, _outside(pattern, value, name) if isinstance(value, str) else value)
    return out


def _outside(pattern: re.Pattern[str], text: str, name: str) -> str:
    """Return a text that names a var where a pattern was, but for its expressions."""
    pieces = re.split(r"(\$\{\{.*?\}\})", text)
    return "".join(
        piece if at % 2 else pattern.sub(lambda _: f"${{{{ {name} }}}}", piece)
        for at, piece in enumerate(pieces)
    )


def hoisted(trees: Mapping[str, Tree]) -> tuple[Tree, dict[str, Tree]]:
    """Return what most steps have in common, and what each has beside or instead of it.

    A key that a step does not have is null there.
    """
    if len(trees) < 2:
        return {}, dict(trees)
    below: Tree = {}
    paths = dict.fromkeys(path for tree in trees.values() for path, _ in leaves(tree))
    for path in paths:
        values = [find(tree, path) for tree in trees.values()]
        if any(isinstance(v, dict) and v for v in values):
            continue
        if any(p[: len(path)] == path or path[: len(p)] == p for p in paths if p != path):
            continue
        if path[-1] == KEY:
            first = _prefix(values)
            if first:
                put(below, path, first)
            continue
        there = [v for v in values if v is not ABSENT]
        most, count = Counter(map(repr, there)).most_common(1)[0]
        if count >= 2 and count > 2 * (len(values) - len(there)):
            put(below, path, next(v for v in there if repr(v) == most))
    return below, {name: over(below, tree) for name, tree in trees.items()}


def _prefix(values: Sequence[object]) -> list[object]:
    lists = [v for v in values if isinstance(v, list) and v]
    if len(lists) < 2 or len(lists) < len(values):
        return []
    heads = Counter(repr(v[0]) for v in lists).most_common(1)[0]
    if heads[1] * 2 <= len(lists):
        return []
    some = [v for v in lists if repr(v[0]) == heads[0]]
    out: list[object] = []
    for column in zip(*some, strict=False):
        if any(repr(item) != repr(column[0]) for item in column):
            break
        out.append(column[0])
    return out


def over(below: Tree, tree: Tree) -> Tree:
    """Return what lies over one tree of a spec to give another: null deletes, ``key+`` appends."""
    out: Tree = {}
    for path, value in leaves(tree):
        there = find(below, path)
        if equal(there, value):
            continue
        if rest := appended(there, value):
            put(out, (*path[:-1], f"{path[-1]}+"), rest)
        else:
            put(out, path, value)
    for path, _ in leaves(below):
        if find(tree, path) is ABSENT:
            _delete(out, tree, path)
    return out


def _delete(out: Tree, tree: Tree, path: Path) -> None:
    """Delete a key, or the whole mapping where nothing of it is left."""
    for length in range(1, len(path) + 1):
        if find(tree, path[:length]) is ABSENT:
            drop(out, path[:length])
            put(out, path[:length], None)
            return
