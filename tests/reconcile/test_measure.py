"""What quanta took is asked after a run has ended, recorded once, and asked again at most once an hour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from small_world import Small
from test_present import Clock

from cmcompile.model.event import Measured, Subject
from cmcompile.model.wms import NoAnswer
from cmcompile.reconcile.measure import AT_ONCE, PAST, SILENT, measure
from cmcompile.reconcile.present import AGAIN, Present

W00 = Subject("a", "all", "w00")


class Asked:
    """A Butler that keeps of which runs it was asked what they took."""

    def __init__(self, butler: Any, *, away: bool = False) -> None:
        self._butler, self.away = butler, away
        self.runs: list[str] = []

    def usage(self, runs: Sequence[str]) -> Any:
        self.runs.extend(runs)
        return NoAnswer("away") if self.away else self._butler.usage(runs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._butler, name)


def ended(state: str = "succeeded", campaign: str = "one") -> tuple[Small, Asked]:
    small = Small(campaign)
    small.run_to_end(state)
    small.scene.butler.measures = True
    butler = small.butler = Asked(small.butler)
    return small, butler


def pass_(small: Small, present: Present) -> int:
    return small.do(lambda: measure(small.sources(), present))


def test_it_is_recorded_once_and_no_state_changes(tmp_path: Path) -> None:
    small, butler = ended("partial")
    present = Present(tmp_path / "measured.json", Clock())
    before, plan = small.workflow(), small.plan()
    assert (pass_(small, present), len(butler.runs)) == (1, 1)
    after = small.workflow()
    assert after.measured
    assert after.core_seconds > 0
    assert (after.state, after.live, after.outcome) == (before.state, before.live, before.outcome)
    assert [i.digest for i in small.plan().items()] == [i.digest for i in plan.items()]
    assert [i.preconditions for i in small.plan().items()] == [i.preconditions for i in plan.items()]
    for _ in range(2):
        assert (pass_(small, Present(tmp_path / "other.json", Clock())), len(butler.runs)) == (0, 1)
    [event] = [e for e in small.events() if isinstance(e.draft.body, Measured)]
    assert event.draft.claim == after.claim_id
    body = event.draft.body
    assert isinstance(body, Measured)
    assert [task.task for task in body.tasks] == ["isr", "calibrate"]


def test_no_answer_is_asked_again_an_hour_later(tmp_path: Path) -> None:
    small, butler = ended()
    clock = Clock()
    present = Present(tmp_path / "measured.json", clock)
    butler.away = True
    for _ in range(3):
        assert pass_(small, present) == 0
    assert len(butler.runs) == 1
    clock.sleep(AGAIN.total_seconds())
    butler.away = False
    assert (pass_(small, present), len(butler.runs)) == (1, 2)


@pytest.mark.parametrize("state", ["running", "cancelled"])
def test_what_has_no_outputs_is_not_asked_about(tmp_path: Path, state: str) -> None:
    small = Small("one")
    small.apply()
    run = list(small.scene.wms.runs.values())[-1]
    if state == "cancelled":
        small.scene.wms.end(run.run_id, "cancelled")
    small.refresh()
    butler = small.butler = Asked(small.butler)
    assert (pass_(small, Present(tmp_path / "m.json", Clock())), butler.runs) == (0, [])


def test_what_ended_long_ago_is_not_asked_about(tmp_path: Path) -> None:
    small, butler = ended()
    small.wait((PAST + timedelta(days=1)).total_seconds())
    assert (pass_(small, Present(tmp_path / "m.json", Clock())), butler.runs) == (0, [])


def test_what_others_wrote_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    small, butler = ended()
    clock = Clock()
    usage = butler.usage

    def slow(runs: Sequence[str]) -> Any:
        answer = usage(runs)
        butler.usage = usage  # type: ignore[method-assign]
        assert pass_twin(runs) == 1
        return answer

    def pass_twin(_: object) -> int:
        return measure(small.sources(), Present(tmp_path / "twin.json", clock))

    butler.usage = slow  # type: ignore[method-assign]
    assert pass_(small, Present(tmp_path / "m.json", clock)) == 0
    assert sum(isinstance(e.draft.body, Measured) for e in small.events()) == 1


def test_few_are_asked_about_at_once() -> None:
    assert SILENT < AT_ONCE <= 50
