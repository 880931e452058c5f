"""Trees and texts explained: values with their history, and the names that a text uses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TypeAlias

from cmcompile.compiler.explain.history import history
from cmcompile.compiler.explain.scope import Scope
from cmcompile.compiler.expression import Expression, ExpressionError, is_template, parse
from cmcompile.model.explanation import Explanation, Setting
from cmcompile.model.resolved import Branch, Gone, Items, Leaf, Tree
from cmcompile.model.source import Scalar

#: Explains a name that is no var: a built-in, or a value of an axis.
Special: TypeAlias = Callable[[], Explanation]


class Explainer:
    """Explains what the texts of one scope give.

    Parameters
    ----------
    specials
        By name: how a built-in is explained; looked at before the vars.
    axis
        Explains ``<axis>.<name>``.
    """

    def __init__(
        self,
        scope: Scope,
        specials: Mapping[str, Special] | None = None,
        axis: Callable[[str, object, str], Explanation] | None = None,
    ) -> None:
        self.scope = scope
        self._specials = specials or {}
        self._axis = axis
        self._asked: list[str] = []

    def with_names(self, scope: Scope, specials: Mapping[str, Special]) -> Explainer:
        """Return an explainer that knows more names."""
        return Explainer(scope, {**self._specials, **specials}, self._axis)

    def tree(self, key: str, tree: Tree, section: str, path: tuple[str, ...]) -> Explanation:
        """Explain what stands at a path of ``bps`` or ``vars``."""
        settings = history(tree, section, path, self.scope)
        if isinstance(tree, Gone):
            return Explanation(key, "deleted", None, settings)
        if isinstance(tree, Leaf):
            return replace(self.text(key, tree.value), settings=settings)
        if isinstance(tree, Items):
            parts = tuple(
                self.tree(f"{key}.{at}", item, section, (*path, str(at)))
                for at, item in enumerate(tree.items)
            )
            return Explanation(key, "list", self.scope.plain(tree), settings, parts)
        return self.branch(key, tree, section, path, settings)

    def branch(
        self, key: str, tree: Branch, section: str, path: tuple[str, ...], settings: tuple[Setting, ...] = ()
    ) -> Explanation:
        """Explain a mapping with all that is in it, deleted keys too."""
        parts = tuple(
            self.tree(f"{key}.{name}" if key else name, value, section, (*path, name))
            for name, value in tree.entries.items()
        )
        return Explanation(key, "mapping", self.scope.plain(tree), settings, parts)

    def node(self, key: str, node: Scalar, layer: str) -> Explanation:
        """Explain one value as a layer wrote it."""
        found = self.text(key, node.value)
        written = str(node.value) if is_template(node.value) else ""
        by = Setting("set", layer, node.span, found.value, written, self.scope.because(layer))
        return replace(found, settings=(by,))

    def text(self, key: str, text: object) -> Explanation:
        """Explain a value by the names in it; who set it is left open."""
        value, fault = self.scope.rendered(text)
        return Explanation(key, "value", value, names=self.names_in(text), fault=fault)

    def names_in(self, text: object) -> tuple[Explanation, ...]:
        """Explain the names that a text uses, in order, each once."""
        if not is_template(text):
            return ()
        try:
            pieces = parse(str(text))
        except ExpressionError:
            return ()
        used: dict[str, None] = {}
        for piece in pieces:
            if isinstance(piece, Expression):
                used.update(dict.fromkeys(sorted(piece.names, key=lambda n: (piece.text.find(n), n))))
        return tuple(self.name(name) for name in used)

    def name(self, name: str) -> Explanation:
        """Explain a name that texts may use."""
        value, fault = self.scope.value(name)
        if name in self._asked:
            return Explanation(name, "value", value, fault=fault)
        self._asked.append(name)
        try:
            return replace(self._explained(name, value), key=name, value=value, fault=fault)
        finally:
            self._asked.pop()

    def _explained(self, name: str, value: object) -> Explanation:
        if name in self._specials:
            return self._specials[name]()
        head, _, tail = name.partition(".")
        if head in self.scope.axes and self._axis is not None:
            return self._axis(head, value, tail)
        tree = self.scope.variables.get(*name.split("."))
        if tree is None:
            return Explanation(name, "value", value)
        return self.tree(name, tree, "vars", tuple(name.split(".")))
