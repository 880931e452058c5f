"""Built-in names that are the same for all groups of a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from cmcompile.compiler.merge import merge
from cmcompile.compiler.names import Constant, NameFaultError, ShapeNames, render_text
from cmcompile.compiler.plain import ExpressionError
from cmcompile.model import codes
from cmcompile.model.campaign import Layer, Rescue, Spec, Step, highest
from cmcompile.model.diagnostic import Findings
from cmcompile.model.resolved import Branch
from cmcompile.model.source import Node, Scalar


class Constants:
    """Gives the constants of each step.

    Parameters
    ----------
    outputs
        Returns the outputs of the first-pass groups of a step.
    """

    def __init__(self, spec: Spec, outputs: Callable[[str], Sequence[str]], findings: Findings) -> None:
        self._spec = spec
        self._outputs = outputs
        self._findings = findings

    def of(self, step: Step, rescue: Rescue | None) -> Mapping[str, Constant]:
        """Return the built-in names of a step or of one of its rescues."""
        spec = self._spec
        names: dict[str, Constant] = {
            "campaign.name": lambda: spec.name,
            "step.name": lambda: step.name,
        }
        if spec.ticket is not None:
            names["ticket"] = lambda: spec.ticket
        if rescue is not None:
            names["rescue.name"] = lambda: rescue.name
        if highest(spec.layers, "collect") is not None:
            names["campaign.collect"] = self.campaign_collect
        for other in spec.steps:
            names[f"steps.{other.name}.output"] = partial(self.step_output, other)
            if self._collect_text(other) is not None:
                names[f"steps.{other.name}.collect"] = partial(self.step_collect, other)
        if self._collect_text(step) is not None:
            names["step.collect"] = partial(self.step_collect, step)
        return names

    def campaign_collect(self) -> str:
        """Return the collection of the whole campaign."""
        return self._rendered(self._spec.layers, "collect", {})

    def campaign_text(self, text: str) -> str:
        """Return a text with the names of the campaign filled in.

        Raises
        ------
        NameFaultError, ExpressionError
            When that can't be done.
        """
        return str(render_text(text, self._names(self._spec.layers, {}).static))

    def step_collect(self, step: Step) -> str:
        """Return the collection of a step."""
        return self._rendered(step.layers, "collect", {"step.name": lambda: step.name})

    def collects(self) -> dict[str, str]:
        """Return the collection of each step that has one, and under an empty name that of the campaign.

        Each that can't be filled in is reported, also where no group uses it: a chain needs it.
        """
        found: dict[str, str] = {}
        works: list[tuple[str, Constant]] = [
            (step.name, partial(self.step_collect, step))
            for step in self._spec.steps
            if self._collect_text(step)
        ]
        if highest(self._spec.layers, "collect") is not None:
            works.append(("", self.campaign_collect))
        for scope, work in works:
            try:
                found[scope] = str(work())
            except NameFaultError as fault:
                self._findings.add(fault.code, fault.span, fault.message, fault.hint, scope=scope)
            except ExpressionError as fault:
                self._findings.add(codes.names.BAD_EXPRESSION, fault.span, str(fault), scope=scope)
        return found

    def step_output(self, step: Step) -> str:
        """Return the output that all first-pass groups of a step share.

        Raises
        ------
        NameFaultError
            When they differ.
        """
        outputs = self._outputs(step.name)
        if len(set(outputs)) == 1:
            return outputs[0]
        if not outputs:
            raise NameFaultError(f"`steps.{step.name}.output` has no value: {step.name} has no output")
        raise NameFaultError(
            f"`steps.{step.name}.output` has no value: its groups write {len(set(outputs))} outputs, "
            f"such as {outputs[0]}",
            f"set `collect` on {step.name}, and use `steps.{step.name}.collect`",
        )

    def _collect_text(self, step: Step) -> Node | None:
        return highest(step.layers, "collect")

    def needed(self, step: Step, rescue: Rescue | None) -> list[str]:
        """Return the collections of the steps that a step or a rescue needs, in order.

        Raises
        ------
        NameFaultError
            When a needed step has no collection that all of its groups are in.
        """
        found: dict[str, None] = {}
        for need in (*step.needs, *(rescue.needs if rescue else ())):
            other = self._spec.step(need.step)
            if other is None or other is step:
                continue
            if self._collect_text(other) is not None:
                found[self.step_collect(other)] = None
            elif other.engine == "bps":
                found[self.step_output(other)] = None
        return list(found)

    def _rendered(self, layers: Sequence[Layer], key: str, more: Mapping[str, Constant]) -> str:
        node = highest(layers, key)
        if not isinstance(node, Scalar):
            raise NameFaultError(f"no `{key}` is set")
        every = layers if layers is self._spec.layers else (*self._spec.layers, *layers)
        try:
            return render_text(node.value, self._names(every, more).static)
        except ExpressionError as error:
            error.span = error.span or node.span
            raise

    def _names(self, layers: Sequence[Layer], more: Mapping[str, Constant]) -> ShapeNames:
        variables = Branch()
        for layer in layers:
            variables = merge(variables, layer.name, layer.get("vars"), self._findings)
        constants: dict[str, Constant] = {"campaign.name": lambda: self._spec.name, **more}
        if self._spec.ticket is not None:
            constants["ticket"] = lambda: self._spec.ticket
        if more:
            constants["campaign.collect"] = self.campaign_collect
        return ShapeNames(variables, constants, frozenset())
