"""How what became of a quantum in each run is put together; no Butler is needed."""

from __future__ import annotations

import pytest

from cmcompile.model.outcome import Fault, Outcome, Quantum, TaskOutcome
from cmcompile.observe.butler.attempts import Attempts, End, outcome_of

OLD, NEW, LATER = "u/w00", "u/w01", "u/w02"
S, F, B, U, W = End.SUCCESSFUL, End.FAILED, End.BLOCKED, End.UNKNOWN, End.WONKY


def quantum(number: int, task: str = "isr") -> Quantum:
    return Quantum(task, f"detector={number}")


def outcome(*ends: dict[str, End], runs: tuple[str, ...] = (NEW,), mixed: tuple[str, ...] = ()) -> Outcome:
    attempts = [Attempts(quantum(n), one, mixed) for n, one in enumerate(ends)]
    return outcome_of(attempts, ("isr",), runs, lambda q, run: f"{q.data_id} in {run}")


def test_each_end_is_counted_where_it_belongs() -> None:
    found = outcome(*({NEW: end} for end in (S, S, F, B, U, W)))
    assert found.tasks == (TaskOutcome("isr", 6, 2, 1, 1, 2),)
    faults = {f.quantum.data_id: (f.fault, f.message) for f in found.failures}
    assert faults["detector=2"] == (Fault.FAILED, "detector=2 in u/w01")
    assert faults["detector=3"] == (Fault.BLOCKED, "")
    assert [faults[f"detector={n}"][0] for n in (4, 5)] == [Fault.OTHER, Fault.OTHER]


@pytest.mark.parametrize("former", [F, B, U, W])
def test_whatever_was_not_there_is_cleared(former: End) -> None:
    assert outcome({OLD: former, NEW: S}).cleared == (quantum(0),)
    assert outcome({OLD: former, NEW: former}).cleared == ()


def test_only_what_was_not_there_is_cleared() -> None:
    assert outcome({OLD: S, NEW: S}, {NEW: S}, {OLD: F}).cleared == ()
    assert outcome({OLD: S, NEW: F}).cleared == ()


def test_caveats_are_counted_of_what_succeeded_in_the_run_that_counts() -> None:
    said = {(quantum(0), NEW): "A", (quantum(1), NEW): "A", (quantum(2), OLD): "B", (quantum(3), NEW): "C"}
    ends = [{NEW: S}, {OLD: F, NEW: S}, {OLD: S, NEW: S}, {NEW: F}]
    attempts = [Attempts(quantum(n), one) for n, one in enumerate(ends)]
    found = outcome_of(attempts, ("isr",), (NEW,), lambda *_: "", lambda q, run: said.get((q, run), ""))
    assert found.tasks == (TaskOutcome("isr", 4, 3, 1, caveats={"A": 2}),)


def test_what_is_not_counted_counts_for_nothing() -> None:
    assert outcome({OLD: F}, {OLD: S}) == Outcome()


def test_the_newest_run_that_has_it_counts() -> None:
    found = outcome({OLD: F, NEW: S}, {OLD: S, LATER: F}, runs=(OLD, NEW, LATER))
    assert [f.quantum for f in found.failures] == [quantum(1)]
    assert found.cleared == (quantum(0),)
    assert found.failures[0].message == "detector=1 in u/w02"


def test_outputs_of_two_runs_are_no_success_and_clear_nothing() -> None:
    found = outcome({OLD: F, NEW: S}, mixed=(OLD, NEW))
    assert found.cleared == ()
    assert [(f.fault, f.message) for f in found.failures] == [
        (Fault.OTHER, "its outputs are of several runs: u/w00, u/w01")
    ]


def test_tasks_are_in_the_order_of_the_pipeline_and_have_quanta() -> None:
    attempts = [Attempts(quantum(1, task), {NEW: S}) for task in ("a", "b")]
    found = outcome_of(attempts, ("b", "none", "a"), (NEW,), lambda *_: "")
    assert [task.task for task in found.tasks] == ["b", "a"]
