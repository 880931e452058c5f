"""A forecast is held against whole campaigns, carried out by the real reconcile in the simulator."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from statistics import median

import pytest
from forecast_campaigns import (
    START,
    Made,
    made,
    policed,
    random_campaign,
    random_policy,
    random_times,
)
from real_reconcile import Before, Simulated

from cmcompile.plan.standing import judged
from cmcompile.sim.forecast.extract import extract
from cmcompile.sim.forecast.forecast import answer
from cmcompile.sim.forecast.groups import Is
from cmcompile.sim.forecast.policies import Policies
from cmcompile.sim.forecast.run import Drawing, Run
from cmcompile.sim.forecast.times import Drawn, Draws, Times
from cmcompile.version import EMIT

CAMPAIGNS, POLICED, PART = 50, 20, 10
#: As far as a forecast with the same draws may be off, and one with draws of its own.
SAME, OWN = 0.05, 0.1


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


@pytest.mark.parametrize("first", range(0, CAMPAIGNS, PART))
def test_the_end_is_that_of_the_real_reconcile(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    off = []
    for seed in range(first, first + PART):
        found, times = drawn(seed)
        draws = Draws(times, "one")
        real = Simulated(found, times, draws)
        end = real.end()
        told, left = quick(found, times, draws)
        assert abs(told / end - 1) <= SAME, (seed, told, end)
        assert set(left) == set(real.unfinished), seed
        off.append(abs(told / end - 1))
    told_off = f"off by {max(off):.2%} at the worst, {median(off):.2%} in the median"
    record_property("told", f"forecasts of the campaigns {first:02} to {first + PART - 1:02}: {told_off}")


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
    """What happens to workflows, where those under way end as they really do."""

    def __init__(self, draws: Drawing, before: Before) -> None:
        self._draws, self._before = draws, before

    def of(self, key: tuple[str, str], attempt: int, size: float, *, part: bool = False) -> Drawn:
        return self._draws.of(key, attempt, size, part=part)

    def rest(
        self, key: tuple[str, str], attempt: int, size: float, passed: float, *, part: bool = False
    ) -> Drawn:
        del attempt, size, passed, part
        ends, drawn = self._before.ends[key]
        return replace(drawn, duration=ends - self._before.now)


class _Alike:
    """The same for all rescues of a group that a policy has written, by whatever name they go."""

    def __init__(self, draws: Draws) -> None:
        self._draws = draws

    def of(self, key: tuple[str, str], attempt: int, size: float, *, part: bool = False) -> Drawn:
        if key[1].startswith("rescue"):
            key, size = (key[0], f"rescue.{key[1].partition('.')[2]}"), 1.0
        return self._draws.of(key, attempt, size, part=part)

    def rest(
        self, key: tuple[str, str], attempt: int, size: float, passed: float, *, part: bool = False
    ) -> Drawn:
        raise AssertionError("nothing runs when it begins")


def by_policy(seed: int) -> tuple[Made, Times]:
    """Return a random campaign under a random policy, and its durations."""
    random = Random(seed)
    found = made(random_campaign(random, "careful"), random_policy(random))
    return found, policed(random_times(random, [step.name for step in found.result.spec.steps]))


@pytest.mark.parametrize("first", range(200, 200 + POLICED, PART))
def test_what_policies_do_is_that_of_the_real_reconcile(
    first: int, record_property: Callable[[str, object], None]
) -> None:
    off = []
    for seed in range(first, first + PART):
        found, times = by_policy(seed)
        draws = _Alike(Draws(times, "one"))
        real = Simulated(found, times, draws)
        end = real.end()
        told, some = quick(found, times, draws)
        assert set(some) == set(real.unfinished), seed
        assert abs(told / end - 1) <= SAME, (seed, told, end)
        off.append(abs(told / end - 1))
        for before in (b for b in real.before if b.now < end):
            later, left = goes_on(before, times, draws)
            assert left == set(real.unfinished), (seed, before.now)
            assert abs(later - end) <= SAME * end, (seed, before.now, later, end)
    told_off = f"off by {max(off):.2%} at the worst, {median(off):.2%} in the median"
    record_property("told", f"campaigns {first} to {first + PART - 1} under policies: {told_off}")


def test_policies_have_much_to_do_there() -> None:
    """Groups and rescues of both sorts are sent again, rescues are written, and some wait for others."""
    seen: Counter[str] = Counter()
    for seed in range(200, 200 + POLICED):
        found, times = by_policy(seed)
        graph = extract(judged(found.inputs(times=times)), EMIT)
        run = Run(graph, _Alike(Draws(times, "one")), times).whole()
        sent: set[int] = set()
        for one in run.trace.sent:
            node = graph.nodes[one.node]
            words = "written" if node.unwritten else "declared" if node.rescue else "first"
            seen[f"{words} again" if one.node in sent else words] += 1
            sent.add(one.node)
        seen["second rescue"] += sum(
            sum(graph.nodes[r].unwritten and r in sent for r in node.rescuers) > 1 for node in graph.nodes
        )
        seen["person"] += sum(state is Is.PERSON for state in run.state)
    for what in ("first again", "declared again", "written", "written again", "second rescue", "person"):
        assert seen[what] >= 3, seen


@pytest.mark.parametrize("broken", ["_goes_on", "_lasts", "retries", "rescued", "_left_to"])
def test_a_forecast_of_other_policies_is_told_apart(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pace of rescues, budgets, retries, written rescues or rescues sent again, ends differ."""

    def ends() -> list[tuple[float, list[str]]]:
        some = [by_policy(seed) for seed in range(200, 200 + POLICED)]
        return [quick(found, times, _Alike(Draws(times, "one"))) for found, times in some]

    usual = ends()
    otherwise = broken == "_lasts"
    monkeypatch.setattr(Policies, broken, lambda *_: otherwise)
    assert ends() != usual


@pytest.mark.parametrize("seed", range(100, 110))
def test_it_goes_on_from_any_ledger(seed: int) -> None:
    found, times = drawn(seed)
    draws = Draws(times, "one")
    real = Simulated(found, times, draws)
    whole = real.end()
    for part in (0.1, 0.4, 0.7, 0.9):
        before = next(b for b in real.before if b.now >= part * whole)
        end, left = goes_on(before, times, draws)
        assert left == set(real.unfinished), part
        assert abs(end / whole - 1) <= SAME, (part, end, whole)


def goes_on(before: Before, times: Times, draws: Drawing) -> tuple[float, set[str]]:
    """Return what a forecast says that begins in the middle of a campaign: its end, and what is left."""
    now = START + timedelta(seconds=before.now)
    graph = extract(judged(before.made.inputs(before.state, now, times)), EMIT)
    run = Run(graph, _Rest(draws, before), times).whole()
    left = {n.name for n, state in zip(graph.nodes, run.state, strict=True) if state is not Is.GOOD}
    return run.trace.end() + before.now, {name for name in left if "." not in name}


def test_draws_of_its_own_are_near_too() -> None:
    """The middle of several runs is near the middle of several whole campaigns, where nothing is left."""
    off = []
    for seed in range(1, 8):
        found, times = drawn(seed)
        said = answer(found.inputs(), times, "as written", None, 20, 1, EMIT).variant
        if said.ends.p50 is not None and not said.endless:
            ends = [Simulated(found, times, Draws(times, f"real {n}")).end() for n in range(3)]
            off.append(abs(said.ends.p50 / median(ends) - 1))
    assert len(off) >= 3
    assert median(off) <= OWN, off


class _Fixed:
    """Durations by step and group."""

    def __init__(self, hours: dict[str, float]) -> None:
        self._hours = hours

    def of(self, key: tuple[str, str], attempt: int, size: float, *, part: bool = False) -> Drawn:
        del attempt, size, part
        return Drawn(600.0, 3600 * self._hours.get("/".join(key), 5.0), good=True)

    def rest(
        self, key: tuple[str, str], attempt: int, size: float, passed: float, *, part: bool = False
    ) -> Drawn:
        raise AssertionError("nothing runs when it begins")


def test_what_is_accepted_lets_others_go_before_anything_is_sent() -> None:
    """What a pass accepts and collects lets a group go that gets the place before those ready already."""
    found = made(
        "limits: {running: 2}\n"
        "steps:\n"
        "  a: {collect: u/a, split: [{by: tract, values: 1..4}]}\n"
        "  b: {needs: {a: same}, priority: 1, split: [{by: tract, values: 1..4}]}\n"
    )
    draws, times = _Fixed({"a/1": 2}), Times()
    real = Simulated(found, times, draws)
    end = real.end()
    sent = ["/".join(key) for key in real.before[-1].ends]
    assert sent[:3] == ["a/1", "a/2", "b/1"]
    assert quick(found, times, draws)[0] == end


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
