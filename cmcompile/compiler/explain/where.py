"""The clauses of a group's ``where``: who wrote each, and what a named one replaced or removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmcompile.compiler.explain.scope import Scope
from cmcompile.compiler.explain.subject import Subject
from cmcompile.compiler.explain.values import Explainer
from cmcompile.compiler.expression import is_template
from cmcompile.compiler.names import PART_NAMES, PartNames
from cmcompile.compiler.where import Clause, clauses
from cmcompile.model.campaign import Axis, Layer
from cmcompile.model.explanation import Explanation, Setting
from cmcompile.model.group import ClauseText, Part
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, Span


def explain_where(subject: Subject, explainer: Explainer) -> Explanation:
    """Explain the clauses of a group, in order; named clauses that a layer removed come last."""
    scope = explainer.scope
    chains = _chains(subject, scope)
    parts: list[Explanation] = []
    used: set[str] = set()
    for piece, clause, part in _pieces(subject):
        chain = next(((n, c) for n, c in chains.items() if _is_last(c, piece.origin.span)), ("", []))
        used.add(chain[0])
        settings = (*_settings(subject, piece, clause, part, scope), *chain[1][1:])
        text = None if clause is None else clause.text
        inner = explainer if part is None else _part_explainer(subject, explainer, part)
        parts.append(Explanation(chain[0], "value", piece.text, settings, names=inner.names_in(text)))
    for name, found in chains.items():
        if name not in used and found[0].how == "deleted" and len(found) > 1:
            parts.append(Explanation(name, "deleted", None, tuple(found)))
    value, fault = scope.value("where")
    return Explanation("where", "list", value, parts=tuple(parts), fault=fault)


def _pieces(subject: Subject) -> Iterator[tuple[ClauseText, Clause | None, Part | None]]:
    """Yield each rendered clause with the clause as written and the part of the group that it is for."""
    frame, group = subject.shape.frame, subject.group
    written = {c.origin: c for c in clauses(frame.stack, frame.axes, frame.extra, is_extra=frame.is_extra)}
    taken = iter([p for p in group.parts if p.dimension and group.excluded.get(p.axis)])
    by_hand = iter([p for p in group.parts if p.dimension])
    for piece in subject.shape.clause_texts(subject.names):
        clause = written.get(piece.origin)
        if piece.kind == "exclude":
            yield piece, None, next(taken, None)
        elif clause is not None and clause.axis is not None:
            yield piece, clause, group.part(clause.axis) if clause.axis else next(by_hand, None)
        else:
            yield piece, clause, None


def _settings(
    subject: Subject, piece: ClauseText, clause: Clause | None, part: Part | None, scope: Scope
) -> tuple[Setting, ...]:
    if piece.kind == "exclude" and part is not None:
        excludes = subject.excludes(part)
        return tuple(Setting("excluded", "exclude", e.span, piece.text, because=e.because) for e in excludes)
    text = None if clause is None else clause.text
    if text is None and part is not None:
        return (subject.cut(part, piece.text),)
    layer = piece.origin.layer
    written = text if text is not None and is_template(text) else ""
    return (Setting("set", layer, piece.origin.span, piece.text, written, scope.because(layer)),)


def _part_explainer(subject: Subject, explainer: Explainer, part: Part) -> Explainer:
    """Return an explainer that knows ``lo``, ``hi`` and the like of the axis whose ``where`` it is."""
    names = PartNames(subject.names, part)
    scope = replace(explainer.scope, look_up=names.look_up)

    def explained(name: str) -> Explanation:
        value, fault = scope.value(name)
        return Explanation(name, "value", value, (subject.cut(part, value),), fault=fault)

    own = {n: (lambda n=n: explained(n)) for n in PART_NAMES if n != "where"}
    return explainer.with_names(scope, own)


def _is_last(chain: list[Setting], span: Span | None) -> bool:
    return chain[0].how != "deleted" and span is not None and chain[0].span == span


def _chains(subject: Subject, scope: Scope) -> dict[str, list[Setting]]:
    """Return what each named clause was in each layer, highest layer first."""
    found: dict[str, list[Setting]] = {}
    for name, setting in _named(subject, scope):
        found.setdefault(name, []).insert(0, setting)
    return found


def _named(subject: Subject, scope: Scope) -> Iterator[tuple[str, Setting]]:
    stack, frame = subject.shape.frame.stack, subject.shape.frame
    for layer in stack.below:
        yield from _of_layer(layer, scope)
    if frame.is_extra and frame.extra is not None:
        yield from _of_node("extra group", frame.extra, scope)
    elif not frame.is_extra:
        yield from (_of_axis(axis) for axis in frame.axes if axis.clause)
    for layer in stack.above:
        yield from _of_layer(layer, scope)


def _of_axis(axis: Axis) -> tuple[str, Setting]:
    span = axis.span if axis.where is None else axis.where.span
    text = None if axis.where is None else axis.where.value
    return axis.clause, Setting("set", f"axis {axis.name}", span, text)


def _of_layer(layer: Layer, scope: Scope) -> Iterator[tuple[str, Setting]]:
    yield from _of_node(layer.name, layer.get("where"), scope)


def _of_node(layer: str, node: Node | None, scope: Scope) -> Iterator[tuple[str, Setting]]:
    because = scope.because(layer)
    if isinstance(node, Sequence):
        for item in node:
            yield from _of_node(layer, item, scope)
    if not isinstance(node, Mapping):
        return
    for entry in node:
        if isinstance(entry.value, Scalar) and entry.value.value is None:
            yield entry.key, Setting("deleted", layer, entry.value.span, because=because)
        elif isinstance(entry.value, Scalar):
            text = str(entry.value.value)
            written = text if is_template(text) else ""
            value = scope.rendered(text)[0]
            yield entry.key, Setting("set", layer, entry.value.span, value, written, because)
