"""What was seen in the Butler lately is not asked for again; what is missing is asked for in every pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_world import Small

from cmcompile.model.drift import DriftKind
from cmcompile.model.event import WmsRef
from cmcompile.reconcile.present import AGAIN, Present
from cmcompile.reconcile.run import refresh


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 20, 8, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Counting:
    """A Butler that counts how often it is asked which collections are missing."""

    def __init__(self, butler: Any) -> None:
        self._butler = butler
        self.asked = 0

    def missing(self, runs: Sequence[str]) -> Any:
        self.asked += 1
        return self._butler.missing(runs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._butler, name)


class Plain:
    """A workload system that does not tell what became of quanta."""

    def __init__(self, wms: Any) -> None:
        self._wms = wms

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> Any:
        return [replace(run, outcome=None) for run in self._wms.find(where, prefixes)]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wms, name)


def test_a_pass_with_nothing_new_does_not_ask_the_butler(tmp_path: Path) -> None:
    clock = Clock()
    present = Present(tmp_path / "present.json", clock)
    small = Small("one")
    small.run_to_end("succeeded")
    small.apply()
    butler = small.butler = Counting(small.butler)

    def kinds() -> list[DriftKind]:
        found = small.do(lambda: refresh(small.sources(), present=present))
        return [drift.kind for drift in found.drift]

    assert (kinds(), butler.asked) == ([], 1)
    assert (kinds(), butler.asked) == ([], 1)
    claim = small.workflow().claim
    assert claim is not None
    small.scene.butler.delete_by_hand(claim.output_run)
    clock.sleep(AGAIN.total_seconds() - 1)
    assert (kinds(), butler.asked) == ([], 1)
    clock.sleep(1)
    assert (kinds(), butler.asked) == ([DriftKind.OUTPUTS_GONE], 2)
    assert (kinds(), butler.asked) == ([DriftKind.OUTPUTS_GONE], 3)


def test_a_run_whose_outcome_the_butler_told_was_seen(tmp_path: Path) -> None:
    present = Present(tmp_path / "present.json", Clock())
    small = Small("one")
    small.apply()
    run = list(small.scene.wms.runs.values())[-1]
    small.scene.wms.end(run.run_id, "succeeded")
    small.wms = Plain(small.wms)
    small.do(lambda: refresh(small.sources(), present=present))
    workflow = small.workflow()
    assert workflow.claim is not None
    assert workflow.outcome is not None
    assert present.lately([workflow.claim.output_run])


def test_all_must_have_been_seen(tmp_path: Path) -> None:
    present = Present(tmp_path / "deep" / "present.json", Clock())
    assert not present.lately(["a"])
    present.saw(["a"])
    present.saw(["b"])
    assert present.lately(["a", "b"])
    assert not present.lately(["a", "b", "c"])


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"a": 3}', '{"a": null}', '{"a": "2026-11-20T09:00:00Z"}']
)
def test_what_can_not_be_used_counts_for_nothing(tmp_path: Path, text: str) -> None:
    file = tmp_path / "present.json"
    file.write_text(text)
    assert not Present(file, Clock()).lately(["a"])


def test_a_file_that_others_may_write_counts_for_nothing(tmp_path: Path) -> None:
    file, clock = tmp_path / "present.json", Clock()
    Present(file, clock).saw(["a"])
    assert Present(file, clock).lately(["a"])
    file.chmod(0o666)
    assert not Present(file, clock).lately(["a"])


def test_a_place_that_can_not_be_written_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    present = Present(tmp_path / "file" / "present.json", Clock())
    present.saw(["a"])
    assert not present.lately(["a"])
