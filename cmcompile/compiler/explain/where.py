"""The clauses of a group's ``where``: who wrote each, and what a named one replaced or removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cmcompile.compiler.explain.scope import Scope
from cmcompile.compiler.explain.subject import Subject
from cmcompile.compiler.explain.values import Explainer
from cmcompile.compiler.expression import is_template
from cmcompile.compiler.names import PART_NAMES, PartNames
from cmcompile.compiler.where import Clause
from cmcompile.model.campaign import Axis, Layer
from cmcompile.model.explanation import Explanation, Setting
from cmcompile.model.group import Part
from cmcompile.model.source import Mapping, Node, Scalar, Sequence


def explain_where(subject: Subject, explainer: Explainer) -> Explanation:
    """Explain the clauses of a group, in order; named clauses that a layer removed come last."""
    scope = explainer.scope
    chains = _chains(subject, scope)
    parts: list[Explanation] = []
    named: set[str] = set()
    for text, clause in subject.shape.clause_texts(subject.names):
        name = next((n for n, chain in chains.items() if _is_last(chain, clause)), "")
        named.add(name)
        part = _part(subject, clause)
        inner = explainer if part is None or clause.text is None else _part_explainer(subject, explainer, part)
        hid = tuple(chains[name][1:]) if name else ()
        settings = (*_settings(subject, clause, part, text, scope), *hid)
        parts.append(Explanation(name, "value", text, settings, names=inner.names_in(clause.text)))
    for name, chain in chains.items():
        if name not in named and chain[0].how == "deleted" and len(chain) > 1:
            parts.append(Explanation(name, "deleted", None, tuple(chain)))
    return Explanation("where", "list", subject.made.where, parts=tuple(parts))


def _part(subject: Subject, clause: Clause) -> Part | None:
    return subject.group.part(clause.axis) if clause.axis else None


def _settings(
    subject: Subject, clause: Clause, part: Part | None, text: str, scope: Scope
) -> tuple[Setting, ...]:
    layer, span = clause.origin.layer, clause.origin.span
    if layer == "exclude" and span is None and part is not None:
        return tuple(
            Setting("excluded", "exclude", e.span, text, because=e.because) for e in subject.excludes(part)
        )
    written = clause.text if clause.text is not None and is_template(clause.text) else ""
    if clause.text is None and part is not None:
        return (subject.cut(part, text),)
    if clause.text is None:
        return tuple(subject.cut(p, text) for p in subject.group.parts[:1])
    return (Setting("set", layer, span, text, written, scope.because(layer)),)


def _part_explainer(subject: Subject, explainer: Explainer, part: Part) -> Explainer:
    """Return an explainer that knows ``lo``, ``hi`` and the like of the axis whose ``where`` it is."""
    names = PartNames(subject.names, part)
    scope = replace(explainer.scope, look_up=names.look_up)

    def explained(name: str) -> Explanation:
        value, fault = scope.value(name)
        return Explanation(name, "value", value, (subject.cut(part, value),), fault=fault)

    own = {n: (lambda n=n: explained(n)) for n in PART_NAMES if n != "where"}
    return explainer.with_names(scope, own)


def _is_last(chain: list[Setting], clause: Clause) -> bool:
    return chain[0].how != "deleted" and chain[0].span is not None and chain[0].span == clause.origin.span


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
