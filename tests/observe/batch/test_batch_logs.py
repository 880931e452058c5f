"""The logs of jobs of batch steps: those that failed first, by what the batch system or the wrapper said."""

from __future__ import annotations

from pathlib import Path

from batch_systems import SLURM, placed, said_end, slurm

from cmcompile.model.logs import Logs, WantedLogs
from cmcompile.observe.batch.logs import batch_logs
from cmcompile.observe.batch.runs import BatchRuns


def logs(area: Path, **wanted: object) -> Logs:
    found = batch_logs(area, "out/g/w00", WantedLogs(**wanted))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_those_that_failed_are_shown(tmp_path: Path) -> None:
    place = placed(tmp_path, "w00", 4, run_id="7", skipped=[4])
    BatchRuns(tmp_path, slurm("7 1 COMPLETED w00", "7 2 FAILED w00 NonZeroExitCode 768")).find(SLURM, ["w"])
    said_end(place, 3, 90, "it did not write x")
    (place / "logs/2.out").write_text("".join(f"line {n}\n" for n in range(20)))
    found = logs(tmp_path)
    assert (found.found, found.failed, found.tasks) == (3, 2, ("CALO",))
    assert [(one.data_id, one.failed) for one in found.shown] == [("run=2", True), ("run=3", True)]
    two, three = found.shown
    assert [r.text for r in two.records] == [
        *(f"line {n}" for n in range(15, 20)),
        "FAILED NonZeroExitCode, exit code 3",
    ]
    assert [r.text for r in three.records] == ["ended it did not write x, exit code 90"]
    assert [one.data_id for one in logs(tmp_path, which="all").shown] == ["run=2", "run=3", "run=1"]


def test_what_is_named_is_shown(tmp_path: Path) -> None:
    place = placed(tmp_path, "w00", 3, run_id="7")
    (place / "logs/2.out").write_text("one\ntwo\nthree\n")
    found = logs(tmp_path, data_id={"run": "2"}, tail=2)
    assert [(one.data_id, one.failed) for one in found.shown] == [("run=2", None)]
    assert [record.text for record in found.shown[0].records] == ["two", "three"]
    assert logs(tmp_path, data_id={"segment": "2"}).found == 0
    assert logs(tmp_path, task="other").found == 0


def test_of_what_is_no_batch_step_there_is_none(tmp_path: Path) -> None:
    assert batch_logs(tmp_path, "out/g/w00", WantedLogs()) is None
    place = placed(tmp_path, "w00", 1, run_id="7")
    (place / "g.jobs.tsv").unlink()
    assert batch_logs(tmp_path, "out/g/w00", WantedLogs()) is None
