"""Groups put together: as few workflows as the bound on quanta allows, and each quantum in one of them."""

from __future__ import annotations

import random

import pytest
from one_file import PATH, Files

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.rescue.ground import Step, Told
from cmcompile.rescue.make import make
from cmcompile.rescue.recovery import recoveries
from cmcompile.spec.edit.insert import add_key
from cmcompile.spec.load import load

SPEC = """\
cmcompile: 1
campaign: c
where: instrument='A'
bps:
  pipelineYaml: ${DRP_PIPE_DIR}/p.yaml#one
  payload: {butlerConfig: /repo/main, output: u/c, inCollection: raw}
steps:
  one:
    split: [AXES]
    recovery: [{quanta: MOST}]
"""


def compiled(text: bytes) -> Compilation:
    spec, findings = load(Files(text), PATH)
    assert spec is not None, [f.message for f in findings]
    result = compile_spec(spec)
    assert not result.failed, [f.message for f in result.findings]
    return result


@pytest.mark.parametrize("seed", range(60))
def test_each_quantum_is_in_one_workflow_within_the_bound(seed: int) -> None:
    chance = random.Random(seed)
    visits, detectors = list(range(10, 10 + chance.choice([4, 9, 12]))), list(range(6))
    axes = f"{{by: visit, values: {visits}, size: {chance.choice([2, 3])}}}"
    if two := chance.random() < 0.7:
        axes = f"{{by: detector, values: {detectors}, count: {chance.choice([2, 3])}}}, {axes}"
    most = chance.choice([1, 3, 6, 12, 99])
    text = SPEC.replace("AXES", axes).replace("MOST", str(most)).encode()
    result = compiled(text)
    bad = [(v, d) for v in visits for d in detectors if chance.random() < chance.choice([0.05, 0.3, 0.6])]
    told: dict[str, Told] = {}
    loads: dict[str, int] = {}
    for group in result.steps["one"].first:
        ids = {part.dimension: set(part.ids) for part in group.parts}
        mine = [(v, d) for v, d in bad if v in ids["visit"] and (not two or d in ids["detector"])]
        failures = tuple(
            Failure(Quantum("a", f"detector={d}, instrument=A, visit={v}"), Fault.FAILED) for v, d in mine
        )
        told[group.id] = Told(Outcome((TaskOutcome("a", 99, 99 - len(mine), len(mine)),), failures))
        loads[group.id] = len(mine)
    step = Step(result, "one", told)
    proposal = make(step.ground(), step.cases(told), recoveries(step.step))
    for entry in proposal.entries:
        text = add_key(PATH, text, ("steps", "one", "rescues"), entry.name, entry.body)
    rescues = [g.group for g in compiled(text).groups if g.group.rescue]
    found: list[tuple[object, object]] = []
    for rescue in rescues:
        ids = {part.dimension: set(part.ids) for part in rescue.parts}
        whole = [(v, d) for v, d in bad if v in ids.get("visit", {v}) and d in ids.get("detector", {d})]
        alone = len(rescue.covers) == 1
        assert whole, (seed, rescue)
        assert len(whole) <= most or alone, (seed, rescue.id)
        assert {g for g in rescue.covers if loads[g]} or not bad
        found += whole
    assert sorted(map(str, found)) == sorted(map(str, bad)), seed
    assert len(rescues) <= sum(bool(count) for count in loads.values())
    assert len(rescues) == sum(entry.workflows for entry in proposal.entries)
    if len(bad) and most == 99 and not two:
        assert len(rescues) == 1, seed


def test_extra_groups_and_overrides_of_some_groups_stay_by_themselves() -> None:
    axes = "{by: detector, values: 0..3, count: 2}, {by: visit, values: 1..6, size: 2}"
    more = (
        "    extra: {late: {visit: [9], because: x}}\n"
        "    overrides: [{groups: {detector: 1, visit: 3}, bps: {requestMemory: 9000}, because: x}]\n"
    )
    spec = SPEC.replace("AXES", axes).replace(
        "[{quanta: MOST}]", "[{quanta: 9, split: [visit]}, {name: rest}]"
    )
    result = compiled((spec + more).encode())
    told = {}
    for group in result.steps["one"].first:
        visit = group.part("visit")
        assert visit is not None
        failure = Failure(Quantum("a", f"detector=1, visit={visit.ids[0]}"), Fault.FAILED)
        told[group.id] = Told(Outcome((TaskOutcome("a", 9, 8, 1),), (failure,)))
    step = Step(result, "one", told)
    text = (spec + more).encode()
    for entry in make(step.ground(), step.cases(told), recoveries(step.step)).entries:
        text = add_key(PATH, text, ("steps", "one", "rescues"), entry.name, entry.body)
    covers = {g.group.id: g.group.covers for g in compiled(text).groups if g.group.rescue}
    assert covers == {
        "rescue.1": ("1-1", "2-1"),
        "rescue.2": ("1-2", "2-2"),
        "rescue.late": ("late",),
        "rest.1-3": ("1-3",),
        "rest.2-3": ("2-3",),
    }
