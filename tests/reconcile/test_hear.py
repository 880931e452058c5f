"""What jobs said is counted when their run has ended, and recorded once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from small_world import Small
from test_present import Clock

from cmcompile.model.body import WmsRef
from cmcompile.model.event import Signalled
from cmcompile.model.signal import Disagreed, SignalCounts
from cmcompile.model.wms import NoAnswer
from cmcompile.reconcile.hear import SETTLED, hear
from cmcompile.reconcile.measure import PAST
from cmcompile.reconcile.present import AGAIN, Present
from cmcompile.report.signals import counts_line, disagreed_lines

SAID = Signalled(
    SignalCounts(jobs=3, begun=3, ended=3, finished=2, disagree=1), (Disagreed("exits-differ", 1, (3,)),)
)


class Heard:
    """A workload system whose jobs say something; it keeps of which runs it was asked."""

    def __init__(self, wms: object, said: Signalled | NoAnswer = SAID) -> None:
        self._wms, self.said = wms, said
        self.runs: list[str] = []

    def hears(self, where: WmsRef) -> bool:
        return True

    def heard(self, where: WmsRef, output_run: str) -> Signalled | NoAnswer:
        self.runs.append(output_run)
        return self.said

    def __getattr__(self, name: str) -> object:
        return getattr(self._wms, name)


def ended(state: str = "partial") -> tuple[Small, Heard]:
    small = Small("one")
    small.run_to_end(state)
    return small, Heard(small.sources().wms)


def pass_(small: Small, wms: Heard, present: Present) -> int:
    return small.do(lambda: hear(replace(small.sources(), wms=wms), present))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["succeeded", "partial", "failed"])
def test_it_is_recorded_once_and_no_state_changes(tmp_path: Path, state: str) -> None:
    small, wms = ended(state)
    before, plan = small.workflow(), small.plan()
    assert pass_(small, wms, Present(tmp_path / "heard.json", Clock())) == 1
    after = small.workflow()
    assert after.signalled == SAID
    assert (after.state, after.live, after.outcome) == (before.state, before.live, before.outcome)
    assert [i.digest for i in small.plan().items()] == [i.digest for i in plan.items()]
    assert pass_(small, wms, Present(tmp_path / "other.json", Clock())) == 0
    assert len(wms.runs) == 1
    assert sum(isinstance(e.draft.body, Signalled) for e in small.events()) == 1


@pytest.mark.parametrize("said", [NoAnswer("not here"), Signalled(SignalCounts())])
def test_where_nothing_is_known_nothing_is_recorded(tmp_path: Path, said: Signalled | NoAnswer) -> None:
    small, wms = ended()
    clock = Clock()
    present = Present(tmp_path / "heard.json", clock)
    wms.said = said
    for _ in range(3):
        assert pass_(small, wms, present) == 0
    assert len(wms.runs) == 1
    clock.sleep(AGAIN.total_seconds())
    wms.said = SAID
    assert pass_(small, wms, present) == 1


@pytest.mark.parametrize("lacks", [{"ended": 2}, {"unread": 1}])
def test_signals_that_are_seen_late_are_counted_too(tmp_path: Path, lacks: dict[str, int]) -> None:
    small, wms = ended()
    present = Present(tmp_path / "heard.json", Clock())
    wms.said = replace(SAID, counts=replace(SAID.counts, **lacks))
    assert pass_(small, wms, present) == 0
    wms.said = SAID
    assert pass_(small, wms, present) == 1
    assert small.workflow().signalled == SAID


def test_a_job_that_never_says_how_it_ended_is_not_waited_for(tmp_path: Path) -> None:
    small, wms = ended()
    present = Present(tmp_path / "heard.json", Clock())
    wms.said = replace(SAID, counts=replace(SAID.counts, ended=2))
    assert pass_(small, wms, present) == 0
    small.wait(SETTLED.total_seconds() + 1)
    assert pass_(small, wms, present) == 1
    assert small.workflow().signalled == wms.said


def test_what_others_wrote_meanwhile_is_not_written_again(tmp_path: Path) -> None:
    small, wms = ended()
    twin = Heard(small.sources().wms)
    heard = wms.heard

    def slow(where: WmsRef, output_run: str) -> Signalled | NoAnswer:
        present = Present(tmp_path / "twin.json", Clock())
        assert hear(replace(small.sources(), wms=twin), present) == 1  # type: ignore[arg-type]
        return heard(where, output_run)

    wms.heard = slow  # type: ignore[method-assign]
    assert pass_(small, wms, Present(tmp_path / "heard.json", Clock())) == 0
    assert sum(isinstance(e.draft.body, Signalled) for e in small.events()) == 1


def test_what_runs_is_not_asked_about(tmp_path: Path) -> None:
    small = Small("one")
    small.apply()
    small.refresh()
    wms = Heard(small.sources().wms)
    assert pass_(small, wms, Present(tmp_path / "heard.json", Clock())) == 0
    assert wms.runs == []


def test_what_ended_long_ago_is_not_asked_about(tmp_path: Path) -> None:
    small, wms = ended()
    small.wait((PAST + timedelta(days=1)).total_seconds())
    assert pass_(small, wms, Present(tmp_path / "heard.json", Clock())) == 0
    assert wms.runs == []


def test_a_workload_system_without_such_jobs_is_not_asked(tmp_path: Path) -> None:
    small, _ = ended()
    assert small.do(lambda: hear(small.sources(), Present(tmp_path / "heard.json", Clock()))) == 0


def test_in_words() -> None:
    counts = SignalCounts(60, 60, 58, 3, 0, 1, 55, 2, 1, 1, 5700, 57, 10, 2)
    assert counts_line(counts) == (
        "signals of 60 jobs: 55 finished, 2 failed, 1 running, 1 silent, 2 not ended, 1 in disagreement; "
        "5,700 events; 57 files; 2 signals can't be read"
    )
    many = replace(SAID, disagreed=(Disagreed("never-finished", 3, (1, 2)), *SAID.disagreed))
    assert list(disagreed_lines(many)) == [
        "3 jobs in disagreement (numbers 1, 2, …): the payload said that it had started, and no more; "
        "the job ended well",
        "1 job in disagreement (number 3): the payload said another exit code than the job ended with",
    ]
