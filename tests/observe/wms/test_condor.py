"""What the jobs of DAGMan say of their runs; their attributes are those of real pools (23.9.6)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from contracts.condor_runs import NO_POOL

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.wms.condor import SERVICE, CondorRuns, run_of
from cmcompile.observe.wms.plugin import NotToldError
from cmcompile.observe.wms.systems import Systems

ROOT = Path(__file__).parents[3]
ENDED: dict[str, Any] = {
    "ClusterId": 12,
    "ProcId": 0,
    "GlobalJobId": "127-0-0-1.local#12.0#1795186099",
    "Iwd": "/home/worker/work/w1/submit/u/tiny/step1/1/w01-cccccc",
    "JobStatus": 4,
    "EnteredCurrentStatus": 1795186199,
    "ExitCode": 1,
    "ExitBySignal": False,
    "DAG_Status": 2,
    "DAG_NodesDone": 5,
    "DAG_NodesFailed": 2,
    "DAG_NodesFutile": 1,
    "bps_run": "u_tiny_step1_1_w01-cccccc",
    "bps_job_summary": "pipetaskInit:1;measure:4;gather:2;finalJob:1",
}
WELL = {"ExitCode": 0, "DAG_Status": 0, "DAG_NodesDone": 8, "DAG_NodesFailed": 0, "DAG_NodesFutile": 0}


@pytest.mark.parametrize(
    ("queued", "more", "state", "word"),
    [
        (False, {}, "partial", "COMPLETED (exit code 1, DAG status 2)"),
        (False, {"DAG_NodesDone": 1}, "failed", "COMPLETED (exit code 1, DAG status 2)"),
        (False, WELL, "succeeded", "COMPLETED"),
        (False, {**WELL, "DAG_Status": 3}, "partial", "COMPLETED (DAG status 3)"),
        (False, {**WELL, "ExitBySignal": True, "ExitSignal": 9}, "partial", "COMPLETED (signal 9)"),
        (False, {"JobStatus": 3}, "cancelled", "REMOVED"),
        (True, {"JobStatus": 3}, "running", "REMOVED, still in the queue"),
        (True, {"JobStatus": 1}, "submitted", "IDLE"),
        (True, {"JobStatus": 2}, "running", "RUNNING"),
        (True, {"JobStatus": 5}, "held", "HELD"),
        (True, {"JobStatus": 6}, "running", "TRANSFERRING_OUTPUT"),
        (True, {"JobStatus": 7}, "running", "SUSPENDED"),
    ],
)
def test_states(queued: bool, more: dict[str, Any], state: str, word: str) -> None:
    seen = run_of(ENDED | more, queued)
    assert (seen.run_id, seen.name, seen.state, seen.wms_state) == (
        "12.0",
        "u_tiny_step1_1_w01-cccccc",
        state,
        word,
    )
    assert seen.changed == f"{word} {state} 1795186199"


def test_a_run_that_dagman_never_began_has_failed() -> None:
    bare = {key: value for key, value in ENDED.items() if not key.startswith("DAG_")}
    assert run_of(bare, queued=False).state == "failed"


@pytest.mark.parametrize("more", [{"JobStatus": 0}, {"JobStatus": 17}, {"bps_run": ""}])
def test_what_does_not_say_enough_is_not_told(more: dict[str, Any]) -> None:
    with pytest.raises(NotToldError):
        run_of(ENDED | more, queued=False)


class Pool(CondorRuns):
    """Runs whose jobs are given: those of the queue, and those of the history."""

    def __init__(self, queue: Iterable[dict[str, Any]], history: Iterable[dict[str, Any]]) -> None:
        super().__init__(SimpleNamespace(cancel=self._cancel))
        self.queue, self.history = list(queue), list(history)
        self.cancelled: list[str] = []
        self.answer = (True, "")

    def _ads(self) -> dict[str, tuple[dict[str, Any], bool]]:  # type: ignore[override]
        return {f"{ad['ClusterId']}.0": (ad, queued) for ad, queued in self._both()}

    def _both(self) -> Iterator[tuple[dict[str, Any], bool]]:
        yield from ((ad, True) for ad in self.queue)
        yield from ((ad, False) for ad in self.history)

    def _cancel(self, run_id: str, _: None) -> tuple[bool, str]:
        self.cancelled.append(run_id)
        return self.answer


def test_a_restart_is_a_run_of_its_own() -> None:
    later = ENDED | {"ClusterId": 19, "JobStatus": 2}
    pool = Pool([later], [ENDED])
    assert [(run.run_id, run.state) for run in pool.find(["u_tiny_step1_1_w"])] == [
        ("19.0", "running"),
        ("12.0", "partial"),
    ]
    assert [run.state for run in pool.look(["12.0"])] == ["partial"]
    assert pool.look(["12", "12.1", "012.0", "nan", "inf"]) == []


def test_a_run_without_a_name_is_told_by_its_place() -> None:
    nameless = {key: value for key, value in ENDED.items() if key != "bps_run"}
    pool = Pool([], [nameless])
    assert pool.find(["u_other_step1_1_w"]) == []
    with pytest.raises(NotToldError, match="no name"):
        pool.find(["u_tiny_step1_1_w"])


def test_only_a_live_run_that_is_shown_is_removed() -> None:
    live, going = ENDED | {"ClusterId": 1, "JobStatus": 2}, ENDED | {"ClusterId": 2, "JobStatus": 3}
    pool = Pool([live, going], [ENDED])
    with pytest.raises(NotToldError, match="neither queue nor history"):
        pool.cancel("3.0")
    pool.cancel("2.0")
    pool.cancel("12.0")
    assert pool.cancelled == []
    pool.cancel("1.0")
    assert pool.cancelled == ["1.0"]
    pool.answer = (False, "you may not")
    with pytest.raises(NotToldError, match="you may not"):
        pool.cancel("1.0")


@pytest.mark.service("lsst")
def test_where_there_is_no_pool_there_is_no_answer() -> None:
    with Systems(environ={**os.environ, "PYTHONPATH": str(ROOT), **NO_POOL}) as wms:
        where = WmsRef(SERVICE)
        answers = (wms.find(where, ["p/"]), wms.look(where, ["2.0"]), wms.cancel(where, "2.0"))
    assert all(isinstance(answer, NoAnswer) and answer.why for answer in answers)
