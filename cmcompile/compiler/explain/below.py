"""What BPS finds below the file of a group: the files that it includes, and its own defaults.

Their texts are BPS's own: nothing is filled in.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass

from cmcompile.bps.defaults import DEFAULTS
from cmcompile.bps.document import document, merged
from cmcompile.compiler.explain.subject import Subject
from cmcompile.compiler.includes import Collector, named
from cmcompile.model.diagnostic import Findings
from cmcompile.model.explanation import Explanation, How, Setting
from cmcompile.model.resolved import Branch, Gone, Items, Tree, tree_plain


@dataclass(frozen=True, slots=True)
class Below:
    """What lies below a group's own file.

    Attributes
    ----------
    included
        What the included files of the repository give, later ones over earlier ones.
    unreadable
        The includes that only BPS can find.
    """

    included: Branch
    unreadable: tuple[str, ...]

    def settings(self, path: tuple[str, ...]) -> tuple[Setting, ...]:
        """Return what BPS would find at a path without the group's own file, highest first."""
        out: list[Setting] = []
        for tree in (find(self.included, path), find(DEFAULTS, path)):
            if tree is not None and not isinstance(tree, Branch):
                out += _chain(tree)
        return tuple(out)

    def explanation(self, key: str, path: tuple[str, ...]) -> Explanation | None:
        """Explain a key that the group's own file does not have; None where nothing is known of it."""
        tree = find(self.included, path)
        origin = "an include file"
        if tree is None or (isinstance(tree, Branch) and not tree.entries):
            tree, origin = find(DEFAULTS, path), "BPS's default"
        if tree is None:
            return None
        notes = [f"not in the group's own file: {origin} holds"]
        if self.unreadable:
            notes.append(f"{', '.join(self.unreadable)} may set it too, and can't be read here")
        found = _explained(key, tree, path)
        settings = self.settings(path) or found.settings
        return Explanation(key, found.kind, found.value, settings, found.parts, notes=tuple(notes))


def below(subject: Subject) -> Below:
    """Read what the file of a group includes."""
    shape, folder = subject.shape, posixpath.dirname(subject.made.path)
    collector = Collector(subject.spec.files, Findings())
    includes = []
    for found in named(shape.tree):
        text = str(shape.value(found.leaf, subject.names))
        includes.append(collector.add(text, found.leaf.origin.span, found.at, folder)[0])
    doc = document(_skeleton(shape.tree), tuple(includes))
    return Below(merged(doc), tuple(dict.fromkeys(include.text for include in doc.unreadable)))


def _skeleton(tree: Branch) -> Branch:
    return Branch({k: _skeleton(v) for k, v in tree.entries.items() if isinstance(v, Branch)})


def find(tree: Branch, path: tuple[str, ...]) -> Tree | None:
    """Return what stands at a path, a deleted key too."""
    node: Tree | None = tree
    for key in path:
        node = node.entries.get(key) if isinstance(node, Branch) else None
    return node


def _explained(key: str, tree: Tree, path: tuple[str, ...]) -> Explanation:
    settings = tuple(_chain(tree))
    if isinstance(tree, Branch):
        parts = tuple(_explained(f"{key}.{k}", v, (*path, k)) for k, v in tree.entries.items())
        return Explanation(key, "mapping", tree_plain(tree), (), parts)
    if isinstance(tree, Items):
        parts = tuple(_explained(f"{key}.{at}", v, (*path, str(at))) for at, v in enumerate(tree.items))
        return Explanation(key, "list", tree_plain(tree), settings, parts)
    return Explanation(key, "value", tree_plain(tree), settings)


def _chain(tree: Tree) -> Iterator[Setting]:
    how: How = "deleted" if isinstance(tree, Gone) else "set"
    yield Setting(how, tree.origin.layer, tree.origin.span, tree_plain(tree))
    for old in tree.hid:
        yield from _chain(old)
