"""What measured figures propose: never below what was seen, and never for groups that were sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.model.advice import Asked, Terms
from cmcompile.model.cause import Cause
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.stats import Ran
from cmcompile.model.usage import Measured, QuantumUsage, task_usage
from cmcompile.plan.advice import Ground, advise

DAY = "2026-11-{:02}T08:00:00Z"


def ran(group: str, peaks: Mapping[str, int], days: int = 0, failed: int = 0, quanta: int = 30) -> Ran:
    one = QuantumUsage(DAY.format(1), DAY.format(1 + days), 1000, 2000, 1)
    tasks = tuple(
        task_usage(task, quanta, [replace(one, memory=peak)] * quanta) for task, peak in peaks.items()
    )
    outcome = Outcome(tuple(TaskOutcome(task, quanta, quanta - failed, failed) for task in peaks))
    return Ran("s", group, "w00", "succeeded", DAY.format(1), outcome, Measured("butler", tasks))


def ground(*some: Ran, now: int = 4096, unsent: tuple[str, ...] = (), size: int = 10) -> Ground:
    sizes = {**{one.group: size for one in some}, **dict.fromkeys(unsent, size)}
    path = ("cluster", "both", "requestMemory")
    return Ground("s", some, lambda _: Asked(path, now), sizes, (size, ("split", 0, "size")), unsent)


def test_more_memory_than_was_seen_is_asked_for_with_the_evidence() -> None:
    [one] = advise([ground(ran("1", {"isr": 5000}), unsent=("2",))], Terms()).advice
    assert (one.keys, one.now, one.value) == (("bps", "cluster", "both", "requestMemory"), 4096, 6400)
    assert one.because == (
        "isr had up to 5,000 MiB, 95 % of its quanta up to 5,000: 30 of 30 quanta of 1 workflow were read"
    )
    assert one.groups == ("2",)


def test_what_a_quantum_had_that_failed_counts_where_it_is_known() -> None:
    some = ran("1", {"isr": 3000}, failed=1)
    assert some.outcome is not None
    failure = Failure(Quantum("isr", "visit=1"), Fault.FAILED, "killed", Cause("pilot", 1305, memory=7000))
    some = replace(some, outcome=replace(some.outcome, failures=(failure,)))
    [one] = advise([ground(some)], Terms()).advice
    assert (one.value, one.because[-26:]) == (8960, "; one that failed had 7,000"[-26:])


def test_tasks_that_share_a_cluster_need_what_the_largest_needs() -> None:
    [one] = advise([ground(ran("1", {"isr": 1000, "calibrate": 5000}))], Terms()).advice
    assert (one.value, one.because[:9]) == (6400, "calibrate")


def test_where_all_groups_were_sent_it_is_for_the_next_campaign() -> None:
    [one] = advise([ground(ran("1", {"isr": 5000}))], Terms()).advice
    assert (one.groups, one.none_left) == ((), True)


@pytest.mark.parametrize(
    ("some", "why"),
    [
        (ran("1", {"isr": 1000}, failed=1), "quanta of isr failed"),
        (replace(ran("1", {"isr": 1000}), outcome=None), "failed or may have"),
        (ran("1", {"isr": 1000}, quanta=19), "fewer than 20 quanta"),
    ],
)
def test_less_is_not_asked_for_in_doubt(some: Ran, why: str) -> None:
    found = advise([ground(some)], Terms())
    assert not found.advice
    assert why in found.kept[0].text


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.floats(1, 4), st.integers(1, 4096))
def test_it_is_never_below_what_was_seen(peak: int, now: int, margin: float, multiple: int) -> None:
    found = advise([ground(ran("1", {"isr": peak}), now=now)], Terms(margin, multiple))
    for one in found.advice:
        assert one.value >= peak
        assert one.value % multiple == 0
        assert one.value != now


def test_groups_that_take_longer_than_a_day_are_to_be_smaller() -> None:
    found = advise([ground(ran("1", {"isr": 3000}, days=2), unsent=("2",))], Terms())
    [caution] = found.cautions
    assert caution.text.startswith("a group is expected to take 48.0 h, more than 24 h: s/1@w00 took 48.0 h")
    [one] = [a for a in found.advice if a.keys[0] == "split"]
    # 4.8 h for each id: four of them take 19.2 h, which is 80 % of a day.
    assert (one.keys, one.now, one.value, one.none_left) == (("split", 0, "size"), 10, 4, False)


def test_a_larger_size_that_is_declared_now_is_warned_of() -> None:
    base = ground(ran("1", {"isr": 3000}, days=1), unsent=("2",))
    assert not advise([base], Terms(hours=25)).cautions
    larger = replace(base, size=(20, ("split", 0, "size")))
    assert "48.0 h" in advise([larger], Terms(hours=25)).cautions[0].text


def test_without_a_size_there_is_the_warning_alone() -> None:
    found = advise([replace(ground(ran("1", {"isr": 3000}, days=2)), size=None)], Terms())
    assert found.cautions
    assert not [a for a in found.advice if a.keys[0] == "split"]


def test_rescues_and_restarts_say_nothing_of_the_length_of_a_group() -> None:
    some = [ran("fix.1", {"isr": 3000}, days=2), replace(ran("1", {"isr": 3000}, days=2), restarts=1)]
    assert not advise([ground(*some)], Terms()).cautions


def test_nothing_measured_is_nothing_said() -> None:
    found = advise([ground(replace(ran("1", {"isr": 1}), measured=None))], Terms())
    assert (found.advice, found.cautions, found.kept) == ((), (), ())
