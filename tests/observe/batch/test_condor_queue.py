"""What HTCondor says of jobs; the attributes are those of a real pool (23.9.6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from batch_systems import CONDOR, Answers

from cmcompile.model.batch import JobState
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.commands import Said
from cmcompile.observe.batch.htcondor import CondorQueue
from cmcompile.observe.batch.queue import Cluster

TOTALS = (
    "\n\n-- Schedd: pool.local : <127.0.0.1:19618?... @ 11/21/26 01:01:11\n"
    "Total for query: {n} jobs; 0 completed, 0 removed, {n} idle, 0 running, 0 held, 0 suspended \n"
)
OF_MACHINE = "Error from slot1_2@pool.local: memory usage exceeded request_memory"
GIVEN_UP = "The job attribute PeriodicRemove expression '(JobStatus == 5) && …' evaluated to TRUE"


def ad(job: int = 1, status: int = 2, **more: Any) -> dict[str, Any]:
    head = {"ClusterId": 7, "ProcId": job - 1, "JobBatchName": "c_g_w00", "Args": f"g.sh {job}"}
    return {**head, "JobStatus": status, **more}


def queue(*ads: dict[str, Any], text: str | None = None, totals: str | None = None) -> CondorQueue:
    said = "" if not ads else json.dumps(list(ads))
    totals = TOTALS.format(n=len(ads)) if totals is None else totals
    answers = Answers({"condor_history": Said(0, said if text is None else text)})

    def condor_q() -> Said:
        asked = answers.asked[-1]
        return Said(0, totals if "-totals" in asked else said if text is None else text)

    answers.by_program["condor_q"] = condor_q
    return CondorQueue(answers)


def one(found: object) -> Any:
    assert isinstance(found, dict), found
    (run,) = found.values()
    (fact,) = run.jobs.values()
    return fact


@pytest.mark.parametrize(
    ("ad", "state", "word"),
    [
        (ad(status=1), JobState.WAITING, "IDLE"),
        (ad(status=1, NumJobStarts=2), JobState.WAITING, "IDLE"),
        (ad(status=2, NumJobStarts=1), JobState.RUNNING, "RUNNING"),
        (ad(status=6), JobState.RUNNING, "TRANSFERRING_OUTPUT"),
        (ad(status=7), JobState.RUNNING, "SUSPENDED"),
        (ad(status=5, HoldReasonCode=1, HoldReason="via condor_hold"), JobState.HELD, "HELD"),
        # Its processes may still be there.
        (ad(status=3), JobState.RUNNING, "REMOVED"),
        # In the queue still, as some pools keep jobs that have ended.
        (ad(status=4, ExitBySignal=False, ExitCode=0), JobState.SUCCEEDED, "COMPLETED"),
    ],
)
def test_in_the_queue(ad: dict[str, Any], state: JobState, word: str) -> None:
    fact = one(queue(ad).shown(CONDOR, lambda run_id, name: True))
    assert (fact.state, fact.word, fact.job) == (state, word, 1)


@pytest.mark.parametrize(
    ("more", "state", "exit_", "reason"),
    [
        ({"JobStatus": 4, "ExitBySignal": False, "ExitCode": 0}, JobState.SUCCEEDED, 0, ""),
        ({"JobStatus": 4, "ExitBySignal": False, "ExitCode": 3}, JobState.FAILED, 3, ""),
        ({"JobStatus": 4, "ExitBySignal": True, "ExitSignal": 9}, JobState.FAILED, 137, ""),
        (
            {"JobStatus": 3, "RemoveReason": "via condor_rm (by user worker)"},
            JobState.REMOVED,
            None,
            "via condor_rm (by user worker)",
        ),
        (
            {"LastHoldReasonCode": 21, "LastHoldReason": OF_MACHINE, "RemoveReason": GIVEN_UP},
            JobState.MEMORY,
            None,
            OF_MACHINE,
        ),
        ({"HoldReasonCode": 34, "HoldReason": "m", "RemoveReason": GIVEN_UP}, JobState.MEMORY, None, "m"),
        ({"HoldReasonCode": 47, "HoldReason": "t", "RemoveReason": GIVEN_UP}, JobState.TIMEOUT, None, "t"),
        # It was released since it was held, and a person took it out.
        (
            {"LastHoldReasonCode": 34, "LastHoldReason": "m", "RemoveReason": "via condor_rm"},
            JobState.REMOVED,
            None,
            "via condor_rm",
        ),
        (
            {"LastHoldReasonCode": 21, "LastHoldReason": "disk", "RemoveReason": GIVEN_UP},
            JobState.REMOVED,
            None,
            GIVEN_UP,
        ),
    ],
)
def test_in_the_history(more: dict[str, Any], state: JobState, exit_: int | None, reason: str) -> None:
    fact = one(queue(ad(status=3) | more).past(CONDOR, ["7"]))
    assert (fact.state, fact.exit, fact.reason) == (state, exit_, reason)


def test_the_number_of_a_job_is_its_last_argument() -> None:
    found = queue(ad(3), ad(12), ad(1, Args="by hand")).shown(CONDOR, lambda run_id, name: True)
    assert not isinstance(found, NoAnswer)
    assert set(found["7"].jobs) == {3, 12, 0}


def test_an_empty_queue_says_that_it_is_empty() -> None:
    assert queue().shown(CONDOR, lambda run_id, name: True) == {}
    assert queue(text="[\n]\n").shown(CONDOR, lambda run_id, name: True) == {}
    for totals in ("", TOTALS.format(n=3)):
        assert isinstance(queue(totals=totals).shown(CONDOR, lambda run_id, name: True), NoAnswer)


@pytest.mark.parametrize(
    "text", ['[{"ClusterId": 7', "All queues are empty", '{"ClusterId": 7}', "[7]", "[" * 9999]
)
def test_what_is_odd_is_no_answer(text: str) -> None:
    assert isinstance(queue(text=text).shown(CONDOR, lambda run_id, name: True), NoAnswer)
    assert isinstance(queue(text=text).past(CONDOR, ["7"]), NoAnswer)


def test_a_state_that_is_not_known_is_no_answer_for_ours() -> None:
    found = queue(ad(status=9)).shown(CONDOR, lambda run_id, name: name == "c_g_w00")
    assert isinstance(found, NoAnswer)
    assert queue(ad(status=9)).shown(CONDOR, lambda run_id, name: False) == {}


def test_the_schedd_is_named() -> None:
    assert queue().cluster(CONDOR) == Cluster("pool.local")
    assert isinstance(queue(totals="").cluster(CONDOR), NoAnswer)
