"""Which failed job was whose, from what the monitor shows."""

from __future__ import annotations

from cmcompile.model.cause import Cause
from cmcompile.model.diagnosed import JobCount
from cmcompile.model.jobs import Details, JobError, JobSeen, TaskSeen
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.reconcile.causes import causes, counted, failed_jobs, unclear


def task(label: str, failed: int = 1, state: str = "partial") -> TaskSeen:
    return TaskSeen(f"t-{label}", "5", f"run_01_{label}_01_5_9", label, state, state, 9, 8, failed)


def job(id_: int, label: str, code: int = 137, attempt: int = 1, **more: object) -> JobSeen:
    errors = (JobError("transform", code), JobError("pilot", 1305, f"Non-zero exit code {code}"))
    known = {"site": "SLAC", "name": f"{label}.{id_}", "max_rss": 2048.0, "errors": errors, **more}
    return JobSeen(str(id_), f"t-{label}", "5", status="failed", state="failed", attempt=attempt, **known)  # type: ignore[arg-type]


def failed(label: str, *data_ids: str, fault: Fault = Fault.FAILED) -> tuple[Failure, ...]:
    return tuple(Failure(Quantum(label, data_id), fault) for data_id in data_ids)


def outcome(*failures: Failure) -> Outcome:
    return Outcome((TaskOutcome("isr", 9, 9 - len(failures), len(failures)),), failures)


def test_the_only_job_was_that_of_the_only_failure() -> None:
    details = Details((task("isr"),), (job(1, "isr"), job(2, "isr", attempt=2, name="isr.1", max_rss=4e6)))
    jobs = failed_jobs(details, "5")
    [found] = causes(outcome(*failed("isr", "detector=1 visit=7")), jobs, {})
    assert found.cause == Cause("transform", 137, "SLAC", 2, 3907, "")
    assert found.message == "pilot 1305: Non-zero exit code 137"
    assert counted(jobs) == (JobCount("isr", 1, "transform", 137, "SLAC"),)
    assert failed_jobs(details, "6") == ()


def test_inputs_tell_jobs_apart() -> None:
    """As BPS names them: a node's id, the label, then the data id; its plugin puts more around that."""
    details = Details((task("isr", 2),), (job(1, "isr"), job(2, "isr", 139), job(3, "isr", 1)))
    found = outcome(
        *failed("isr", "detector=1 instrument='X' visit=7", "detector=11 visit=7", "detector=3 visit=7")
    )
    jobs = failed_jobs(details, "5")
    assert {one.last.job_id for one in unclear(found, jobs)} == {"1", "2", "3"}
    inputs = {
        "1": "000004:0aef-1_isr_7_11+qgraphNodeId:+qgraphId:",
        "2": "isr_7_1+qgraphNodeId:",
    }
    told = {one.quantum.data_id: one.cause.code for one in causes(found, jobs, inputs)}
    assert told == {"detector=11 visit=7": 137, "detector=1 instrument='X' visit=7": 139}


def test_what_all_jobs_of_a_task_say_is_so_of_each() -> None:
    jobs = failed_jobs(Details((task("isr", 2),), (job(1, "isr"), job(2, "isr", site="IN2P3"))), "5")
    two = outcome(*failed("isr", "visit=1", "visit=2"), *failed("isr", "visit=3", fault=Fault.BLOCKED))
    assert [one.cause for one in causes(two, jobs, {})] == [Cause("transform", 137, "", 1)] * 2
    # One more failed than there were jobs: that one had another reason, and nobody knows which it is.
    assert causes(outcome(*failed("isr", "visit=1", "visit=2", "visit=3")), jobs, {}) == ()


def test_a_task_without_failures_had_jobs_that_were_tried_again() -> None:
    jobs = failed_jobs(Details((task("isr", 0, "succeeded"),), (job(1, "isr"),)), "5")
    assert causes(outcome(*failed("isr", "visit=1")), jobs, {}) == ()
    assert counted(jobs) == (JobCount("isr", 1, "transform", 137, "SLAC"),)


def test_the_label_of_a_cluster_is_no_task() -> None:
    jobs = failed_jobs(Details((task("both"),), (job(1, "both"),)), "5")
    assert causes(outcome(*failed("isr", "visit=1")), jobs, {}) == ()
    assert unclear(outcome(*failed("isr", "visit=1")), jobs) == ()


def test_a_right_to_read_is_not_kept_with_an_address() -> None:
    signed = "https://logs.test/1/pilotlog.txt?X-Amz-Signature=4711#a"
    [one] = failed_jobs(Details((task("isr"),), (job(1, "isr", log=signed),)), "5")
    assert one.cause.log == "https://logs.test/1/pilotlog.txt"
