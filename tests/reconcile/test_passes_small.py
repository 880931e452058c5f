"""Passes in a small world: what is recorded, what is drift, and what a pass leaves alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from small_world import Small, ends

from cmcompile.ledger.desk import LedgerBook
from cmcompile.model.applied import End
from cmcompile.model.body import WmsRef
from cmcompile.model.decision import Verb
from cmcompile.model.drift import DriftKind
from cmcompile.model.errors import InputError
from cmcompile.model.event import Accepted, Rejected, Retired, Subject
from cmcompile.model.ledger import UnreachableError
from cmcompile.model.states import LedgerState, WorkflowState
from cmcompile.model.transaction import Landed, Proposal, Stopped
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.reconcile.render import render
from cmcompile.sim.campaign import PANDA
from cmcompile.sim.far.runs import Run

W00 = Subject("a", "all", "w00")


@dataclass
class Counted:
    """The sources, with what was asked of them; implements ``Wms`` and ``Butler``."""

    small: Small
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Callable[..., object]:
        wms, butler = self.small.scene.wms, self.small.scene.butler
        inner = getattr(butler, name) if hasattr(type(butler), name) else getattr(wms, name)

        def call(*args: object) -> object:
            self.asked.append(name)
            return inner(*args)

        return call


def test_passes_go_from_nothing_to_accepted_and_then_write_nothing() -> None:
    small = Small("two")
    for _ in range(4):
        small.reconcile()
        small.wait()
    kinds = small.kinds()
    assert kinds.count("accepted") == 2
    found = small.reconcile()
    assert not found.results
    assert not found.drift
    assert isinstance(found.refreshed.wrote, Stopped)
    assert small.kinds() == kinds


def test_refreshing_only_looks() -> None:
    """It starts no child, and asks no system to end a run either."""
    small = Small()
    small.apply()
    small.scene.wms.down.add(PANDA)
    small.decide(Verb.CANCEL, W00)
    small.apply()
    small.scene.wms.down.clear()
    counted = Counted(small)
    small.wms = small.butler = counted  # type: ignore[assignment]
    small.refresh()
    assert set(counted.asked) <= {"find", "look", "missing", "outcome", "settling"}
    small.reconcile()
    assert "cancel" in counted.asked


def test_the_number_of_questions_does_not_grow_with_the_runs() -> None:
    small = Small("covering")
    small.apply()
    small.wait()
    small.refresh()
    small.reconcile()
    for name in ("1", "2"):
        small.decide(Verb.REJECT, Subject("a", name, "w00"))
        small.decide(Verb.RETIRE, Subject("a", name, "w00"))
    small.reconcile()
    small.reconcile()
    assert small.workflow("a", "1").state is WorkflowState.RETIRED
    counted = Counted(small)
    small.wms = small.butler = counted  # type: ignore[assignment]
    small.refresh()
    assert counted.asked == ["find"]
    assert "outcome" not in counted.asked, "what was removed is not asked for in each pass"


# Runs that nobody here started.


def test_an_unknown_run_stops_its_group_and_is_told() -> None:
    small = Small()
    small.run_to_end("failed")
    small.by_hand("u_a_all_w77-hand00")
    found = small.refresh()
    (drift,) = found.drift
    assert drift.kind is DriftKind.FOREIGN_RUN
    assert drift.next == "simwms cancel 1002"
    assert "simwms cancel 1002" in small.record().detail
    assert not small.reconcile().results


@pytest.mark.parametrize("number", [1, 2, 3, 10, 12])
def test_unknown_runs_are_recorded_once(number: int) -> None:
    """One event each would hide the others, and be written again in each pass."""
    small = Small()
    small.run_to_end("failed")
    for at in range(number):
        small.by_hand(f"u_a_all_w{at + 20}-hand00")
    for _ in range(4):
        small.refresh()
    assert small.kinds().count("review") == 1
    small.by_hand("u_a_all_w19-hand00")
    for _ in range(3):
        small.refresh()
    assert small.kinds().count("review") == (2 if number <= 10 else 1)


def test_they_are_recorded_once_though_words_are_cut() -> None:
    small = Small()
    small.clean = lambda text: text[:60]
    small.run_to_end("failed")
    for at in range(3):
        small.by_hand(f"u_a_all_w{at + 20}-{'x' * 200}")
    for _ in range(3):
        small.refresh()
    assert small.kinds().count("review") == 1


# Drift, told apart from ordinary progress.


def test_ordinary_progress_is_no_drift() -> None:
    small = Small()
    small.apply()
    for _ in range(4):
        assert not small.refresh().drift
        small.wait(2000)


def kinds(small: Small) -> list[DriftKind]:
    return [drift.kind for drift in small.refresh().drift]


def test_cancelled_outside() -> None:
    small = Small()
    small.apply()
    small.scene.wms.end("1001", "cancelled")
    assert kinds(small) == [DriftKind.CANCELLED_OUTSIDE]
    assert kinds(small) == []
    assert small.workflow().state is WorkflowState.CANCELLED


def test_cancelled_by_a_decision_is_none() -> None:
    small = Small()
    small.apply()
    small.decide(Verb.CANCEL, W00)
    small.apply()
    small.scene.wms.end("1001", "cancelled")
    assert kinds(small) == []


def test_a_restart_that_was_not_taken_up_yet_is_none() -> None:
    small = Small()
    small.apply()
    small.scene.wms.end("1001", "cancelled")
    small.refresh()
    small.decide(Verb.RESTART, W00)
    assert ends(small.apply()) == [End.DONE]
    assert small.scene.wms.runs["1001"].state == "cancelled"
    assert kinds(small) == []


def test_reopened_is_told_at_once_and_as_long_as_it_goes_on() -> None:
    small = Small()
    small.run_to_end("failed")
    small.scene.wms.reopen("1001")
    assert kinds(small) == [DriftKind.REOPENED]
    assert kinds(small) == [DriftKind.REOPENED]
    assert small.workflow().live


def test_gone_but_not_what_was_just_taken() -> None:
    small = Small()
    small.apply()
    run: Run = small.scene.wms.runs["1001"]
    run.visible = 1e12
    assert kinds(small) == [], "its system need not show it yet"
    small.wait(1000)
    assert kinds(small) == [DriftKind.GONE]
    assert small.workflow().state is WorkflowState.SUBMITTED


def accepted(campaign: str = "one") -> Small:
    small = Small(campaign)
    small.run_to_end("succeeded")
    small.apply()
    return small


def test_outputs_gone() -> None:
    small = accepted()
    assert kinds(small) == []
    small.scene.butler.delete_by_hand(small.workflow().claim.output_run)  # type: ignore[union-attr]
    assert kinds(small) == [DriftKind.OUTPUTS_GONE]
    assert not [r for r in small.reconcile().results if r.item.action.value == "submit"]


def test_outputs_of_a_rescue_are_looked_after_too() -> None:
    small = Small("rescue")
    small.run_to_end("failed")
    small.scene.branch.edit()
    small.reconcile()
    small.wait()
    small.reconcile()
    rescue = small.scene.wms.runs["1002"]
    assert any("r." in name for r in small.state.groups.values() for name in r.judged)
    small.scene.butler.delete_by_hand(rescue.job.output_run)
    assert DriftKind.OUTPUTS_GONE in kinds(small)


def test_outputs_of_a_step_that_was_removed_are_no_drift() -> None:
    small = accepted()
    small.scene.butler.delete_by_hand(small.workflow().claim.output_run)  # type: ignore[union-attr]
    small.write(Retired("no room"), subject=Subject("a"))
    assert kinds(small) == []


def test_a_spec_that_differs_from_what_ran() -> None:
    small = Small()
    small.apply()
    newest = small.scene.branch.newest
    (declared,) = newest.variant.declared
    newest.variant.__dict__["declared"] = (replace(declared, definition="other"),)
    try:
        assert [drift.kind for drift in small.reconcile().drift] == [DriftKind.CONFIG_DIFFERS]
    finally:
        newest.variant.__dict__["declared"] = (declared,)


# What is asked in vain, or fails half-way.


class Silent:
    """A workload system that does not answer, and counts who asks; implements ``Wms``."""

    def __init__(self, small: Small) -> None:
        self.small, self.looks = small, 0

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        return NoAnswer("timed out")

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> NoAnswer:
        self.looks += 1
        return NoAnswer("timed out")

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer:
        return NoAnswer("timed out")

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        return "end it"

    def settling(self, where: WmsRef) -> float:
        return 900.0


def test_a_silent_system_is_not_asked_for_each_group_again() -> None:
    small = Small()
    small.run_to_end("succeeded")
    silent = Silent(small)
    small.wms = silent
    found = small.reconcile()
    assert not found.results
    assert found.refreshed.observation.silent
    assert silent.looks == 0
    assert small.kinds()[-1] == "observed"


class Reads:
    def __init__(self, small: Small, times: int, error: Exception) -> None:
        self._branch, self._times, self._error = small.branch, times, error

    def read(self, state: LedgerState) -> object:
        self._times -= 1
        if self._times < 0:
            raise self._error
        return self._branch.read(state)


@pytest.mark.parametrize("error", [UnreachableError("no network"), InputError(())])
def test_what_was_done_is_told_though_the_next_round_cannot_be_planned(error: Exception) -> None:
    small = Small()
    small.branch = Reads(small, 2, error)  # type: ignore[assignment]  # to plan, and before the gate
    found = small.reconcile()
    assert ends(found.results) == [End.DONE]
    assert found.unread


def test_a_pass_that_cannot_plan_at_all_raises() -> None:
    small = Small()
    small.branch = Reads(small, 0, UnreachableError("no network"))  # type: ignore[assignment]
    with pytest.raises(UnreachableError):
        small.reconcile()


def test_an_item_that_others_carried_out_meanwhile_is_a_lost_race() -> None:
    small = Small()
    small.run_to_end("succeeded")
    others = small.scene.clone(0, 9)

    def hears(told: object) -> None:
        small.hears = lambda told: None
        draft = small.desk().draft(Subject("a", "all"), Rejected(("all@w00",), "bad"))
        LedgerBook(others.ledger).record(Proposal((draft,), message="others"))

    small.hears = hears
    found = small.reconcile()
    assert ends(found.results) == [End.LOST], "not refused: it is safe to run again"


def test_what_is_refused_for_good_stays_refused() -> None:
    small = Small()
    small.decide(Verb.ADOPT, small.first(), run="4242", wms="sim.PandaService", output="u/x")
    found = small.reconcile()
    assert found.results[0].end is End.STALE


def test_a_claim_of_a_process_that_is_gone_is_given_back_and_made_anew() -> None:
    small = Small()
    small.hears = lambda told: (_ for _ in ()).throw(SystemExit) if told.moment.value == "claimed" else None
    with pytest.raises(SystemExit):
        small.apply()
    small.hears = lambda told: None
    small.reconcile()
    assert small.kinds() == ["claimed", "abandoned", "claimed", "prepared", "submitting", "submitted"]


def test_the_page_is_written_once() -> None:
    small = Small()
    small.apply()

    def written() -> object:
        return small.do(lambda: render(small.sources(), small.scene.branch.newest))

    assert isinstance(written(), Landed)
    small.wait(100)
    assert isinstance(written(), Stopped)
    small.write(Accepted(("all@w00",)), subject=Subject("a", "all"))
    small.wait()
    small.refresh()
    assert isinstance(written(), Landed)
