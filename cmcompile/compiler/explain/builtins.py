"""What the built-in names stand for, and where that was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from cmcompile.compiler.explain.scope import of_group, of_layers
from cmcompile.compiler.explain.subject import Subject, subject
from cmcompile.compiler.explain.values import Explainer, Special
from cmcompile.compiler.inputs import WrittenInput, written_inputs
from cmcompile.compiler.names import Constant
from cmcompile.model.campaign import Layer, Step, setting
from cmcompile.model.explanation import Explanation, Setting
from cmcompile.model.resolved import Leaf
from cmcompile.model.source import Scalar, Span


class BuiltIns:
    """Explains the built-in names of a group that come from outside its document."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._spec = subject.spec
        self._step = subject.step

    def names(self) -> dict[str, Special]:
        """Return how each name is explained."""
        spec = self._spec
        out: dict[str, Special] = {
            "campaign.name": lambda: _written("campaign", spec.layers),
            "campaign.collect": lambda: self.collect(None),
            "ticket": lambda: _written("ticket", spec.layers),
            "step.name": lambda: _said(f"step {self._step.name}", self._step.span, self._step.name),
            "step.collect": lambda: self.collect(self._step),
            "group.id": self.group_id,
            "group.parent": self.parent,
            "inputs": self.inputs,
        }
        rescue = self._subject.rescue
        if rescue is not None:
            out["rescue.name"] = lambda: _said(rescue.layer.name, rescue.span, rescue.name)
        for step in spec.steps:
            out[f"steps.{step.name}.collect"] = partial(self.collect, step)
            out[f"steps.{step.name}.output"] = partial(self.step_output, step)
        return out

    def axis(self, name: str, value: object, _: str) -> Explanation:
        """Explain a value of an axis, such as ``tract.lo``."""
        part = self._subject.group.part(name)
        return Explanation(name, "value", value, () if part is None else (self._subject.cut(part, value),))

    def group_id(self) -> Explanation:
        """Explain the id of the group."""
        subject, group = self._subject, self._subject.group
        if subject.rescue is not None:
            by = Setting("cut", subject.rescue.layer.name, subject.rescue.span, group.id)
        elif group.parts:
            first = subject.cut(group.parts[0], group.id)
            by = first if group.extra else replace(first, layer=f"split of {group.step}")
        else:
            by = Setting("cut", f"step {group.step}", self._step.span, group.id)
        return Explanation("group.id", "value", group.id, (by,))

    def parent(self) -> Explanation:
        """Explain the id of the group that this one covers."""
        found = self.group_id()
        note = "of the group that it covers" if self._subject.group.rescue else "its own id, in a first pass"
        return replace(found, notes=(note,))

    def collect(self, step: Step | None) -> Explanation:
        """Explain the collection of a step, or of the campaign."""
        spec = self._spec
        own = spec.layers if step is None else step.layers
        every = own if step is None else (*spec.layers, *own)
        found = setting(own, "collect")
        if found is None or not isinstance(found[1], Scalar):
            return Explanation("", "value", None)
        layer, node = found[0], found[1]
        scope = of_layers(every, self._constants(step))
        return Explainer(scope, self._outer(step)).node("", node, layer.name)

    def _constants(self, step: Step | None) -> Mapping[str, Constant]:
        constants = dict(self._subject.shape.frame.constants)
        if step is not None:
            constants["step.name"] = lambda: step.name
        return constants

    def _outer(self, step: Step | None) -> dict[str, Special]:
        spec = self._spec
        out: dict[str, Special] = {
            "campaign.name": lambda: _written("campaign", spec.layers),
            "ticket": lambda: _written("ticket", spec.layers),
        }
        if step is not None:
            out["campaign.collect"] = lambda: self.collect(None)
            out["step.name"] = lambda: _said(f"step {step.name}", step.span, step.name)
        return out

    def step_output(self, step: Step) -> Explanation:
        """Explain the output that all groups of a step share, by that of its first group."""
        compilation = self._subject.compilation
        first = next((g for g in compilation.groups if g.group.step == step.name), None)
        if first is None:
            return Explanation("", "value", None)
        other = subject(compilation, first)
        leaf = other.shape.tree.get("payload", "output")
        if not isinstance(leaf, Leaf) or leaf.origin.span is None:
            return Explanation("", "value", first.output, notes=(f"the output of the groups of {step.name}",))
        by = Setting("set", leaf.origin.layer, leaf.origin.span, first.output, str(leaf.value))
        return Explanation("", "value", first.output, (by,), notes=(f"`payload.output` of {step.name}",))

    def inputs(self) -> Explanation:
        """Explain the input collections: those of needed steps, then ``inputs``."""
        needed = [need for need in self._step.needs if self._spec.step(need.step) is not None]
        parts = [self._of_need(need.step, need.span) for need in needed]
        about = self._subject
        scope = of_group(about.shape, about.names.look_up)
        layers = about.shape.frame.stack.layers()
        explainer = Explainer(scope, self._outer(self._step), self.axis)
        parts += [self._of_input(explainer, one) for one in written_inputs(layers)]
        unique = {str(part.value): part for part in reversed(parts)}
        shown = tuple(part for part in parts if unique[str(part.value)] is part)
        return Explanation("inputs", "list", None, parts=shown)

    def _of_input(self, explainer: Explainer, written: WrittenInput) -> Explanation:
        found = explainer.node("", written.node, written.layer.name)
        tagged = self._subject.compilation.tagged.declared.get(str(found.value))
        if tagged is None:
            return found
        narrowed = f", {tagged.where}" if tagged.where else ""
        chosen = f"tagged: {', '.join(tagged.datasets)} of {', '.join(tagged.sources)}{narrowed}"
        return replace(found, notes=(*found.notes, chosen, f"declared at {tagged.span}"))

    def _of_need(self, name: str, span: Span) -> Explanation:
        constants = self._subject.shape.frame.constants
        kind = "collect" if f"steps.{name}.collect" in constants else "output"
        key = f"steps.{name}.{kind}"
        scope = of_layers((), constants)
        step = next(s for s in self._spec.steps if s.name == name)
        found = self.collect(step) if kind == "collect" else self.step_output(step)
        value, fault = scope.value(key)
        return replace(found, key=key, value=value, fault=fault, notes=(*found.notes, f"needed at {span}"))


def _written(key: str, layers: tuple[Layer, ...]) -> Explanation:
    found = setting(layers, key)
    if found is None or not isinstance(found[1], Scalar):
        return Explanation(key, "value", None)
    return _said(found[0].name, found[1].span, found[1].value)


def _said(layer: str, span: Span | None, value: object) -> Explanation:
    return Explanation("", "value", value, (Setting("set", layer, span, value),))
