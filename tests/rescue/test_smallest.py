"""The rescues of 500 campaigns by chance are compiled, and run as few quanta as trying all ways finds."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
import yaml
from campaigns_by_chance import Chance, Row, campaign, fewest, fewest_of_all_tasks, wanted
from one_file import PATH, Files

from cmcompile.bps.query.parser import parse
from cmcompile.bps.query.sets import evaluate
from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.group import CompiledGroup, SentGroup, SentGroups
from cmcompile.model.outcome import Quantum
from cmcompile.model.policy import Remedy
from cmcompile.rescue.case import Proposal
from cmcompile.rescue.ground import Step, Told
from cmcompile.rescue.make import make
from cmcompile.rescue.quanta import Cure
from cmcompile.rescue.recovery import recoveries
from cmcompile.spec.edit.insert import add_item, add_key
from cmcompile.spec.load import load


def compiled(text: bytes, made: Chance) -> Compilation:
    spec, findings = load(Files(text), PATH)
    assert spec is not None, [f.message for f in findings]
    sent = {
        ("one", name): SentGroup("one", name, {"visit": (name, tuple(visits))}, {}, "")
        for name, visits in made.groups.items()
    }
    result = compile_spec(spec, SentGroups(sent))
    assert not result.failed, [f.message for f in result.findings]
    return result


def told(made: Chance) -> dict[str, Told]:
    remedies = {remedy.value: remedy for remedy in Remedy}
    cures = {
        q: Cure(remedies[action], Fraction(3, 2), 4000, "DM-1" if action == "quarantine" else "")
        for q, action in made.actions.items()
    }
    return {group: Told(made.outcome(group), cures, budget=9) for group in made.groups}


def rescued(made: Chance, text: bytes | None = None) -> tuple[Proposal, bytes]:
    text = made.spec().encode() if text is None else text
    result = compiled(text, made)
    step = Step(result, "one", made.groups)
    proposal = make(step.ground(), step.cases(told(made)), recoveries(step.step))
    for one in proposal.excludes:
        text = add_item(PATH, text, "exclude", one)
    for entry in proposal.entries:
        text = add_key(PATH, text, ("steps", "one", "rescues"), entry.name, entry.body)
    return proposal, text


def ran(made: Chance, rescue: CompiledGroup, there: set[Quantum]) -> set[Quantum]:
    """Return what a compiled rescue group runs, as BPS would find it: what is lacking, in tasks and rows."""
    document = yaml.safe_load(rescue.data)
    label = document["pipelineYaml"].rpartition("#")[2]
    tasks = set(made.tasks) if label == "one" else set(label.split(","))
    rows = taken(document["payload"]["dataQuery"], made)
    [covered] = rescue.group.covers
    return {
        quantum
        for quantum, own in made.quanta(covered).items()
        if quantum.task in tasks and quantum not in there and own & rows
    }


def taken(query: str, made: Chance) -> set[Row]:
    universes: Mapping[str, tuple[int, ...]] = {
        "visit": tuple(made.visits),
        "detector": tuple(made.detectors),
    }
    expr = parse(query).expr
    assert expr is not None, query
    found = evaluate(expr, query, universes)
    assert found.exact or "instrument" in query
    assert not found.unknown, query
    return {
        (v, d)
        for n, v in enumerate(made.visits)
        for m, d in enumerate(made.detectors)
        if found.takes({"visit": n, "detector": m})
    }


@pytest.mark.parametrize("seed", range(0, 500, 5))
def test_without_tasks_to_choose_the_rest_is_told(seed: int) -> None:
    """Of groups that write to a place of their own nobody can say where the outputs of other tasks are."""
    made = campaign(seed)
    elsewhere = 'bps: {payload: {output: "u/x/${{ group.id }}"}, pipetask'
    spec = made.spec().replace("bps: {pipetask", elsewhere).encode()
    proposal, text = rescued(made, spec)
    result = compiled(text, made)
    every = {q for group in made.groups for q in made.quanta(group)}
    runs: dict[str, set[Quantum]] = {group: set() for group in made.groups}
    for rescue in [g for g in result.groups if g.group.rescue]:
        assert rescue.data.count(b"p.yaml#one") == 1
        [covered] = rescue.group.covers
        assert not runs[covered]
        runs[covered] = ran(made, rescue, every - set(made.failures))
    assert {g: len(some) for g, some in runs.items()} == {g: fewest_of_all_tasks(made, g) for g in runs}
    beside = sum(len(runs[g] - set(wanted(made, g).need)) for g in runs)
    assert beside <= sum(entry.beside for entry in proposal.entries) <= beside + hollow(made)


def hollow(made: Chance) -> int:
    """Return how many quanta may have all their data in quarantine without a word of it in the outcome."""
    count = 0
    for group in made.groups:
        never, quanta = wanted(made, group).never, made.quanta(group)
        count += sum(q in made.failures and rows <= never for q, rows in quanta.items())
    return count


@pytest.mark.parametrize("seed", range(500))
def test_a_rescue_is_the_smallest(seed: int) -> None:
    made = campaign(seed)
    proposal, text = rescued(made)
    result = compiled(text, made)
    lacking = set(made.failures)
    every = {q for group in made.groups for q in made.quanta(group)}
    there = every - lacking
    runs: dict[str, list[Quantum]] = {group: [] for group in made.groups}
    for rescue in [g for g in result.groups if g.group.rescue]:
        [covered] = rescue.group.covers
        found = ran(made, rescue, there)
        rows = taken(rescue.where, made)
        for quantum in found:
            need = wanted(made, covered).need.get(quantum)
            assert need is None or need <= rows, (seed, quantum, rescue.where)
        there |= found
        runs[covered] += found
    for group in made.groups:
        ask = wanted(made, group)
        assert set(ask.need) <= set(runs[group]), (seed, group)
        assert len(runs[group]) == len(set(runs[group])) == fewest(made, group), (seed, group)
        forbidden = [q for q, a in made.actions.items() if a == "quarantine"]
        assert not set(forbidden) & set(runs[group])
    promised = sum(entry.wanted + entry.beside for entry in proposal.entries)
    assert 0 <= promised - sum(map(len, runs.values())) <= hollow(made)
    assert text.startswith(made.spec().encode())
    again, same = rescued(made, text)
    assert (again.entries, again.excludes, same) == ((), (), text)
