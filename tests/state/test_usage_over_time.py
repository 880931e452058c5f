"""How many quanta ran when, and how long they took, from a sample of a task."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cmcompile.ledger.codec import encode
from cmcompile.model.event import Draft, Measured, Subject
from cmcompile.model.stamp import stamp
from cmcompile.model.usage import BINS, FEW, QuantumUsage, task_usage

BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)


def quantum(start: int, seconds: int) -> QuantumUsage:
    begun = BEGIN + timedelta(seconds=start)
    return QuantumUsage(stamp(begun), stamp(begun + timedelta(seconds=seconds)), 1, 1000 * seconds)


def test_a_pause_between_two_is_seen() -> None:
    found = task_usage("isr", 2, [quantum(0, 50), quantum(150, 50)])
    assert found.running == (100,) * 5 + (0,) * 10 + (100,) * 5
    assert found.deciles == ()


def test_one_that_was_read_stands_for_others() -> None:
    found = task_usage("isr", 400, [quantum(0, 100)] * 2 + [quantum(0, 50)] * 2)
    assert found.running == (40000,) * 10 + (20000,) * 10


def test_what_takes_less_than_a_second_has_no_course() -> None:
    assert task_usage("isr", 1, [quantum(5, 0)]).running == ()


def test_deciles() -> None:
    found = task_usage("isr", 101, [quantum(0, n) for n in range(101)])
    assert found.deciles == tuple(range(10_000, 100_000, 10_000))


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 5000)), min_size=1, max_size=200))
def test_the_course_holds_all_of_the_time(times: list[tuple[int, int]]) -> None:
    sample = [quantum(*one) for one in times]
    found = task_usage("isr", len(sample), sample)
    whole = max(a + b for a, b in times) - min(a for a, _ in times)
    if not whole:
        assert found.running == ()
        return
    assert len(found.running) == BINS
    assert all(0 <= one <= 100 * len(sample) for one in found.running)
    taken = sum(found.running) / 100 * whole / BINS
    assert abs(taken - sum(b for _, b in times)) <= whole / 100 + 1
    assert len(found.deciles) == (9 if len(sample) >= FEW else 0)
    assert list(found.deciles) == sorted(found.deciles)


def test_an_event_stays_small() -> None:
    """A hundred tasks of long quanta: at most 1,000 bytes for each."""
    sample = [quantum(40 * n, 80_000 + n) for n in range(200)]
    tasks = tuple(task_usage(f"someLongTaskName{n}", 152_000, sample) for n in range(100))
    draft = Draft(Subject("s", "1", "w00"), "0" * 16, stamp(BEGIN), "CI", Measured("butler", tasks), "1" * 16)
    data = encode(draft)
    assert json.loads(data)["kind"] == "measured"
    assert len(data) / 100 < 1000, len(data) / 100
