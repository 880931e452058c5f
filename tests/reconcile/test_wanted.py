"""What a pass asks for: all that may change, and nothing that is over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import HealthCheck, event, given, settings
from state_events import (
    GATE,
    GIVEN_UP,
    RESTART,
    RETIRED,
    WMS,
    abandoned,
    claimed,
    observed,
    outcome,
    review,
    submitted,
)
from state_junk import proper
from test_facts_settle import OUTCOMES, Elsewhere, Late, Shown, shown

from cmcompile.apply.outside import Desk, Sources
from cmcompile.model import wms as port
from cmcompile.model.event import Accepted, Body, Draft, Event, Subject, WmsRef
from cmcompile.model.states import LedgerState
from cmcompile.model.wms import Known, RunSeen, Wanted
from cmcompile.reconcile.facts import Facts
from cmcompile.reconcile.observe import observe
from cmcompile.reconcile.wanted import wanted
from cmcompile.state.claim import ENDED, SEEN
from cmcompile.state.fold import fold

_DONE = outcome({"isr": 3})
_RUN = claimed()


def ledger(*bodies: Body, more: Sequence[Body] = (), accepted: bool = False) -> LedgerState:
    """Return a ledger with one group; ``more`` are the events of a second workflow."""
    events = []
    for name, some in (("w00", bodies), ("w01", more)):
        claim, id_ = f"c-{name}", ""
        for number, body in enumerate(some, 1):
            id_ = claim if number == 1 else ("g" if body is GATE else f"{name}-{number}")
            at = f"2026-11-20T08:00:{number:02}Z"
            events.append(Event(number, Draft(Subject("step1", "3", name), id_, at, "me", body, claim)))
    if accepted:
        at = "2026-11-20T09:00:00Z"
        events.append(Event(1, Draft(Subject("step1", "3"), "accepted", at, "me", Accepted(("w00",)))))
    return fold(events)


def asked(state: LedgerState) -> Wanted:
    return wanted(state)[WMS]


def test_a_run_that_goes_on_is_told_by_name() -> None:
    found = asked(ledger(_RUN, GATE, submitted("r1", "g"), observed("running", "r1")))
    assert (dict(found.going), found.sure, found.lost, found.over) == ({"r1": "run"}, (), (), frozenset())
    assert found.since is not None
    assert found.prefixes == ("prefix",)


@pytest.mark.parametrize("state", ["succeeded", "partial", "failed"])
def test_what_is_over_is_asked_for_until_its_outcome_is_known(state: str) -> None:
    begun = (_RUN, GATE, submitted("r1", "g"))
    assert asked(ledger(*begun, observed(state, "r1"))).sure == ("r1",)
    found = asked(ledger(*begun, observed(state, "r1", _DONE)))
    assert (dict(found.going), found.sure, found.lost, found.over) == ({}, (), (), frozenset())
    assert found.settled == {"r1": Known("run", state)}
    accepted = asked(ledger(*begun, observed(state, "r1", _DONE), accepted=True))
    assert accepted.is_nothing
    assert accepted.over == {"r1"}


def test_what_was_removed_is_over_and_what_was_cancelled_needs_no_outcome() -> None:
    begun = (_RUN, GATE, submitted("r1", "g"))
    assert asked(ledger(*begun, observed("succeeded", "r1", _DONE), RETIRED)).over == {"r1"}
    assert set(asked(ledger(*begun, observed("cancelled", "r1"))).settled) == {"r1"}


@pytest.mark.parametrize("reason", ["foreign_run", "reopened", "review_asked"])
def test_what_a_person_must_look_at_is_sure(reason: str) -> None:
    begun = (_RUN, GATE, submitted("r1", "g"))
    found = asked(ledger(*begun, observed("running", "r1"), review(reason)))
    assert (dict(found.going), found.sure) == ({}, ("r1",))


def test_a_lost_submission_is_looked_for_with_all_runs_of_its_group() -> None:
    over = (_RUN, GATE, submitted("r1", "g"), observed("failed", "r1", _DONE))
    found = asked(ledger(*over, more=(claimed(), GATE)))
    assert (found.lost, found.sure, found.over) == (("prefix",), ("r1",), frozenset())
    given_up = asked(ledger(*over, more=(claimed(), GATE, abandoned("g"))))
    assert given_up.lost == ("prefix",)


@pytest.mark.parametrize("last", ["failed", "partial", "cancelled"])
def test_the_names_of_a_group_that_may_be_sent_again_are_watched(last: str) -> None:
    found = asked(ledger(_RUN, GATE, submitted("r1", "g"), observed(last, "r1", _DONE)))
    assert (found.watched, set(found.settled), found.sure) == (("prefix",), {"r1"}, ())
    turned_away = ledger(_RUN, GATE, submitted("r1", "g"), observed(last, "r1", _DONE), more=(_RUN, GIVEN_UP))
    assert asked(turned_away).watched == ("prefix",)
    assert asked(ledger(_RUN, GIVEN_UP, RETIRED)).watched == ("prefix",)


def test_of_a_group_that_was_accepted_nothing_is_watched() -> None:
    over = (_RUN, GATE, submitted("r1", "g"), observed("partial", "r1", _DONE))
    assert asked(ledger(*over)).watched
    assert not asked(ledger(*over, accepted=True)).watched


def test_a_restart_is_sure_until_it_is_seen_to_run() -> None:
    over = (_RUN, GATE, submitted("r1", "g"), observed("failed", "r1", _DONE))
    events = []
    again: tuple[Body, ...] = (RESTART, GATE, submitted("r1", "g2"))
    for number, body in enumerate((*over, *again), 1):
        claim = "c1" if number <= len(over) else "c2"
        id_ = {1: "c1", 2: "g", 5: "c2", 6: "g2"}.get(number, f"e{number}")
        at = f"2026-11-20T08:00:{number:02}Z"
        events.append(Event(number, Draft(Subject("step1", "3", "w00"), id_, at, "me", body, claim)))
    found = asked(fold(events))
    assert (dict(found.going), found.sure) == ({}, ("r1",))


class Cheap(Shown):
    """Shows what is asked for, and other runs with such names; of what is over, only what goes on again."""

    def refresh(self, where: WmsRef, some: Wanted) -> port.Shown:
        if some.is_nothing:
            return port.Shown({}, some.over)
        ids = {*some.going, *some.sure, *some.settled}
        found = {
            run.run_id: run
            for run in self.runs
            if run.run_id in ids
            or (run.run_id in some.apart and run.run_id not in some.over)
            or (run.name.startswith(some.prefixes) and (run.run_id not in some.over or not _ended(run)))
        }
        return port.Shown(found, some.over - found.keys())


def _ended(run: RunSeen) -> bool:
    return SEEN.get(run.state) in ENDED


@given(proper, shown)
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_asking_less_records_the_same(events: list[Event], some: list[RunSeen]) -> None:
    state = fold(events)
    spared = wanted(state).get(WMS, Wanted())
    last = {id_: seen for w in state.workflows() for id_, seen in w.run_states()}
    # What is over in the ledger is over in the world, and as it was.
    some = [run for run in some if run.run_id not in spared.over or SEEN.get(run.state) is last[run.run_id]]
    if spared.is_nothing:
        # Nobody is asked, so a run that nobody knows is seen with the next look-up.
        some = [run for run in some if run.run_id in last]
    event(f"nothing: {spared.is_nothing}, spared: {bool(spared.over)}")
    assert _drafts(Cheap(some), state) == _drafts(Shown(some), state)


def _drafts(wms: Shown, state: LedgerState) -> list[tuple[str, Body]]:
    ids = (f"{number:016x}" for number in count(1 << 60))
    desk = Desk("c", None, Late(), Elsewhere(False), lambda: next(ids), "Ann <a@b>")  # type: ignore[arg-type]
    sources = Sources(desk, None, wms, None)  # type: ignore[arg-type]
    observation = replace(observe(wms, state), outcomes=OUTCOMES)
    return [(str(draft.subject), draft.body) for draft in Facts(sources, observation).drafts(state)]
