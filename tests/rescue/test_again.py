"""Rescues of rescues: what has ended counts, memory grows from what it was, and the budget ends it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from one_file import Files

from cmcompile.compiler.compile import compile_spec
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.policy import Remedy
from cmcompile.model.states import GroupRecord, LedgerState, Workflow, WorkflowState
from cmcompile.rescue.case import Proposal
from cmcompile.rescue.ground import Step, Told
from cmcompile.rescue.make import make
from cmcompile.rescue.quanta import Cure
from cmcompile.rescue.recovery import recoveries
from cmcompile.spec.load import load

SPEC = """\
cmcompile: 1
campaign: c
where: instrument='A'
sites: {here: {}, there: {}}
site: here
bps:
  pipelineYaml: ${DRP_PIPE_DIR}/p.yaml#one
  payload: {butlerConfig: /repo/main, output: u/c, inCollection: raw}
  CLUSTER
steps:
  one:
    split: [{by: visit, values: 1..4, size: 2}]
    rescues:
      oom: {because: x, groups: [1], skip_existing_in: prior, bps: {pipetask: {a: {requestMemory: 5000}}}}
"""
A = Quantum("a", "instrument=A, visit=1")
MORE = Cure(Remedy.MORE_MEMORY, Fraction(3, 2), 7000)


def proposed(cure: Cure, *, ended: bool, budget: int = 2, spec: str = SPEC, group: str = "1") -> Proposal:
    text = spec.replace("  CLUSTER\n", "")
    loaded, findings = load(Files(text.encode()), "campaigns/c/campaign.yaml")
    assert loaded is not None, [f.message for f in findings]
    result = compile_spec(loaded)
    assert not result.failed, [f.message for f in result.findings]
    done = WorkflowState.PARTIAL if ended else WorkflowState.RUNNING
    workflow = Workflow("one", "oom.1", "w00", done, live=not ended)
    state = LedgerState({("one", "oom.1"): GroupRecord("one", "oom.1", (workflow,))})
    outcome = Outcome((TaskOutcome("a", 2, 1, 1),), (Failure(A, Fault.FAILED),))
    step = Step(result, "one", ["1", "2"], state)
    told = {group: Told(outcome, {A: cure}, budget=budget)}
    return make(step.ground(), step.cases(told), recoveries(step.step))


def test_what_has_not_ended_is_waited_for() -> None:
    found = proposed(MORE, ended=False)
    assert found.entries == ()
    assert [(p.why, p.person) for p in found.passed] == [("oom.1 covers it and has not ended", False)]


def test_memory_grows_from_what_the_last_rescue_had_up_to_the_cap() -> None:
    [entry] = proposed(MORE, ended=True).entries
    assert entry.name == "rescue"
    assert entry.body["bps"] == {"pipetask": {"a": {"requestMemory": 7000}}}
    [first] = proposed(MORE, ended=True, group="2").entries
    assert first.body["bps"] == {"pipetask": {"a": {"requestMemory": 3072}}}


def test_memory_at_its_cap_is_for_a_person() -> None:
    found = proposed(Cure(Remedy.MORE_MEMORY, Fraction(3, 2), 5000), ended=True)
    assert found.entries == ()
    assert any(p.person and "all the memory" in p.why for p in found.passed)


def test_the_budget_ends_it() -> None:
    found = proposed(Cure(), ended=True, budget=1)
    assert found.entries == ()
    [passed] = found.passed
    assert passed.person
    assert passed.why.startswith("1 of 1 rescues are made: declare one by hand")


def test_another_site() -> None:
    [entry] = proposed(Cure(Remedy.AVOID_SITE), ended=True).entries
    assert entry.body["site"] == "there"
    alone = SPEC.replace(", there: {}", "")
    found = proposed(Cure(Remedy.AVOID_SITE), ended=True, spec=alone)
    assert found.entries == ()
    assert any(p.person and "no other site" in p.why for p in found.passed)


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("pipetask: {a: {requestMemory: 1000}}", {"pipetask": {"a": {"requestMemory": 1500}}}),
        (
            "cluster: {k: {pipetasks: 'a, b', requestMemory: 2000}}",
            {"cluster": {"k": {"requestMemory": 3000}}},
        ),
        ("cluster: {k: {pipetasks: 'a, b'}}", {"pipetask": {"a": {"requestMemory": 3072}}}),
        ("requestMemory: 4000", {"pipetask": {"a": {"requestMemory": 6000}}}),
    ],
)
def test_memory_is_set_where_bps_looks_first(setting: str, key: dict[str, object]) -> None:
    spec = SPEC.replace(
        "CLUSTER", f"{setting}\n  clusterAlgorithm: lsst.ctrl.bps.quantum_clustering_funcs.x\n  CLUSTER"
    )
    [entry] = proposed(MORE, ended=True, group="2", spec=spec).entries
    assert entry.body["bps"] == key
