"""The log files of jobs, as three engines leave them."""

from __future__ import annotations

from pathlib import Path

from cmcompile.model.logs import WantedLogs
from cmcompile.observe.job_logs import job_logs

WELL = "INFO 2026-11-20T08:00:00.000+00:00 lsst.x (isr:{visit: 12, detector: 3})(x.py:1) - done\n"
OF = "lsst.x (isr:{visit: 13, detector: 3})(x.py:2)"
BAD = f"""\
INFO 2026-11-20T08:00:00.000+00:00 {OF} - begun
ERROR 2026-11-20T08:00:01.000+00:00 {OF} - Execution of task 'isr' on quantum {{visit: 13}} failed.
Traceback (most recent call last):
RuntimeError: broken
ERROR 2026-11-20T08:00:02.000+00:00 lsst.cli (x.py:3) - Caught an exception
"""


def put(submit: Path, **files: str) -> Path:
    for name, text in files.items():
        path = submit / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return submit


def test_the_newest_try_of_a_job_counts(tmp_path: Path) -> None:
    submit = put(
        tmp_path, **{"logs/s1/s1_12.1.log": BAD, "logs/s1/s1_12.2.log": WELL, "logs/s1/s1_12.10.log": WELL}
    )
    found = job_logs(submit, WantedLogs(which="all"))
    assert found is not None
    assert (found.found, found.failed, found.tasks) == (1, 0, ("s1",))
    assert found.shown[0].file.endswith("s1_12.10.log")


def test_what_fails_in_a_quantum_is_shown_before_what_the_command_says(tmp_path: Path) -> None:
    found = job_logs(
        put(tmp_path, **{"logs/s1/12/s1_12.stderr": WELL, "logs/s1/13/s1_13.stderr": BAD}), WantedLogs()
    )
    assert found is not None
    assert (found.found, found.failed, len(found.shown)) == (2, 1, 1)
    assert found.shown[0].records[0].text.endswith("RuntimeError: broken")
    assert found.shown[0].records[0].at == "2026-11-20T08:00:01Z"
    whole = job_logs(tmp_path, WantedLogs(tail=2))
    assert whole is not None
    assert [len(log.records) for log in whole.shown] == [2]


def test_task_and_data_id_are_looked_for_in_names_and_texts(tmp_path: Path) -> None:
    submit = put(
        tmp_path,
        **{
            "jobs/s1/12/7_s1_12.103.out": WELL,
            "jobs/s1/13/8_s1_13.104.out": BAD,
            "jobs/warp/9/9_warp_9.105.err": "x\n",
        },
    )

    def names(**wanted: object) -> list[str]:
        found = job_logs(submit, WantedLogs(which="all", **wanted))  # type: ignore[arg-type]
        return [] if found is None else [log.data_id for log in found.shown]

    assert names(task="isr") == ["8_s1_13", "7_s1_12"]
    assert names(task="warp") == ["9_warp_9"]
    assert names(data_id={"visit": "13"}) == ["8_s1_13"]
    assert names(data_id={"visit": "13", "detector": "3"}) == ["8_s1_13"]
    assert names(data_id={"visit": "13", "detector": "4"}) == []
    assert names(task="nothing") == []


def test_nothing_is_none(tmp_path: Path) -> None:
    assert job_logs(tmp_path / "no", WantedLogs()) is None
    assert job_logs(put(tmp_path, **{"logs/s1/empty.log": "\n"}), WantedLogs()) is None


def test_of_a_long_file_the_end_is_read(tmp_path: Path) -> None:
    found = job_logs(put(tmp_path, **{"logs/s/a.1.log": BAD + WELL * 20_000}), WantedLogs(which="all"))
    assert found is not None
    assert found.failed == 0
