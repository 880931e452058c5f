"""Views that count, of as many runs as a campaign has."""

from __future__ import annotations

from datetime import UTC, datetime
from time import process_time

from cmcompile.model.view import Unit, Units, UnitState
from cmcompile.report.views import view_of

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def job(step: str, run: str) -> Unit:
    return Unit(step, "1", UnitState.FINISHED, ids=(("run", run),), outputs=("x",))


def test_runs_stand_in_the_order_of_steps_and_numbers() -> None:
    units = [job("event", "10"), job("calor", "3"), job("event", "9"), job("calor", "3")]
    found = view_of("runs", Units("c", tuple(units)), NOW).rows
    assert [row[:3] for row in found] == [("event", "9", 1), ("event", "10", 1), ("calor", "3", 2)]


def test_a_hundred_thousand_runs_are_counted_in_seconds() -> None:
    units = tuple(job("event", str(run)) for run in range(100_000))
    begun = process_time()
    assert len(view_of("runs", Units("c", units), NOW).rows) == 100_000
    assert process_time() - begun < 20
