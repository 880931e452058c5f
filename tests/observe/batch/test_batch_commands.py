"""Commands of batch systems: real processes that answer, do not, or say too much."""

from __future__ import annotations

import os
import time
from pathlib import Path

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.commands import Said, run


def told(script: str, **limits: float) -> Said | NoAnswer:
    timeout, largest = limits.get("timeout", 30.0), int(limits.get("largest", 1 << 20))
    return run(["/bin/sh", "-c", script], timeout=timeout, largest=largest)


def test_what_it_prints_is_told_with_its_code() -> None:
    assert told("echo one; echo two >&2; exit 3") == Said(3, "one\n", "two\n")
    assert told("printf 'a\\377b'") == Said(0, "a\ufffdb", "")


def test_it_reads_nothing(tmp_path: Path) -> None:
    assert told("cat; echo end") == Said(0, "end\n", "")
    found = run(["/usr/bin/env"], {"A": "b"})
    assert isinstance(found, Said)
    assert "A=b" in found.out.split()
    assert not set(os.environ) & {line.partition("=")[0] for line in found.out.splitlines()} - {"LC_CTYPE"}


def test_what_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    before = time.monotonic()
    answer = told(f"(sleep 1.5; touch {mark}) & sleep 60", timeout=0.5)
    assert answer == NoAnswer("/bin/sh gave no answer in time")
    assert time.monotonic() - before < 20
    time.sleep(2.0)
    assert not mark.exists()


def test_what_closes_its_output_and_goes_on_is_ended() -> None:
    assert told("exec >&- 2>&-; sleep 60", timeout=0.5) == NoAnswer("/bin/sh does not end")


def test_what_says_too_much_is_ended() -> None:
    assert told("yes", largest=100_000) == NoAnswer("/bin/sh says more than 100000 bytes")


def test_of_many_words_the_last_are_kept() -> None:
    answer = told("i=0; while [ $i -lt 20000 ]; do echo word $i; i=$((i+1)); done >&2; exit 1")
    assert isinstance(answer, Said)
    assert len(answer.error) <= 1 << 16
    assert answer.words.endswith("word 19998 word 19999")
    assert len(answer.words) <= 500
    assert Said(2, "").words == "it ended with 2 and said nothing"


def test_what_can_not_be_run_is_no_answer(tmp_path: Path) -> None:
    assert run(["no-such-program"]) == NoAnswer("there is no program no-such-program on PATH here")
    assert isinstance(run([str(tmp_path)]), NoAnswer)
