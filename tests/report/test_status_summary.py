"""The numbers of a status, made from standings and a ledger."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from standings import NOW, SEEN, standings, state
from test_status_pages import validator as validator

from cmcompile.model.event import CAMPAIGN
from cmcompile.model.reason import Reason
from cmcompile.model.states import NOTHING, GroupState, LedgerState, Standing, StepRecord, TagRecord
from cmcompile.model.status import needs_person
from cmcompile.model.tagged import TaggedInput, TaggedInputs
from cmcompile.plan.summary import rescue_of, status_of, whereabouts_of
from cmcompile.report.screen import Screen
from cmcompile.report.status import render_status
from cmcompile.report.status import words as status_words

SCREEN = Screen(100, now=NOW)
ONE, TWO = (TaggedInput(name, ("HSC/raw",), ("raw",)) for name in ("u/t", "u/v"))


def test_first_pass_and_rescues_are_counted_apart() -> None:
    found = status_of("dp02", SEEN, standings(), state(), steps=["step0", "step3"])
    assert [s.step for s in found.steps] == ["step0", "step3", "step1"]
    last = found.steps[-1]
    assert (last.groups, last.rescue_groups, last.people, last.rescue_people) == (14, 2, 8, 1)
    assert last.rescues == {GroupState.HELD: 1, GroupState.ACTIVE: 1}
    assert sum(found.counts.values()) == 54
    assert found.rescue_counts[GroupState.ACTIVE] == 1


def test_quanta_are_known_only_where_an_outcome_is() -> None:
    found = {s.step: s for s in status_of("dp02", SEEN, standings(), NOTHING).steps}
    assert (found["step1"].quanta, found["step1"].missing, found["step1"].known) == (30_000, 561, 10)
    assert (found["step3"].quanta, found["step3"].missing, found["step3"].known) == (None, None, 0)


def test_doubtful_runs_come_first_and_blocked_groups_last() -> None:
    found = status_of("dp02", SEEN, standings(), state())
    reasons = [a.reason for a in found.attention]
    assert reasons == [
        *(Reason.OUTCOME_UNKNOWN, Reason.UNREADABLE, Reason.SENT_GONE, Reason.OVER_LIMITS),
        Reason.BLOCKED_BY_REVIEW,
    ]
    assert found.people == 11
    assert found.attention[2].concerns[0].workflow == "gone@w00"


def test_a_selection_shows_itself_only() -> None:
    found = status_of("dp02", SEEN, standings(), state(), steps=["step1", "step3"], chosen={("step1", "2")})
    assert [s.step for s in found.steps] == ["step1"]
    assert [r.standing.group for r in found.rows] == ["2"]
    assert found.attention == ()


def test_a_group_has_its_workflows_and_those_that_cover_it() -> None:
    found = status_of("dp02", SEEN, standings(), state())
    rows = {r.standing.group: r for r in found.rows if r.standing.step == "step1"}
    assert [str(w) for w in rows["4"].covering] == ["step1/bad-psf.4@w00"]
    assert rows["bad-psf.4"].covers == ("4",)
    assert rows["bad-psf.4"].rescue == "bad-psf"
    assert rows["12"].workflows == ()


def test_what_the_spec_says_is_covered_counts_before_the_ledger() -> None:
    covers = {("step1", "bad-psf.4"): ("4", "5")}
    rows = {r.standing.group: r for r in status_of("dp02", SEEN, standings(), state(), covers=covers).rows}
    assert rows["bad-psf.4"].covers == ("4", "5")


@pytest.mark.parametrize(
    ("chained", "holds", "lacks"), [(None, None, 1), ((), 0, 1), (("1@w00",), 1, 0), (("9@w00",), 1, 1)]
)
def test_a_collection_lacks_accepted_groups(
    chained: tuple[str, ...] | None, holds: int | None, lacks: int
) -> None:
    made = replace(state(), steps={"step1": StepRecord("step1", "c", chained, chaining=True)})
    one = {k: s for k, s in standings().items() if k == ("step1", "1")}
    found = status_of("dp02", SEEN, one, made).steps[0].collection
    assert found is not None
    assert (found.name, found.holds, found.lacks, found.unfinished) == ("c", holds, lacks, True)


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ((), ("u/t not made", "0 of 2 made")),
        ((TagRecord("u/t", ONE.digest, 7),), ("u/t, 7 datasets", "1 of 2 made, 7 datasets")),
        ((TagRecord("u/t", "other", 7),), ("u/t not made", "0 of 2 made")),
        ((TagRecord("u/t", ONE.digest, 7, begun="x"),), ("u/t not made", "0 of 2 made")),
    ],
)
def test_the_tagged_inputs_that_a_step_reads(
    tags: tuple[TagRecord, ...], said: tuple[str, str], validator: Draft202012Validator
) -> None:
    made = replace(state(), steps={CAMPAIGN: StepRecord(CAMPAIGN, tags=tags)})
    for names, words in zip((("u/t",), ("u/t", "u/v")), said, strict=True):
        tagged = TaggedInputs({"u/t": ONE, "u/v": TWO}, {("step1", "1"): names[:1], ("step1", "2"): names})
        found = status_of("dp02", SEEN, standings(), made, tagged=tagged)
        steps = {step.step: step.tagged for step in found.steps}
        assert steps["step3"] is None
        assert status_words.tagged(steps["step1"]) == words
        assert words in render_status([found], "text", "campaign", SCREEN)
        assert words in render_status([found], "markdown", "campaign", SCREEN)
        told = json.loads(render_status([found], "json", "campaign", SCREEN))
        assert list(validator.iter_errors(told)) == []
        told_steps = {step["step"]: step for step in told["campaigns"][0]["steps"]}
        assert told_steps["step1"]["tagged"]["declared"] == len(names)
        assert "tagged" not in told_steps["step3"]


def test_a_step_whose_chain_bps_keeps_has_no_collection() -> None:
    assert all(s.collection is None for s in status_of("dp02", SEEN, standings(), LedgerState()).steps)


def test_the_longest_staleness_is_told() -> None:
    stale = {
        k: replace(s, stale_since=f"2026-11-20T0{n}:00:00Z")
        for n, (k, s) in enumerate([*standings().items()][:5], 1)
    }
    assert status_of("dp02", SEEN, stale, state()).seen.stale_since == "2026-11-20T01:00:00Z"
    assert status_of("dp02", SEEN, standings(), state()).seen.stale_since == ""


@pytest.mark.parametrize(
    ("state_", "reason", "blocked", "wanted"),
    [
        (GroupState.REVIEW, Reason.NOT_FOUND, False, True),
        (GroupState.HELD, Reason.BLOCKED_BY_REVIEW, True, True),
        (GroupState.HELD, Reason.LIMIT, False, False),
        (GroupState.FAILED, Reason.RUN_FAILED, False, True),
        (GroupState.FAILED, Reason.RETRY_DECIDED, False, False),
        (GroupState.PARTIAL, Reason.RESCUE_DECLARED, False, False),
        (GroupState.REJECTED, Reason.REJECTED, False, False),
    ],
)
def test_who_needs_a_person(state_: GroupState, reason: Reason, blocked: bool, wanted: bool) -> None:
    assert needs_person(Standing("s", "g", state_, reason, blocked=blocked)) is wanted


def test_a_superseded_workflow_is_no_place_to_look() -> None:
    made = state()
    record = made.groups["step1", "1"]
    made = replace(made, groups={("step1", "1"): replace(record, superseded=frozenset({"w00"}))})
    (found,) = whereabouts_of("dp02", [standings()["step1", "1"]], made)
    assert (found.workflow, found.run) == ("", "")
    (found,) = whereabouts_of("dp02", [standings()["step1", "1"]], state())
    assert (found.workflow, found.run) == ("1@w00", "u/ann/dp02/step1/1/w00-0a1b2c")


def test_a_dot_stands_after_the_name_of_a_rescue_only() -> None:
    assert [rescue_of(g) for g in ("3", "a-1", "bad-psf.3", "r.2.1")] == ["", "", "bad-psf", "r"]
