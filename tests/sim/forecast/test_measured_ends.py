"""A run in which nothing failed ended with its last quantum, and not when a pass saw that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from small_world import Small
from state_events import claimed, event

from cmcompile.model.event import Body, Event, Measured, Observed, Subject, Submitted
from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.model.stamp import stamp
from cmcompile.model.usage import QuantumUsage, task_usage
from cmcompile.plan.world import World
from cmcompile.sim.forecast.measured import kinds

BEGIN = datetime(2026, 11, 20, 8, tzinfo=UTC)


def at(seconds: float) -> str:
    return stamp(BEGIN + timedelta(seconds=seconds))


def ran(name: str, done: float, failed: int) -> list[Event]:
    """Return the events of a workflow that was submitted at 60 s, and seen to have ended at 1000 s."""
    sample = [QuantumUsage(at(70), at(done), 1, 1)]
    outcome = Outcome((TaskOutcome("isr", 4, 4 - failed, failed),))
    bodies: list[tuple[float, Body]] = [
        (0, claimed()),
        (60, Submitted("1")),
        (1000, Observed("succeeded", "done", "1", outcome)),
        (1001, Measured("butler", (task_usage("isr", 4, sample),))),
    ]
    subject = Subject("a", "all", name)
    return [event(n, body, subject=subject, time=at(when)) for n, (when, body) in enumerate(bodies, 1)]


@pytest.mark.parametrize(
    ("done", "failed", "took"), [(560, 0, 500), (560, 1, 940), (2000, 0, 940), (30, 0, 940)]
)
def test_when_a_run_ended(done: float, failed: int, took: float) -> None:
    small = Small("one")
    declaration = small.branch.read(small.state)
    world = World(declaration.inputs(small.state, BEGIN))
    events = [one for name in ("w00", "w01", "w02") for one in ran(name, done, failed)]
    kind = kinds(events, world, {})["a", False]
    assert kind.duration.draw(Random(1), 1.0) == pytest.approx(took)
