"""A forecast is held against whole campaigns, carried out pass by pass with the real fold and plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from statistics import median
from typing import Protocol

import pytest
from forecast_campaigns import START, Made, made, random_campaign, random_times
from full_reconcile import Driver

from cmcompile.plan.standing import judged
from cmcompile.sim.forecast.extract import extract
from cmcompile.sim.forecast.forecast import answer
from cmcompile.sim.forecast.groups import Is
from cmcompile.sim.forecast.run import Drawing, Run
from cmcompile.sim.forecast.times import Drawn, Draws, Times
from cmcompile.version import EMIT

CAMPAIGNS = 50
#: As far as a forecast with the same draws may be off, and one with draws of its own.
SAME, OWN = 0.05, 0.1


class Judge(Protocol):
    """What carries out a whole campaign."""

    @property
    def unfinished(self) -> list[str]:
        """First-pass groups that were not accepted."""

    def end(self) -> float:
        """Carry it out; return when the last group is accepted, seconds from the beginning."""


#: Makes the judge; another reconcile, with the same draws, is put in here.
JUDGE: Callable[[Made, Times, Drawing], Judge] = Driver


def drawn(seed: int) -> tuple[Made, Times]:
    """Return a random campaign and its durations."""
    random = Random(seed)
    found = made(random_campaign(random))
    return found, random_times(random, [step.name for step in found.result.spec.steps])


def quick(found: Made, times: Times, draws: Drawing) -> tuple[float, list[str]]:
    """Return when a forecast says that a campaign ends, and the groups that it says are left."""
    graph = extract(judged(found.inputs(times=times)), EMIT)
    run = Run(graph, draws, times).whole()
    left = [
        node.name
        for node, state in zip(graph.nodes, run.state, strict=True)
        if state is not Is.GOOD and not node.rescue
    ]
    return run.trace.end(), left


@pytest.mark.parametrize("seed", range(CAMPAIGNS))
def test_the_end_is_that_of_the_full_reconcile(seed: int) -> None:
    found, times = drawn(seed)
    draws = Draws(times, "one")
    judge = JUDGE(found, times, draws)
    end = judge.end()
    told, left = quick(found, times, draws)
    assert abs(told / end - 1) <= SAME, (told, end)
    assert set(left) == set(judge.unfinished)


def test_they_are_campaigns_worth_judging() -> None:
    """Rescues, failures that nothing mends, collections and shared outputs are all among them."""
    texts = [random_campaign(Random(seed)) for seed in range(CAMPAIGNS)]
    for word in (
        "same",
        "overlap",
        "accepted",
        "submitting",
        "priority",
        "u/shared",
        "collect: 'u/$",
        "/a: all",
    ):
        assert any(word in text for text in texts), word
    left = [quick(*drawn(seed), Draws(drawn(seed)[1], "one"))[1] for seed in range(CAMPAIGNS)]
    assert 0 < sum(map(bool, left)) < CAMPAIGNS


class _Rest:
    """What happens to workflows, where those under way end as the judge has it."""

    def __init__(self, draws: Drawing, driver: Driver) -> None:
        self._draws = draws
        self._flying, self._now = driver.flying(), driver.now

    def of(self, key: tuple[str, str], attempt: int, size: float) -> Drawn:
        return self._draws.of(key, attempt, size)

    def rest(self, key: tuple[str, str], attempt: int, size: float, passed: float) -> Drawn:
        del attempt, size, passed
        ends, good = self._flying[key]
        return Drawn(0.0, ends - self._now, good)


@pytest.mark.parametrize("seed", range(100, 110))
def test_it_goes_on_from_any_ledger(seed: int) -> None:
    found, times = drawn(seed)
    draws = Draws(times, "one")
    whole = Driver(found, times, draws).end()
    for part in (0.1, 0.4, 0.7, 0.9):
        driver = Driver(found, times, draws)
        driver.end(until=part * whole)
        now = START + timedelta(seconds=driver.now)
        graph = extract(judged(found.inputs(driver.state(), now, times)), EMIT)
        run = Run(graph, _Rest(draws, driver), times).whole()
        told = run.trace.end() + driver.now if run.trace.accepted else driver.ended
        assert abs(told / whole - 1) <= SAME, (part, told, whole)


def test_draws_of_its_own_are_near_too() -> None:
    """The middle of several runs is near the middle of several whole campaigns, where nothing is left."""
    off = []
    for seed in range(1, 8):
        found, times = drawn(seed)
        said = answer(found.inputs(), times, "as written", None, 20, 1, EMIT).variant
        if said.ends.p50 is not None and not said.endless:
            ends = [JUDGE(found, times, Draws(times, f"judge {n}")).end() for n in range(3)]
            off.append(abs(said.ends.p50 / median(ends) - 1))
    assert len(off) >= 3
    assert median(off) <= OWN, off


@pytest.mark.parametrize(
    "breaking", [{"rounds": 1}, {"every": 7200.0}, {"at_once": 1}], ids=lambda b: next(iter(b))
)
def test_a_forecast_with_other_rules_is_told_apart(breaking: dict[str, float]) -> None:
    ends = []
    for seed in range(6):
        found, times = drawn(seed)
        graph = extract(judged(found.inputs(times=times)), EMIT)
        draws = Draws(times, "one")
        other = times if "rounds" in breaking else replace(times, **breaking)  # type: ignore[arg-type]
        rounds = int(breaking.get("rounds", 5))
        ends.append(
            (
                Run(graph, draws, times).whole().trace.end(),
                Run(graph, draws, other, rounds=rounds).whole().trace.end(),
            )
        )
    assert any(one != other for one, other in ends)
