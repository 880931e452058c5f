"""Links to other systems: templates of the campaign and its steps, filled in for whatever they are about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from cmcompile.compiler.expression import ExpressionError
from cmcompile.compiler.names import GroupNames, NameFaultError
from cmcompile.compiler.render import names_in, render_text
from cmcompile.compiler.step import StepGroups, StepShapes
from cmcompile.model import codes
from cmcompile.model.campaign import Layer, Spec, Step
from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Mapping as Node
from cmcompile.model.source import Scalar

#: The names that only the link of a workflow may use.
WORKFLOW = ("workflow.name", "workflow.run", "workflow.output")
_OF_WORKFLOW = "workflow."


class LinkLevel(Enum):
    """What a link is about: the widest thing that all names in it have a value for."""

    CAMPAIGN = "campaign"
    STEP = "step"
    GROUP = "group"
    WORKFLOW = "workflow"


@dataclass(frozen=True, slots=True)
class Template:
    """A link as written.

    Attributes
    ----------
    of_campaign
        Whether no step says it.
    """

    name: str
    text: Scalar
    of_campaign: bool

    def level(self, names: GroupNames) -> LinkLevel:
        """Return what it is about, as a group of its step tells."""
        reads = names_in(self.text.value)
        if any(name.startswith(_OF_WORKFLOW) for name in reads):
            return LinkLevel.WORKFLOW
        if names.shape.text_is_dynamic(self.text.value):
            return LinkLevel.GROUP
        is_wide = self.of_campaign and not any(name.startswith(("step.", "rescue.")) for name in reads)
        return LinkLevel.CAMPAIGN if is_wide else LinkLevel.STEP

    def filled(self, names: GroupNames, workflow: Mapping[str, str] | None = None) -> str:
        """Return the link for a group, or a workflow of it.

        Parameters
        ----------
        workflow
            The values of `WORKFLOW`.

        Raises
        ------
        ExpressionError
            When a name has no value.
        """

        def look_up(name: str) -> object:
            if not name.startswith(_OF_WORKFLOW):
                return names.look_up(name)
            if workflow is None or name not in workflow:
                raise NameFaultError(f"`{name}` has no value", f"there are {', '.join(WORKFLOW)}")
            return workflow[name]

        return render_text(self.text.value, look_up)


def templates(spec: Spec, step: Step) -> tuple[Template, ...]:
    """Return the links that hold in a step; a higher layer replaces one by its name."""
    wide = _written(spec.layers)
    own = _written(step.layers)
    every = {**wide, **own}
    return tuple(Template(name, text, name not in own) for name, text in every.items())


def _written(layers: Iterable[Layer]) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for layer in layers:
        node = layer.get("links")
        if isinstance(node, Node):
            found.update({entry.key: entry.value for entry in node if isinstance(entry.value, Scalar)})
    return found


def check_links(
    spec: Spec, steps: Mapping[str, StepGroups], shapes: Mapping[str, StepShapes], findings: Findings
) -> None:
    """Fill in each link once for each step, to see that its names have a value."""
    known = dict.fromkeys(WORKFLOW, "x")
    for step in spec.steps:
        some = templates(spec, step)
        first = next(iter(steps[step.name].all()), None) if some else None
        if first is None:
            continue
        names = shapes[step.name].names(first)
        for template in some:
            try:
                template.filled(names, known)
            except NameFaultError as fault:
                findings.add(fault.code, template.text.span, fault.message, fault.hint, scope=step.name)
            except ExpressionError as fault:
                findings.add(codes.names.BAD_EXPRESSION, template.text.span, str(fault), "", scope=step.name)
