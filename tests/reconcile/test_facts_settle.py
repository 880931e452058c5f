"""Whatever a ledger says and a system shows: soon nothing more is recorded, so no ledger grows for ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from state_events import WMS
from state_junk import proper

from cmcompile.apply.outside import Desk, Sources
from cmcompile.model.event import Event, Observed, Process, Subject, Submitted, WmsRef
from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.model.states import LedgerState
from cmcompile.model.wms import RunSeen
from cmcompile.reconcile.drift import drift_of_runs
from cmcompile.reconcile.facts import Facts
from cmcompile.reconcile.observe import Observation, observe
from cmcompile.state.fold import fold

#: More rounds than any chain of what follows from each other needs.
_ROUNDS = 4
_LATER = datetime(2026, 12, 1, tzinfo=UTC)


class Late:
    """A clock that stands still, long after all events."""

    def now(self) -> datetime:
        return _LATER

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


class Elsewhere:
    """A host on which nothing that the ledger names runs."""

    def __init__(self, alive: bool | None) -> None:
        self._alive = alive

    def here(self) -> Process:
        return Process("here", "boot", 1)

    def alive(self, process: Process) -> bool | None:
        return self._alive


@dataclass
class Shown:
    """A workload system that always shows the same; implements ``Wms``."""

    runs: Sequence[RunSeen] = field(default_factory=list)

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...]:
        return tuple(run for run in self.runs if run.name.startswith(tuple(prefixes)))

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> dict[str, RunSeen]:
        return {run.run_id: run for run in self.runs if run.run_id in run_ids}

    def cancel(self, where: WmsRef, run_id: str) -> None:
        raise AssertionError("nobody asked for that")

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        return f"end {run_id}"

    def settling(self, where: WmsRef) -> float:
        return 60.0


OUTCOMES = {"r1": Outcome((TaskOutcome("isr", 3, 2, 1),))}
runs = st.builds(
    RunSeen,
    st.sampled_from(["r1", "r2", "r3", "r4"]),
    st.sampled_from(["run", "prefix_w00", "prefix_w01", "other"]),
    st.sampled_from(["submitted", "running", "held", "succeeded", "partial", "failed", "cancelled"]),
    st.sampled_from(["W", "DONE"]),
    st.sampled_from(["", "m1"]),
)
shown = st.lists(runs, max_size=4, unique_by=lambda run: run.run_id)


@given(proper, shown, st.sampled_from([True, False, None]))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
def test_soon_nothing_more_is_recorded(events: list[Event], some: list[RunSeen], alive: bool | None) -> None:
    # Of two claims with runs of their own, an event can't say to which of them it belongs.
    assume(all(len(claims) < 2 for claims in _with_runs(events).values()))
    ids = (f"{number:016x}" for number in count(1 << 60))
    wms = Shown(some)
    desk = Desk("c", None, Late(), Elsewhere(alive), lambda: next(ids), "Ann <a@b>")  # type: ignore[arg-type]
    sources = Sources(desk, None, wms, None)  # type: ignore[arg-type]
    for _ in range(_ROUNDS):
        state = fold(events)
        observation = _observed(wms, state)
        list(drift_of_runs(observation, state, wms, _LATER))
        drafts = list(Facts(sources, observation).drafts(state))
        if not drafts:
            return
        at = max((event.number for event in events), default=0)
        events = [*events, *(Event(at + number, draft) for number, draft in enumerate(drafts, 1))]
    pytest.fail(f"in each pass again: {[(str(d.subject), d.body) for d in drafts]}")


def _with_runs(events: list[Event]) -> dict[Subject, set[str]]:
    """Return the claims that name runs, by their workflows."""
    found: dict[Subject, set[str]] = {}
    for event in events:
        if isinstance(event.draft.body, Submitted | Observed):
            found.setdefault(event.draft.subject, set()).add(event.draft.claim)
    return found


def _observed(wms: Shown, state: LedgerState) -> Observation:
    found = observe(wms, state)
    asked = {str(w): w.numbers for w in state.workflows()}
    return Observation(asked, {**found.runs, WMS: dict(found.runs.get(WMS, {}))}, {}, OUTCOMES)


@pytest.mark.parametrize("seconds", [-86400.0 * 3, 86400.0 * 3])
def test_a_time_that_is_far_off_is_past(seconds: float) -> None:
    """A claim that a wrong clock dated into the future would else be waited for as long."""
    desk = Desk("c", None, Late(), Elsewhere(None), lambda: "0" * 16, "Ann")  # type: ignore[arg-type]
    facts = Facts(Sources(desk, None, Shown(), None), Observation({}, {}, {}))  # type: ignore[arg-type]
    at = (_LATER + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert facts._is_past(at, timedelta(hours=3))
    assert not facts._is_past("2026-12-01T00:30:00Z", timedelta(minutes=10)), (
        "a clock may be half an hour off"
    )
