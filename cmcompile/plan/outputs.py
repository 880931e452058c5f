"""Groups that share an output collection are not submitted at the same moment: BPS writes its chain then."""

from __future__ import annotations

from functools import cached_property

from cmcompile.model.states import Workflow, WorkflowState
from cmcompile.plan.inputs import Key
from cmcompile.plan.world import World

#: A workflow in one of these states is being submitted, or is about to be.
_SUBMITTING = frozenset({WorkflowState.CLAIMED, WorkflowState.PREPARING, WorkflowState.SUBMITTING})


class Outputs:
    """Which outputs a submission under way writes to."""

    def __init__(self, world: World) -> None:
        self._world = world

    def busy(self, key: Key) -> str:
        """Return the workflow that is being submitted to the output of a group, or an empty text."""
        output = self._world.declared[key].output if key in self._world.declared else ""
        found = self._busy.get(output) if output else None
        return "" if found is None else f"{output}: {found}"

    @cached_property
    def _busy(self) -> dict[str, Workflow]:
        found: dict[str, Workflow] = {}
        for record in self._world.state.groups.values():
            for workflow in record.workflows:
                if workflow.live and workflow.state in _SUBMITTING:
                    for output in self._of(workflow):
                        found.setdefault(output, workflow)
        return found

    def _of(self, workflow: Workflow) -> list[str]:
        """Return the outputs that a claim may write to: as the spec has it, and as its run name shows it."""
        declared = self._world.declared.get((workflow.step, workflow.group))
        found = [declared.output] if declared is not None and declared.output else []
        if workflow.claim is not None:
            above = workflow.claim.output_run.rpartition("/")[0]
            found += [above, above.removesuffix(f"/{workflow.step}/{workflow.group}")]
        return found
