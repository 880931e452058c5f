"""What runs hold, as text and JSON."""

from __future__ import annotations

import json

import pytest

from cmcompile.model.holding import Held, Holding
from cmcompile.report.outputs import render_outputs, size
from cmcompile.report.screen import Screen

HELD = (
    Held("isr", "isrOut", 1200, 3_200_000),
    Held("isr", "isr_log", 1201, 4000),
    Held("", "packages", 1, 7),
)
FIRST = Holding("step1/1@w00", "u/c/1/w00", "succeeded", HELD)
SECOND = Holding("step1/2@w00", "u/c/2/w00", "running", None)
THIRD = Holding("step1/3@w00", "u/c/3/w00", "partial", (Held("isr", "isrOut", 3, None),))


def text(*found: Holding, most: int | None = 10) -> str:
    return render_outputs("c/step1", found, "text", Screen(most=most))


def test_one_run() -> None:
    assert text(FIRST) == (
        "step1/1@w00  succeeded  u/c/1/w00\n"
        "  TASK  DATASET TYPE  DATASETS  SIZE\n"
        "  isr   isrOut           1,200  3.2 MB\n"
        "  isr   isr_log          1,201  4 kB\n"
        "        packages             1  7 B\n"
        "\n"
        "c/step1: 2,402 datasets, 3.2 MB in 1 run\n"
    )


def test_several_runs_have_a_sum_and_what_is_not_known_is_told() -> None:
    shown = text(FIRST, SECOND, THIRD)
    assert "there is no such collection: the run has not ended, or it was removed" in shown
    assert shown.endswith(
        "c/step1: 2,405 datasets, more than 4.01 kB in 2 runs\n"
        "  TASK  DATASET TYPE  DATASETS  SIZE\n"
        "  isr   isrOut           1,203  ?\n"
        "  isr   isr_log          1,201  4 kB\n"
        "        packages             1  7 B\n"
    )


def test_many_runs_are_cut_and_counted() -> None:
    shown = text(*[FIRST] * 5, most=2)
    assert shown.count("step1/1@w00") == 2
    assert "… and 3 runs more: --all shows them\n" in shown
    assert "12,010 datasets" in shown


def test_no_run() -> None:
    assert text() == "c/step1: no run of it was submitted, or all are retired\n"


def test_json_has_plain_numbers() -> None:
    found = json.loads(render_outputs("c/step1", [FIRST, SECOND], "json", Screen()))
    assert found["format"] == 1
    assert [run["types"] and len(run["types"]) for run in found["runs"]] == [3, None]
    row = {"task": "isr", "dataset_type": "isrOut", "datasets": 1200, "bytes": 3_200_000}
    assert found["runs"][0]["types"][0] == found["total"][0] == row


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_600, "1 MB"), (12_345_678, "12.3 MB"), (None, "?")],
)
def test_sizes(number: int | None, shown: str) -> None:
    assert size(number) == shown
