"""An id that a system gives out again, having lost what it knew, is that of another run."""

from __future__ import annotations

from cmcompile.model.body import Claimed, Process, SpecRef, WmsRef
from cmcompile.model.states import Workflow, WorkflowState
from cmcompile.model.wms import RunSeen
from cmcompile.reconcile.observe import Observation

WHERE = WmsRef("cmcompile.engine.service.EngineService")


def workflow(group: str, run_name: str = "") -> Workflow:
    claim = Claimed(
        run_name=run_name or f"u_{group}_w00-0a1b2c",
        prefix=f"u_{group}_w",
        output_run=f"u/{group}/w00-0a1b2c",
        submit_path="",
        wms=WHERE,
        definition="d",
        spec=SpecRef("p", "c", "0", 1),
        process=Process("h", "b", 1),
    )
    return Workflow("s", group, "w00", WorkflowState.RUNNING, live=True, claim=claim, run_id="1", used=True)


def seen(name: str) -> Observation:
    return Observation({}, {WHERE: {"1": RunSeen("1", name, "succeeded", "SUCCEEDED", "1")}}, {})


def test_a_run_of_another_group_is_not_taken_for_ones_own() -> None:
    assert seen("u_2_w00-0a1b2c").run(workflow("1"), "1") is None
    assert seen("u_2_w00-0a1b2c").run(workflow("2"), "1") is not None


def test_a_run_that_was_adopted_keeps_its_name() -> None:
    adopted = workflow("1", "by_hand")
    assert seen("by_hand").run(adopted, "1") is not None
    assert seen("by_foot").run(adopted, "1") is None
