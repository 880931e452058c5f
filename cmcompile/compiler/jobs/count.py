"""How many jobs a group of a batch step has, without its files being written."""

from __future__ import annotations

from cmcompile.compiler.ids import Lists
from cmcompile.compiler.jobs.rows import RowMaker, RowsError
from cmcompile.compiler.sent import rescue_axes
from cmcompile.model.campaign import Rescue, Spec, Step
from cmcompile.model.group import Group
from cmcompile.model.source import Mapping, Node, Scalar, Sequence


class JobCounter:
    """Counts the jobs of groups; what is asked for twice is counted once.

    ``each`` is taken as the campaign, the step and the rescue have it: overrides of single groups, which may
    set another one, are not looked at.
    """

    def __init__(self, spec: Spec) -> None:
        self._spec = spec
        self._steps = {step.name: step for step in spec.steps if step.engine == "batch"}
        self._rows: RowMaker | None = None
        self._known: dict[tuple[str, str], int | None] = {}

    def __call__(self, group: Group) -> int | None:
        """Return the number of jobs of a group; None: it has none, or it can't be told."""
        key = (group.step, group.id)
        if key not in self._known:
            self._known[key] = self._count(group)
        return self._known[key]

    def _count(self, group: Group) -> int | None:
        step = self._steps.get(group.step)
        if step is None:
            return None
        if self._rows is None:
            lists = Lists(self._spec.lists, self._spec.files)
            self._rows = RowMaker(self._spec.lists.values(), lists, self._spec.exclude)
        rescue = next((r for r in step.rescues if r.name == group.rescue), None)
        try:
            axes = step.split if rescue is None else rescue_axes(step, rescue)
            return len(self._rows.rows(group, axes, self._each(step, rescue)).rows)
        except RowsError:
            return None

    def _each(self, step: Step, rescue: Rescue | None) -> list[str] | None:
        layers = (*self._spec.layers, *step.layers, *(() if rescue is None else (rescue.layer,)))
        for layer in reversed(layers):
            jobs = layer.get("jobs")
            if isinstance(jobs, Mapping) and "each" in jobs:
                named = [v.value for v in _items(jobs.get("each")) if isinstance(v, Scalar)]
                return [str(value) for value in named if value is not None] or None
        return None


def _items(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)
