"""The ``where`` of a group: the clauses of all layers and axes, in order, joined by `` and ``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import cast

from cmcompile.bps.query.write import exact
from cmcompile.compiler.names import GroupNames, PartNames, render_text
from cmcompile.compiler.plain import ExpressionError
from cmcompile.compiler.stack import Stack
from cmcompile.model.campaign import Axis, Layer
from cmcompile.model.group import ClauseText, Part
from cmcompile.model.ids import Id
from cmcompile.model.resolved import Origin
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, Span

_EXCLUDE = Origin("exclude", None)


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a predicate.

    Attributes
    ----------
    text
        As written; None for the predicate of an axis, which comes from its ids.
    axis
        The axis that it belongs to; empty for all parts of an extra group; None for no axis.
    kind
        As in ``ClauseText``.
    """

    text: str | None
    kind: str
    origin: Origin
    axis: str | None = None


def clauses(
    stack: Stack, axes: tuple[Axis, ...], extra: Node | None, *, is_extra: bool
) -> tuple[Clause, ...]:
    """Return the clauses of a group's layers and axes, in order.

    A named clause takes the place of the one of that name in a lower layer; null takes it away.
    """
    out: dict[str, Clause] = {}
    for layer in stack.below:
        _add(out, layer, "layer")
    if is_extra and extra is not None:
        _add_node(out, "extra group", extra, "extra")
    elif is_extra:
        out["axis "] = Clause(None, "extra", Origin("extra group", None), "")
    else:
        for axis in axes:
            text = None if axis.where is None else str(axis.where.value)
            key = axis.clause or f"axis {axis.name}"
            out[key] = Clause(text, "axis", Origin(f"axis {axis.name}", _span(axis)), axis.name)
    for layer in stack.above:
        _add(out, layer, "override")
    return tuple(out.values())


def _span(axis: Axis) -> Span:
    return axis.span if axis.where is None else axis.where.span


def _add(out: dict[str, Clause], layer: Layer, kind: str) -> None:
    node = layer.get("where")
    if node is not None:
        _add_node(out, layer.name, node, kind)


def _add_node(out: dict[str, Clause], layer: str, node: Node, kind: str) -> None:
    if isinstance(node, Scalar):
        if node.value is not None:
            out[f"{layer} {node.span}"] = Clause(str(node.value), kind, Origin(layer, node.span))
    elif isinstance(node, Sequence):
        for item in node:
            _add_node(out, layer, item, kind)
    elif isinstance(node, Mapping):
        for entry in node:
            if isinstance(entry.value, Scalar) and entry.value.value is None:
                out.pop(entry.key, None)
            elif isinstance(entry.value, Scalar):
                out[entry.key] = Clause(str(entry.value.value), kind, Origin(layer, entry.value.span))


class WhereWriter:
    """Writes the predicates of the groups of one shape.

    Parameters
    ----------
    guard
        Runs one rendering; what fails becomes a finding at the origin, and the text is empty.
    """

    def __init__(
        self, parts: Iterable[Clause], guard: Callable[[Callable[[], object], Origin], object]
    ) -> None:
        self._clauses = tuple(parts)
        self._guard = guard
        self._static: dict[int, list[str]] = {}
        self._by_part: dict[tuple[int, int, tuple[Id, ...]], tuple[str, Part]] = {}

    def pieces(self, names: GroupNames) -> tuple[ClauseText, ...]:
        """Return the rendered clauses of a group that say something, with where they come from."""
        out: list[ClauseText] = []
        for at, clause in enumerate(self._clauses):
            numbers = clause.text is None and clause.kind == "axis" and _has_numbers(clause, names)
            texts = self._texts(at, clause, names)
            out += [ClauseText(text, clause.kind, clause.origin, numbers) for text in texts if text]
        for part in names.group.parts:
            taken = names.group.excluded.get(part.axis)
            if taken and part.dimension:
                text = self._guarded(partial(_without, part.dimension, taken), _EXCLUDE)
                out.append(ClauseText(text, "exclude", _EXCLUDE))
        return tuple(out)

    def axis_text(self, names: PartNames) -> str:
        """Return the predicate of one axis of a group."""
        for at, clause in enumerate(self._clauses):
            if clause.axis == names.part.axis:
                return "".join(self._texts(at, clause, names.names))
        return _exact(names.part)

    def _texts(self, at: int, clause: Clause, names: GroupNames) -> list[str]:
        if clause.axis == "":
            return [self._guarded(partial(_exact, part), clause.origin) for part in names.group.parts]
        if clause.axis is None:
            if at not in self._static:
                texts = [self._guarded(lambda: render_text(clause.text, names.look_up), clause.origin)]
                if names.shape.text_is_dynamic(clause.text):
                    return texts
                self._static[at] = texts
            return self._static[at]
        part = names.group.part(clause.axis)
        if part is None:
            return []
        # The parts of a product are shared by many groups: each predicate is written once.
        key = (at, id(part), names.group.excluded.get(part.axis, ()))
        known = self._by_part.get(key)
        if known is not None:
            return [known[0]]
        text = self._guarded(partial(_axis_predicate, clause, part, names), clause.origin)
        if not names.shape.text_is_dynamic(clause.text):
            self._by_part[key] = (text, part)
        return [text]

    def _guarded(self, work: Callable[[], str], origin: Origin) -> str:
        return str(self._guard(work, origin) or "")


def _axis_predicate(clause: Clause, part: Part, names: GroupNames) -> str:
    # The bounds of hand-made ids say little about them: the predicate of an axis is for what was cut.
    if clause.text is None or part.source < 0:
        return _exact(part)
    return render_text(clause.text, PartNames(names, part).look_up)


def _has_numbers(clause: Clause, names: GroupNames) -> bool:
    part = names.group.part(clause.axis or "")
    return part is not None and isinstance(part.ids[0], int) and isinstance(part.ids[-1], int)


def _exact(part: Part) -> str:
    return _written(part.dimension, part.ids) if part.dimension else ""


def _without(dimension: str, ids: tuple[Id, ...]) -> str:
    text = _written(dimension, ids)
    return text.replace(" = ", " != ", 1) if len(ids) == 1 else text.replace(" in ", " not in ", 1)


def _written(dimension: str, ids: tuple[Id, ...]) -> str:
    try:
        return exact(dimension, cast("tuple[int, ...]", ids))
    except ValueError as error:
        raise ExpressionError(str(error)) from None
