"""What BPS finds below the file of a group: the files that it includes, and its own defaults."""

from __future__ import annotations

import posixpath

from cmcompile.bps.defaults import DEFAULTS
from cmcompile.bps.document import document, merged
from cmcompile.compiler.explain.subject import Subject
from cmcompile.compiler.explain.values import Explainer
from cmcompile.compiler.includes import Collector, named
from cmcompile.model.diagnostic import Findings
from cmcompile.model.explanation import Setting
from cmcompile.model.resolved import Branch, Tree

FILE_NOTE = "not in the group's own file"


def layers_below(subject: Subject) -> tuple[Branch, Branch]:
    """Return what the included files of the repository give, and the defaults of BPS."""
    shape, folder = subject.shape, posixpath.dirname(subject.made.path)
    collector = Collector(subject.spec.files, Findings())
    includes = tuple(
        collector.add(str(shape.value(found.leaf, subject.names)), found.leaf.origin.span, found.at, folder)[0]
        for found in named(shape.tree)
    )
    empty = Branch({k: Branch() for k, v in shape.tree.entries.items() if isinstance(v, Branch)})
    return merged(document(empty, includes)), DEFAULTS


def find(tree: Branch, path: tuple[str, ...]) -> Tree | None:
    """Return what stands at a path, a deleted key too."""
    node: Tree | None = tree
    for key in path:
        node = node.entries.get(key) if isinstance(node, Branch) else None
    return node


def settings_below(subject: Subject, explainer: Explainer, path: tuple[str, ...]) -> tuple[Setting, ...]:
    """Return what BPS would find at a path without the group's own file, highest first."""
    found = [find(tree, path) for tree in layers_below(subject)]
    out: list[Setting] = []
    for tree in found:
        if tree is not None and not isinstance(tree, Branch):
            out += [
                Setting(s.how, s.layer, s.span, s.value)
                for s in explainer.tree("", tree, "", path).settings
            ]
    return tuple(out)
