"""The look-up before a gate: what is clear, and each way in which it is not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest
from state_events import (
    GATE,
    GIVEN_UP,
    PREPARE_FAILED,
    RETIRED,
    SPEC,
    abandoned,
    claimed,
    event,
    observed,
    submitted,
)

from cmcompile.apply.look_up import Clear, NotClear, final_now, look_up
from cmcompile.model.event import Body, Claimed, Event, Subject, WmsRef
from cmcompile.model.states import LedgerState
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.state.fold import fold

PANDA, CONDOR = WmsRef("x.PanDAService", "doma"), WmsRef("x.HTCondorService", "schedd")
KEY = ("step1", "3")


@dataclass
class Shown:
    """Workload systems that show what a test says; implements ``Wms``."""

    runs: Mapping[WmsRef, Sequence[RunSeen] | NoAnswer] = field(default_factory=dict)
    asked: list[tuple[WmsRef, tuple[str, ...]]] = field(default_factory=list)

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        self.asked.append((where, tuple(prefixes)))
        found = self.runs.get(where, ())
        if isinstance(found, NoAnswer):
            return found
        return tuple(run for run in found if run.name.startswith(tuple(prefixes)))

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        found = self.runs.get(where, ())
        return found if isinstance(found, NoAnswer) else {r.run_id: r for r in found if r.run_id in run_ids}

    def cancel(self, where: WmsRef, run_id: str) -> None:
        raise AssertionError

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        raise AssertionError

    def settling(self, where: WmsRef) -> float:
        raise AssertionError


def claim(group: str = "3", number: int = 0, wms: WmsRef = PANDA, **more: object) -> Claimed:
    name, prefix = f"u_step1_{group}_w{number:02}-abc", f"u_step1_{group}_w"
    return replace(claimed(**more), run_name=name, prefix=prefix, wms=wms, spec=SPEC)  # type: ignore[arg-type]


def workflow(*bodies: Body, group: str = "3", name: str = "w00") -> list[Event]:
    subject, id_ = Subject("step1", group, name), f"{group}{name}"
    return [
        event(n, body, claim=id_, subject=subject, event_id=f"{id_}{n}") for n, body in enumerate(bodies, 1)
    ]


def state(*workflows: list[Event]) -> LedgerState:
    return fold([one for some in workflows for one in some])


def run(run_id: str = "r1", name: str = "u_step1_3_w00-abc", how: str = "failed", mark: str = "") -> RunSeen:
    return RunSeen(run_id, name, how, how.upper(), mark)


def asked(wms: Shown, known: LedgerState, covers: tuple[str, ...] = ()) -> Clear | NotClear:
    return look_up(wms, known, KEY, covers, PANDA, "u_step1_3_w")


FAILED = workflow(claim(), GATE, submitted("r1"), observed("failed", "r1"))


def test_an_empty_answer_is_clear_where_nothing_is_known() -> None:
    wms = Shown()
    assert isinstance(asked(wms, state()), Clear)
    assert wms.asked == [(PANDA, ("u_step1_3_w",))]


def test_a_known_run_that_is_over_is_clear_and_its_mark_is_kept() -> None:
    found = asked(Shown({PANDA: [run(mark="m7")]}), state(FAILED))
    assert isinstance(found, Clear)
    assert found.mark("r1") == "m7"
    assert found.mark("r2") == ""


def test_the_digest_is_of_all_that_was_answered() -> None:
    one, two = (asked(Shown({PANDA: [run(mark=mark)]}), state(FAILED)) for mark in ("1", "2"))
    assert isinstance(one, Clear)
    assert isinstance(two, Clear)
    assert one.digest != two.digest


@pytest.mark.parametrize(
    ("runs", "why", "answered"),
    [
        (NoAnswer("429"), "PanDAService (doma) gave no answer: 429", False),
        ([], "PanDAService (doma) does not show run r1 of step1/3@w00, which the ledger knows", False),
        ([run(), run("r2")], "has run r2 (u_step1_3_w00-abc), which the ledger does not know", True),
        ([run(how="running")], "run r1 of step1/3@w00 is running now", True),
        ([run(how="submitted")], "run r1 of step1/3@w00 is submitted now", True),
        ([run(how="a new word")], "run r1 of step1/3@w00 is a new word now", True),
    ],
)
def test_what_is_not_clear(runs: Sequence[RunSeen] | NoAnswer, why: str, answered: bool) -> None:
    found = asked(Shown({PANDA: runs}), state(FAILED))
    assert isinstance(found, NotClear)
    assert why in found.why
    assert found.answered is answered


def test_every_system_that_a_claim_names_is_asked() -> None:
    other = workflow(claim(wms=CONDOR), GATE, submitted("c1"), observed("failed", "c1"))
    found = asked(Shown({CONDOR: NoAnswer("the schedd is away")}), state(other))
    assert isinstance(found, NotClear)
    assert "HTCondorService (schedd)" in found.why


@pytest.mark.parametrize("end", [PREPARE_FAILED, GIVEN_UP])
def test_a_system_that_nothing_was_given_to_is_not_asked(end: Body) -> None:
    # Such as a plugin whose name was misspelled, and which nobody can ever ask.
    wms = Shown({CONDOR: NoAnswer("there is no such plugin")})
    assert isinstance(asked(wms, state(workflow(claim(wms=CONDOR), end))), Clear)
    assert wms.asked == [(PANDA, ("u_step1_3_w",))]


@pytest.mark.parametrize(
    "bodies",
    [
        (claim(wms=CONDOR),),
        (claim(wms=CONDOR), GATE),
        (claim(wms=CONDOR), GATE, abandoned("3w002")),
        (claim(wms=CONDOR), GATE, GIVEN_UP),
        (claim(wms=CONDOR), PREPARE_FAILED, GATE),
        (claim(wms=CONDOR), PREPARE_FAILED, submitted("c1")),
    ],
)
def test_a_system_that_may_have_been_given_a_run_is_asked(bodies: tuple[Body, ...]) -> None:
    found = asked(Shown({CONDOR: NoAnswer("the schedd is away")}), state(workflow(*bodies)))
    assert isinstance(found, NotClear)
    assert "the schedd is away" in found.why


@pytest.mark.parametrize("covers", [("3",), ()])
def test_rescues_that_cover_the_group_are_asked_for(covers: tuple[str, ...]) -> None:
    rescue = workflow(
        claim("r.1", covers=("3",)), GATE, submitted("r9"), observed("failed", "r9"), group="r.1"
    )
    live = run("r9", "u_step1_r.1_w00-abc", "running")
    found = asked(Shown({PANDA: [live]}), state(rescue), covers)
    assert isinstance(found, NotClear)
    assert "run r9 of step1/r.1@w00 is running" in found.why


def test_what_was_retired_need_not_be_shown() -> None:
    assert isinstance(
        asked(Shown(), state(workflow(claim(), GATE, submitted("r1"), observed("failed", "r1"), RETIRED))),
        Clear,
    )


def test_a_run_with_a_name_of_its_own_is_asked_for_by_its_id() -> None:
    own = replace(claim(adopted=True), run_name="mine")
    known = state(workflow(own, submitted("r1"), observed("failed", "r1")))
    assert isinstance(asked(Shown({PANDA: [run(name="mine")]}), known), Clear)
    assert isinstance(asked(Shown({PANDA: [run(name="mine", how="running")]}), known), NotClear)


def test_a_restart_that_is_claimed_does_not_hide_the_run() -> None:
    own = replace(claim(adopted=True), run_name="mine")
    events = workflow(own, submitted("r1"), observed("failed", "r1"))
    again = event(
        9, replace(own, adopted=False, restart=True), claim="again", subject=events[0].draft.subject
    )
    assert isinstance(asked(Shown({PANDA: [run(name="mine")]}), state([*events, again])), Clear)


def test_final_now() -> None:
    workflows = state(FAILED).groups[KEY].workflows
    assert final_now(Shown({PANDA: [run()]}), workflows) is None
    for runs, answered in (
        (NoAnswer("down"), False),
        ([], False),
        ([run(how="running")], True),
        ([run(how="succeeded")], True),
    ):
        found = final_now(Shown({PANDA: runs}), workflows)
        assert isinstance(found, NotClear)
        assert found.answered is answered
