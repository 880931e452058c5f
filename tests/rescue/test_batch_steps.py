"""Rescues of batch steps: whole groups, of which jobs are left out whose outputs are there; more memory."""

from __future__ import annotations

from fractions import Fraction

import yaml
from one_file import PATH, Files

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.policy import Remedy
from cmcompile.rescue.case import Proposal
from cmcompile.rescue.ground import Step, Told
from cmcompile.rescue.make import make
from cmcompile.rescue.quanta import Cure
from cmcompile.rescue.recovery import recoveries
from cmcompile.spec.edit.insert import add_key
from cmcompile.spec.load import load

SPEC = """\
cmcompile: 1
campaign: c
batch: {system: slurm}
collect: c
steps:
  calor:
    engine: batch
    collect: c/calor
    split: [{name: run, values: 1..9, size: 3}]
    jobs:
      command: ./calor.sh ${{ job.run }}
      each: [run]
      outputs: /data/${{ job.run }}.root
      resources: {memory: 2GB}
"""
MORE = Cure(Remedy.MORE_MEMORY, Fraction(3, 2), 4000)
AGAIN = Cure(Remedy.RESCUE)


def compiled(text: str) -> Compilation:
    loaded, findings = load(Files(text.encode()), PATH)
    assert loaded is not None, [f.message for f in findings]
    result = compile_spec(loaded)
    assert not result.failed, [f.message for f in result.findings]
    return result


def quantum(run: int) -> Quantum:
    return Quantum("calor", f"run={run}")


def proposed(cures: dict[str, dict[int, Cure]], text: str = SPEC) -> Proposal:
    """Return rescues for the jobs of groups that failed, with what is to be done about each."""
    step = Step(compiled(text), "calor", ["1", "2", "3"])
    told = {}
    for group, some in cures.items():
        failures = tuple(Failure(quantum(run), Fault.FAILED) for run in some)
        outcome = Outcome((TaskOutcome("calor", 3, 3 - len(some), len(some)),), failures)
        told[group] = Told(outcome, {quantum(run): cure for run, cure in some.items()}, budget=3)
    return make(step.ground(), step.cases(told), recoveries(step.step))


def written(text: str, found: Proposal) -> str:
    data = text.encode()
    for entry in found.entries:
        data = add_key(PATH, data, ("steps", "calor", "rescues"), entry.name, entry.body)
    return data.decode()


def test_a_rescue_names_groups_and_no_jobs() -> None:
    found = proposed({"1": {2: AGAIN}, "3": {7: AGAIN, 8: AGAIN}})
    [entry] = found.entries
    assert set(entry.body) == {"because", "groups"}
    assert (entry.groups, entry.wanted, entry.beside) == (("1", "3"), 3, 0)
    again = compiled(written(SPEC, found))
    made = [g for g in again.groups if g.group.rescue == "rescue"]
    assert {covered for g in made for covered in g.group.covers} == {"1", "3"}


def test_more_memory_is_asked_for_all_jobs_of_the_group() -> None:
    found = proposed({"1": {2: MORE, 3: AGAIN}, "2": {5: AGAIN}})
    bodies = {entry.groups: entry.body for entry in found.entries}
    assert bodies[("1",)]["jobs"] == {"resources": {"memory": 3072}}
    assert "jobs" not in bodies[("2",)]


def test_memory_grows_from_what_the_last_rescue_had_up_to_the_cap() -> None:
    text = written(SPEC, proposed({"1": {2: MORE}}))
    assert yaml.safe_load(text)["steps"]["calor"]["rescues"]["rescue"]["jobs"]["resources"]["memory"] == 3072
    # The rescue has not run, as far as is known; a person is not needed for that.
    assert proposed({"1": {2: MORE}}, text).entries == ()


def test_memory_at_its_cap_is_for_a_person() -> None:
    found = proposed({"1": {2: Cure(Remedy.MORE_MEMORY, Fraction(2), 2048)}})
    assert found.entries == ()
    assert any(passed.person and "all the memory" in passed.why for passed in found.passed)
    unset = SPEC.replace("      resources: {memory: 2GB}\n", "")
    assert any("can't be told" in passed.why for passed in proposed({"1": {2: MORE}}, unset).passed)
