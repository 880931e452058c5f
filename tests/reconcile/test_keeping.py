"""What is kept of a run is small, whatever is told, and always the same for the same."""

from __future__ import annotations

import gzip
import json
from random import Random

from cmcompile.model.diagnosed import is_kept
from cmcompile.model.jobs import Details, JobError, JobSeen
from cmcompile.reconcile.causes import failed_jobs
from cmcompile.reconcile.keeping import JOBS, LARGEST, LOGS, kept, worth_a_log


def jobs(number: int, words: str = "killed") -> Details:
    found = (
        JobSeen(
            str(id_), "9", "5", f"isr.{id_}", "failed", "failed", 1,
            errors=(JobError("pilot", 1305 + id_ % 2, words),), log=f"https://logs.test/{id_}?sig=4711",
        )
        for id_ in range(1, number + 1)
    )  # fmt: skip
    return Details(jobs=tuple(found))


def test_a_file_has_a_size_limit_and_logs_go_first() -> None:
    noise = Random(1)
    details = jobs(4000, "")
    logs = {str(n): noise.randbytes(400_000).hex() for n in range(1, 4)}
    file = kept(details, "5", failed_jobs(details, "5"), logs, str)
    found = json.loads(gzip.decompress(file.data))
    assert len(file.data) <= LARGEST
    assert (found["logs"], len(found["jobs"]), found["left_out"]) == ([], JOBS, 4000 - JOBS)
    loud = Details(jobs=tuple(one for n in range(300) for one in jobs(1, noise.randbytes(5000).hex()).jobs))
    assert len(kept(loud, "5", (), {}, str).data) <= LARGEST


def test_the_same_gives_the_same_bytes_and_no_right_to_read() -> None:
    details = jobs(3)
    first, second = (kept(details, "5", failed_jobs(details, "5"), {"1": "a\nb"}, str) for _ in range(2))
    assert first == second
    assert is_kept(first.name)
    assert not is_kept(f"x/{first.name}")
    assert b"4711" not in gzip.decompress(first.data)
    assert json.loads(gzip.decompress(kept(details, "6", (), {}, str).data))["jobs"] == []


def test_every_line_is_cleaned() -> None:
    details = jobs(1, "a secret word")
    file = kept(details, "5", (), {"1": "one secret\ntwo secret"}, lambda text: text.replace("secret", "***"))
    assert b"secret" not in gzip.decompress(file.data)


def test_logs_are_fetched_of_each_way_to_fail() -> None:
    chosen = worth_a_log(failed_jobs(jobs(9), "5"))
    assert len(chosen) == LOGS
    assert {job.cause.code for job in chosen[:2]} == {1305, 1306}
