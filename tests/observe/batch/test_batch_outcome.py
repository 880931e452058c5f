"""What became of the jobs of runs, and what is said of those that failed."""

from __future__ import annotations

from pathlib import Path

from batch_systems import placed, said_end, slurm

from cmcompile.model.outcome import Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.outputs import BatchOutputs
from cmcompile.observe.batch.runs import BatchRuns


def outcome(area: Path, *runs: str, earlier: tuple[str, ...] = (), lines: tuple[str, ...] = ()) -> Outcome:
    answer = BatchOutputs(area, BatchRuns(area, slurm(*lines))).outcome(
        [f"out/g/{run}" for run in runs], [f"out/g/{run}" for run in earlier]
    )
    assert isinstance(answer, Outcome), answer
    return answer


def quantum(run: int) -> Quantum:
    return Quantum("CALO", f"run={run}")


def test_each_job_is_judged(tmp_path: Path) -> None:
    place = placed(tmp_path, "w00", 8, run_id="7", skipped=[8])
    said_end(place, 2, 3, kind="begun")
    said_end(place, 2, 3, "the wrapper's words")
    (place / "logs/3.out").write_text("a line\n\x1b[31mValueError: bad\n\n")
    lines = (
        "7 1 COMPLETED w00",
        "7 2 FAILED w00 NonZeroExitCode 768",
        "7 3 FAILED w00 NonZeroExitCode 256",
        "7 4 OUT_OF_MEMORY w00 OutOfMemory 253",
        "7 5 TIMEOUT w00 TimeLimit",
        "7 6 CANCELLED w00",
    )
    found = outcome(tmp_path, "w00", lines=lines)
    assert found.tasks == (TaskOutcome("CALO", 8, 2, failed=5, other=1),)
    assert found.complete
    told = {
        f.quantum: (f.fault, f.message, f.cause and (f.cause.source, f.cause.code)) for f in found.failures
    }
    memory = "OUT_OF_MEMORY: it took more memory than it had asked for (OutOfMemory)"
    assert told == {
        quantum(2): (Fault.FAILED, "the wrapper's words", ("transform", 3)),
        quantum(3): (Fault.FAILED, "[31mValueError: bad", ("transform", 1)),
        quantum(4): (Fault.FAILED, memory, ("slurm", None)),
        quantum(5): (
            Fault.FAILED,
            "TIMEOUT: it took longer than it was allowed to (TimeLimit)",
            ("slurm", None),
        ),
        quantum(6): (Fault.FAILED, "CANCELLED: it was removed", ("slurm", None)),
        quantum(7): (Fault.OTHER, "neither the batch system nor the job says how it ended", None),
    }
    assert outcome(tmp_path, "w00") == found, "what was said stays said"


def test_why_a_job_was_not_started_is_told_by_the_log_of_the_batch_system(tmp_path: Path) -> None:
    place = placed(tmp_path, "w00", 1, run_id="7")
    (place / "logs/1.out").write_text("\n")
    (place / "logs/1.err").write_text("g.sh: no run.txt says which run this is\n")
    found = outcome(tmp_path, "w00", lines=("7 1 FAILED w00 NonZeroExitCode 23296",))
    assert [(f.message, f.cause and f.cause.code) for f in found.failures] == [
        ("g.sh: no run.txt says which run this is", 91)
    ]


def test_the_newest_run_of_a_job_counts(tmp_path: Path) -> None:
    placed(tmp_path, "w00", 3, run_id="7")
    first = ("7 1 COMPLETED w00", "7 2 FAILED w00 NonZeroExitCode 256", "7 3 FAILED w00 NonZeroExitCode 256")
    assert outcome(tmp_path, "w00", lines=first).missing == 2
    placed(tmp_path, "w01", 3, run_id="8", skipped=[1])
    second = ("8 2 COMPLETED w01", "8 3 FAILED w01 NonZeroExitCode 256")
    both = outcome(tmp_path, "w00", "w01", lines=second)
    assert (both.quanta, both.missing, both.cleared) == (3, 1, (quantum(2),))
    alone = outcome(tmp_path, "w01", earlier=("w00", "never"))
    assert alone == both
    assert outcome(tmp_path, "w01").cleared == ()


def test_what_is_not_here_is_no_answer(tmp_path: Path) -> None:
    place = placed(tmp_path, "w00", 1, run_id="7")
    outputs = BatchOutputs(tmp_path, BatchRuns(tmp_path, slurm("7 1 COMPLETED w00")))
    assert isinstance(outputs.outcome(["out/g/w00", "out/g/w01"]), NoAnswer)
    assert outputs.missing(["out/g/w00", "out/g/w01"]) == frozenset({"out/g/w01"})
    assert [outputs.has(f"out/g/{run}") for run in ("w00", "w01")] == [True, False]
    (place / "g.jobs.tsv").write_text("cut off")
    assert isinstance(outputs.outcome(["out/g/w00"]), NoAnswer)


def test_jobs_that_still_run_are_not_failed(tmp_path: Path) -> None:
    placed(tmp_path, "w00", 2, run_id="7")
    found = outcome(tmp_path, "w00", lines=("7 1 RUNNING w00", "7 2 PENDING w00 JobHeldUser"))
    assert [f.fault for f in found.failures] == [Fault.OTHER, Fault.OTHER]
    assert [f.message for f in found.failures] == [
        "RUNNING: it still runs",
        "PENDING: it is held (JobHeldUser)",
    ]
