"""A failing run is made small, and replayed from a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from cmcompile.sim import trace
from cmcompile.sim.coverage import Coverage
from cmcompile.sim.seed import Ran
from cmcompile.sim.shrink import shrink
from cmcompile.sim.story import Broken


def test_only_what_matters_is_left() -> None:
    made = [3, 0, 7, 1, 0, 2, 9, 4, 0, 1]

    def fails(choices: Sequence[int]) -> Sequence[int] | None:
        return choices if len(choices) > 6 and choices[6] >= 5 else None

    assert shrink(made, fails) == (0, 0, 0, 0, 0, 0, 9)


def test_nothing_simpler_is_found_where_nothing_else_fails() -> None:
    made = (1, 2, 3)
    assert shrink(made, lambda choices: choices if tuple(choices) == made else None) == made


def test_a_file_is_replayed(tmp_path: Path) -> None:
    ran = Ran(5, (1, 0, 2), (Broken("never twice", 1.0, "two"),), Coverage(), "  0.00 - something\n")
    path = tmp_path / "run.json"
    trace.save(ran, path)
    assert trace.load(path) == (1, 0, 2)
    assert list(trace.told(ran, replay="run.json")) == [
        "  0.00 - something",
        "BROKEN  never twice, at 1.00: two",
        "again:  cmcompile sim --replay run.json --trace",
    ]


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": 1, "choices": [true]}', '{"format": 2, "choices": []}']
)
def test_another_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(trace.TraceError):
        trace.load(path)
