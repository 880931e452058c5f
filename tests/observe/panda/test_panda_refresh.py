"""A pass over PanDA: few requests, and nothing that the monitor says alone ends, fails or hides a run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from panda_sources import NOW, PandaBench, World, served

from cmcompile.model.body import WmsRef
from cmcompile.model.event import (
    Accepted,
    Body,
    Claimed,
    Draft,
    Event,
    Observed,
    Process,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
)
from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.model.states import LedgerState
from cmcompile.model.wms import NoAnswer, Shown, Wanted
from cmcompile.reconcile.drift import drift_of_runs
from cmcompile.reconcile.observe import Observation, observe
from cmcompile.state.fold import fold

_SPEC = SpecRef("campaigns/c/campaign.yaml", "0" * 40, "1.0", 1)
_PROCESS = Process("host", "boot", 1)
_OUTCOME = Outcome((TaskOutcome("isr", 3, 3),))
_AT = "2026-11-20T11:30:00Z"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[PandaBench]:
    world = World()
    with served(world) as address:
        yield PandaBench(world, World(), address, tmp_path)


def name_of(group: int) -> str:
    return f"u_op_c_step1_{group}_w00-aaaaaa"


def filled(bench: PandaBench, number: int, tasks: int = 2) -> None:
    for group in range(1, number + 1):
        bench.world.submit(name_of(group), tasks=tasks)


def ledger(
    where: WmsRef, number: int, ends: dict[int, str] | None = None, *, lost: int = 0, judged: bool = True
) -> LedgerState:
    """Return a ledger with a group for each run, of which some have ended; the last ones have no run.

    Those that succeeded, wholly or in part, are accepted.
    """
    events = []

    def add(group: int, at: int, body: Body, id_: str = "") -> None:
        subject = Subject("step1", str(group), "w00")
        made = Draft(subject, id_ or f"e{group}-{at}", _AT, "me", body, f"c{group}")
        events.append(Event(at, made))

    for group in range(1, number + lost + 1):
        prefix = f"u_op_c_step1_{group}_w"
        claim = Claimed(name_of(group), prefix, "out", "path", where, "digest", _SPEC, _PROCESS)
        add(group, 1, claim, f"c{group}")
        add(group, 2, Submitting(name_of(group), where, "look", "as-run", _PROCESS, 2), f"g{group}")
        if group > number:
            continue
        add(group, 3, Submitted(str(group), f"g{group}"))
        if ends and group in ends:
            add(group, 4, Observed(ends[group], "Word", str(group), _OUTCOME))
            if judged and ends[group] in ("succeeded", "partial"):
                subject = Subject("step1", str(group))
                events.append(Event(1, Draft(subject, f"a{group}", _AT, "me", Accepted(("w00",)))))
    return fold(events)


def gone(observation: Observation, state: LedgerState, bench: PandaBench) -> list[str]:
    return [f"{one.kind.value} {one.subject}" for one in drift_of_runs(observation, state, bench.wms, None)]


def shown(bench: PandaBench, wanted: Wanted) -> Shown:
    found = bench.wms.refresh(bench.where, wanted)
    assert isinstance(found, Shown), found
    return found


def test_forty_open_workflows_of_twelve_tasks_take_three_requests(bench: PandaBench) -> None:
    filled(bench, 40, tasks=12)
    state = ledger(bench.where, 40)
    seen = observe(bench.wms, state)
    assert not seen.silent
    assert {run.state for run in seen.runs[bench.where].values()} == {"running"}
    assert len(seen.runs[bench.where]) == 40
    assert gone(seen, state, bench) == []
    assert len(bench.world.asked) <= 3
    assert bench.world.relayed == []


def test_forty_final_workflows_take_no_request(bench: PandaBench) -> None:
    filled(bench, 40, tasks=12)
    state = ledger(bench.where, 40, dict.fromkeys(range(1, 41), "succeeded"))
    seen = observe(bench.wms, state)
    assert not seen.silent
    assert gone(seen, state, bench) == []
    assert bench.world.asked == []
    assert bench.world.relayed == []


def test_groups_that_may_be_sent_again_take_few_requests_to_idds(bench: PandaBench) -> None:
    filled(bench, 40, tasks=12)
    ends = dict.fromkeys(range(1, 41), "succeeded") | {7: "failed", 9: "cancelled"}
    for group in ends:
        bench.world.runs[group].set({7: "Failed", 9: "Cancelled"}.get(group, "Finished"))
    state = ledger(bench.where, 40, ends)
    seen = observe(bench.wms, state)
    assert gone(seen, state, bench) == []
    assert bench.world.asked == []
    assert sorted(bench.world.relayed) == ["get_request_id_by_name", "get_requests", "get_requests"]
    bench.world.submit("u_op_c_step1_7_w01-by-hand")
    assert len(gone(observe(bench.wms, state), state, bench)) == 1


def test_what_stands_in_the_way_of_a_group_is_found_though_the_monitor_hides_it(bench: PandaBench) -> None:
    filled(bench, 2)
    bench.world.runs[2].set("Failed")
    by_hand = bench.world.submit("u_op_c_step1_2_w01-by-hand")
    bench.world.hidden = {int(by_hand)}
    state = ledger(bench.where, 2, {2: "failed"})
    seen = observe(bench.wms, state)
    assert [one.split()[0] for one in gone(seen, state, bench)] == ["foreign_run"]


def test_what_nobody_has_judged_yet_is_asked_of_idds_unless_the_monitor_shows_it_as_it_was(
    bench: PandaBench,
) -> None:
    filled(bench, 40)
    ends = dict.fromkeys(range(2, 41), "succeeded")
    for group in ends:
        bench.world.runs[group].set("Finished")
    state = ledger(bench.where, 40, ends, judged=False)
    seen = observe(bench.wms, state)
    assert (set(seen.runs[bench.where]), len(seen.unasked[bench.where])) == ({"1"}, 39)
    assert gone(seen, state, bench) == []
    assert bench.world.relayed == []
    # It was taken back to running and failed, and the monitor shows that: iDDS is asked.
    bench.world.runs[5].set("Failed")
    seen = observe(bench.wms, state)
    assert seen.runs[bench.where]["5"].state == "failed"
    assert bench.world.relayed == ["get_requests"]
    # Where nothing goes on the monitor is spared.
    before = len(bench.world.asked)
    seen = observe(bench.wms, ledger(bench.where, 40, {1: "succeeded", **ends}, judged=False))
    assert {id_: run.state for id_, run in seen.runs[bench.where].items()}["5"] == "failed"
    assert len(bench.world.asked) == before


def test_a_thousand_open_workflows_take_twenty_one(bench: PandaBench) -> None:
    filled(bench, 1000)
    seen = observe(bench.wms, ledger(bench.where, 1000))
    assert len(seen.runs[bench.where]) == 1000
    assert len(bench.world.asked) <= 21
    assert bench.world.relayed == []


def test_only_those_that_are_open_are_asked_for(bench: PandaBench) -> None:
    filled(bench, 40)
    ends = dict.fromkeys(range(3, 41), "succeeded")
    for group in ends:
        bench.world.runs[group].set("Finished")
    seen = observe(bench.wms, ledger(bench.where, 40, ends))
    assert set(seen.runs[bench.where]) == {"1", "2"}
    assert "reqid=1%7C2&" in bench.world.asked[1]
    assert bench.world.relayed == []


@pytest.mark.parametrize("status", ["Finished", "SubFinished", "Failed", "Expired", "Cancelled", "Suspended"])
def test_what_the_monitor_calls_an_end_is_asked_of_idds(bench: PandaBench, status: str) -> None:
    filled(bench, 3)
    bench.world.lags[2] = status
    seen = observe(bench.wms, ledger(bench.where, 3))
    assert {run.state for run in seen.runs[bench.where].values()} == {"running"}
    assert bench.world.relayed == ["get_requests"]


@pytest.mark.parametrize("status", ["Melting", "unknown", "ToCancel", "Terminating", "Extended"])
def test_what_is_odd_is_asked_of_idds(bench: PandaBench, status: str) -> None:
    filled(bench, 2)
    bench.world.lags[2] = status
    bench.world.runs[2].set("SubFinished")
    seen = observe(bench.wms, ledger(bench.where, 2))
    assert {id_: run.state for id_, run in seen.runs[bench.where].items()} == {"1": "running", "2": "partial"}


def test_trap_sources_disagree_for_minutes(bench: PandaBench) -> None:
    """All tasks are done, and the request is still transforming: iDDS says how it ends."""
    filled(bench, 2)
    bench.world.runs[2].tasks_status = "Finished"
    seen = observe(bench.wms, ledger(bench.where, 2))
    assert seen.runs[bench.where]["2"].state == "running"
    assert bench.world.relayed == ["get_requests"]
    bench.world.runs[2].set("Finished")
    seen = observe(bench.wms, ledger(bench.where, 2))
    assert seen.runs[bench.where]["2"].state == "succeeded"


def test_a_run_that_the_monitor_does_not_show_is_asked_of_idds(bench: PandaBench) -> None:
    filled(bench, 3)
    bench.world.hidden = {2}
    state = ledger(bench.where, 3)
    seen = observe(bench.wms, state)
    assert set(seen.runs[bench.where]) == {"1", "2", "3"}
    assert gone(seen, state, bench) == []
    assert bench.world.relayed == ["get_requests"]


@pytest.mark.parametrize("odd", ["empty", "html", "429", "500", "302", "cut", "slow", "403"])
def test_a_monitor_that_does_not_answer_hides_and_ends_nothing(bench: PandaBench, odd: str) -> None:
    filled(bench, 3)
    bench.world.odd[""] = odd
    bench.world.runs[3].set("Finished")
    state = ledger(bench.where, 3)
    seen = observe(bench.wms, state)
    states = {id_: run.state for id_, run in seen.runs[bench.where].items()}
    assert states == {"1": "running", "2": "running", "3": "succeeded"}
    assert gone(seen, state, bench) == []
    assert len(bench.world.asked) == 1


@pytest.mark.parametrize("odd", ["", "empty", "html"])
def test_where_idds_does_not_answer_nothing_ends_and_nothing_is_absent(bench: PandaBench, odd: str) -> None:
    filled(bench, 3)
    bench.world.broken = True
    bench.world.odd[""] = odd
    bench.world.lags[2] = "Failed"
    state = ledger(bench.where, 3)
    seen = observe(bench.wms, state)
    assert "relay is down" in seen.silent[bench.where]
    assert gone(seen, state, bench) == []


def test_a_status_that_is_not_known_leaves_that_run_unanswered(bench: PandaBench) -> None:
    filled(bench, 3)
    bench.world.runs[2].set("Melting")
    state = ledger(bench.where, 3)
    seen = observe(bench.wms, state)
    assert set(seen.runs[bench.where]) == {"1", "3"}
    assert "Melting" in seen.unclear[bench.where]["2"]
    assert gone(seen, state, bench) == []


def test_a_run_that_is_gone_from_idds_is_told_as_drift(bench: PandaBench) -> None:
    filled(bench, 3)
    del bench.world.runs[2]
    state = ledger(bench.where, 3)
    seen = observe(bench.wms, state)
    assert set(seen.runs[bench.where]) == {"1", "3"}
    assert len(gone(seen, state, bench)) == 1


def test_another_name_in_the_monitor_is_not_believed(bench: PandaBench) -> None:
    """The monitor of 2022 wrote names in lower case; another server gives out the same numbers."""
    filled(bench, 1)
    found = shown(bench, Wanted({"1": "u_op_other_w00-aaaaaa"}, prefixes=("u_op_other_w",), since=NOW))
    assert found.runs["1"].name == name_of(1)
    assert bench.world.relayed == ["get_requests"]


def test_a_lost_submission_is_looked_up_in_idds(bench: PandaBench) -> None:
    filled(bench, 3)
    state = ledger(bench.where, 2, lost=1)
    seen = observe(bench.wms, state)
    assert seen.runs[bench.where]["3"].name == name_of(3)
    assert "get_request_id_by_name" in bench.world.relayed
    bench.world.broken = True
    assert observe(bench.wms, state).silent


def test_a_run_of_somebody_else_is_seen_in_the_monitor_and_asked_of_idds(bench: PandaBench) -> None:
    filled(bench, 2)
    bench.world.submit("u_op_c_step1_1_w07-by-hand")
    state = ledger(bench.where, 2)
    seen = observe(bench.wms, state)
    assert seen.runs[bench.where]["3"].name == "u_op_c_step1_1_w07-by-hand"
    assert [one.split()[0] for one in gone(seen, state, bench)] == ["foreign_run"]


def test_a_final_run_that_goes_on_is_seen(bench: PandaBench) -> None:
    filled(bench, 2)
    state = ledger(bench.where, 2, {2: "failed"})
    bench.world.runs[2].set("Resuming")
    seen = observe(bench.wms, state)
    assert seen.runs[bench.where]["2"].state == "running"
    assert [one.split()[0] for one in gone(seen, state, bench)] == ["reopened"]


def test_the_window_holds_the_oldest_open_run(bench: PandaBench) -> None:
    filled(bench, 1)
    bench.world.runs[1].created = NOW - timedelta(days=50)
    shown(bench, Wanted({"1": name_of(1)}, prefixes=("u_op_c",), since=NOW - timedelta(days=50)))
    assert "days=51" in bench.world.asked[0]
    assert bench.world.relayed == []


def test_without_a_monitor_each_open_run_is_asked_of_idds(bench: PandaBench, tmp_path: Path) -> None:
    alone = PandaBench(bench.world, World(), None, tmp_path)
    filled(alone, 40)
    alone.world.submit("u_op_c_step1_1_w07-by-hand")
    for group in range(31, 41):
        alone.world.runs[group].set("Finished")
    state = ledger(alone.where, 40, dict.fromkeys(range(31, 41), "succeeded"))
    seen = observe(alone.wms, state)
    assert len(seen.runs[alone.where]) == 31
    assert alone.world.relayed.count("get_requests") == 31
    assert alone.world.relayed.count("get_request_id_by_name") == 1
    assert alone.world.asked == []


def test_a_look_up_asks_idds_whatever_the_monitor_says(bench: PandaBench) -> None:
    filled(bench, 2)
    bench.world.lags = {1: "Finished", 2: "Finished"}
    looked = bench.wms.look(bench.where, ["1", "2"])
    assert not isinstance(looked, NoAnswer)
    assert {run.state for run in looked.values()} == {"running"}
    assert bench.world.asked == []


def test_details_are_those_of_the_last_poll(bench: PandaBench, tmp_path: Path) -> None:
    aged = PandaBench(bench.world, World(), bench.address, tmp_path, age=100)
    filled(aged, 5)
    names = {str(group): name_of(group) for group in range(1, 6)}
    shown(aged, Wanted(names, prefixes=("u_op_c",), since=NOW))
    asked = len(aged.world.asked)
    found = aged.wms.details(aged.where, names, NOW)
    assert not isinstance(found, NoAnswer)
    assert (len(found.tasks), {one.label for one in found.tasks}) == (10, {"isr"})
    assert found.jobs
    assert len(aged.world.asked) == asked
    assert isinstance(PandaBench(bench.world, World(), None, tmp_path).wms.details(bench.where, {}), NoAnswer)
