"""What differs between a compilation and submit files that were used before: values as data."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from cmcompile.compiler.difference.changes import (
    ABSENT,
    Change,
    Gathering,
    GroupKey,
    Order,
    change,
    same,
)
from cmcompile.compiler.difference.points import points
from cmcompile.compiler.difference.sides import Side, passes_of
from cmcompile.compiler.result import Compilation
from cmcompile.model.difference import Difference, Regrouping
from cmcompile.model.group import CompiledGroup
from cmcompile.model.resolved import Branch, Items, Leaf, Origin, Tree, tree_plain
from cmcompile.model.source import Mapping as MapNode
from cmcompile.model.source import Node, Scalar, Span

_INCLUDE = "includeConfigs"


@dataclass(frozen=True, slots=True)
class AsRun:
    """Submit files and include files that were used.

    Attributes
    ----------
    documents
        What the files hold, by path.
    unreadable
        Paths of files that could not be read: they are not compared.
    """

    documents: Mapping[str, Node]
    unreadable: tuple[str, ...] = ()


def against(made: Compilation, as_run: AsRun, includes: Mapping[str, Node]) -> Difference:
    """Compare a compilation with submit files that were used.

    Files are paired by path, then by base name where that is unique on both sides; of ``includeConfigs`` the
    base names are compared, and the contents of the files.

    Parameters
    ----------
    includes
        What the include files of the compilation hold, by path.
    """
    return _Comparison(made, as_run, includes).result()


class _Comparison:
    def __init__(self, made: Compilation, as_run: AsRun, includes: Mapping[str, Node]) -> None:
        self._made = made
        self._as_run = as_run
        self._includes = includes
        self._found = Gathering()
        self._first: dict[tuple[str, tuple[str, str]], Span | None] = {}
        self._changed: set[GroupKey] = set()
        self._used: set[str] = set()
        self._compared: dict[tuple[str, str], tuple[Change, ...]] = {}
        known = (*as_run.documents, *as_run.unreadable)
        self._pairs = _pairs([g.path for g in made.groups], known)
        self._by_name = _by_name(known)

    def result(self) -> Difference:
        groups = self._made.groups
        paired = [g for g in groups if g.path in self._pairs]
        for group in paired:
            self._compare(group, self._pairs[group.path])
        order = Order({key: ([], [g.id for g in made.groups]) for key, made in passes_of(self._made).items()})
        used = self._used | set(self._pairs.values())
        rest = sorted(p for p in (*self._as_run.documents, *self._as_run.unreadable) if p not in used)
        return Difference(
            campaign=self._made.spec.name,
            old=len(paired),
            new=len(groups),
            changed=len(self._changed),
            added=len(groups) - len(paired),
            removed=0,
            regroupings=self._without_file(order),
            edits=self._found.edits(order),
            unpaired=tuple(rest),
        )

    def _without_file(self, order: Order) -> tuple[Regrouping, ...]:
        out = []
        paths = {(g.group.step, g.group.id): g.path for g in self._made.groups}
        for (step, rescue), made in passes_of(self._made).items():
            alone = [(step, g.id) for g in made.groups if paths[step, g.id] not in self._pairs]
            if alone:
                count = len(made.groups)
                runs = order.runs(alone)
                out.append(Regrouping(step, rescue, count - len(alone), count, runs))
        return tuple(out)

    def _compare(self, made: CompiledGroup, path: str) -> None:
        node = self._as_run.documents.get(path)
        if node is None:
            return
        side = Side(self._made, made, made.group)
        key = (made.group.step, made.group.id)
        rendered = side.shape.rendered(side.names)
        for point in points(_tree(node), rendered):
            if point.path[-1:] == (_INCLUDE,):
                changes = list(_of_includes(".".join(point.path), point.old, point.new))
            else:
                changes = list(_of_values(point.path, point.old, point.new, side))
            self._note(changes, key)
        for include in made.includes:
            self._include(include, path, key)

    def _note(self, changes: list[Change], group: GroupKey) -> None:
        for found in changes:
            # What only the files as run have is one edit, though each file has it in a place of its own.
            first = self._first.setdefault((found.key, found.written), found.span)
            made = replace(found, span=first) if found.kind == "removed" else found
            self._found.add(made, group)
            self._changed.add(group)

    def _include(self, ours: str, group_file: str, group: GroupKey) -> None:
        theirs = self._as_run_include(ours, group_file)
        if theirs is None:
            return
        self._used.add(theirs)
        if (ours, theirs) not in self._compared:
            old, new = self._as_run.documents.get(theirs), self._includes.get(ours)
            found = () if old is None or new is None else tuple(_of_files(ours, old, new))
            self._compared[ours, theirs] = found
        self._note(list(self._compared[ours, theirs]), group)

    def _as_run_include(self, ours: str, group_file: str) -> str | None:
        """Return the file of that name beside the group's file, else the only one of that name."""
        name = posixpath.basename(ours)
        beside = posixpath.join(posixpath.dirname(group_file), name)
        found = self._by_name.get(name, [])
        return beside if beside in found else ours if ours in found else found[0] if len(found) == 1 else None


def _pairs(ours: list[str], theirs: tuple[str, ...]) -> dict[str, str]:
    pairs = {path: path for path in ours if path in set(theirs)}
    taken = set(pairs.values())
    names = Counter(posixpath.basename(p) for p in ours if p not in pairs)
    free = _by_name(tuple(p for p in theirs if p not in taken))
    for path in ours:
        name = posixpath.basename(path)
        if path not in pairs and names[name] == 1 and len(free.get(name, [])) == 1:
            pairs[path] = free[name][0]
    return pairs


def _by_name(paths: tuple[str, ...]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path in paths:
        found.setdefault(posixpath.basename(path), []).append(path)
    return found


def _tree(node: Node) -> Tree:
    origin = Origin("as run", node.span)
    if isinstance(node, Scalar):
        return Leaf(node.value, origin)
    if isinstance(node, MapNode):
        return Branch({e.key: _tree(e.value) for e in node}, origin)
    return Items(tuple(_tree(n) for n in node), origin)


def _plain(tree: Tree | None) -> object:
    return ABSENT if tree is None else tree_plain(tree)


def _of_values(path: tuple[str, ...], old: Tree | None, new: Tree | None, side: Side) -> Iterator[Change]:
    before, after = _plain(old), _plain(new)
    if same(before, after):
        return
    written = side.shape.tree.get(*path)
    # What differs from group to group is one line, whatever the files of the groups said.
    texts = (before, after) if written is None or side.is_static(written) else ("…", tree_plain(written))
    yield change(".".join(path), before, after, _places(old, new), texts)


def _places(old: Tree | None, new: Tree | None) -> tuple[Span | None, Span | None]:
    """Return the place that tells edits apart: of ours; that of a file as run only where we have no value."""
    return (old.origin.span if old else None, None) if new is None else (None, new.origin.span)


def _of_includes(key: str, old: Tree | None, new: Tree | None) -> Iterator[Change]:
    then, now = _leaves(old), _leaves(new)
    for name, leaf in now.items():
        if name not in then:
            yield change(key, ABSENT, leaf.value, (None, leaf.origin.span), (ABSENT, name))
    for name, leaf in then.items():
        if name not in now:
            yield change(key, leaf.value, ABSENT, (leaf.origin.span, None), (name, ABSENT))
    if list(then) != list(now) and set(then) == set(now):
        place = new.origin.span if new else None
        yield change(f"{key} (order)", list(then), list(now), (None, place))


def _leaves(tree: Tree | None) -> dict[str, Leaf]:
    """Return the includes that a value names, by base name."""
    items = tree.items if isinstance(tree, Items) else (tree,)
    return {posixpath.basename(str(i.value)): i for i in items if isinstance(i, Leaf)}


def _of_files(path: str, old: Node, new: Node) -> Iterator[Change]:
    lead = f"include {posixpath.basename(path)}: "
    for point in points(_tree(old), _tree(new)):
        before, after = _plain(point.old), _plain(point.new)
        if not same(before, after):
            yield change(lead + ".".join(point.path), before, after, _places(point.old, point.new))
