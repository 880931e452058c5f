"""The status as text; the snapshots hold one page per file, to be read by eye."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pages import Page, controls, too_wide
from standings import NOW, SEEN, standings, state
from syrupy.assertion import SnapshotAssertion

from cmcompile.model.event import Claimed
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Standing
from cmcompile.model.status import Attention, CampaignStatus, Concern, Seen
from cmcompile.plan.summary import status_of, whereabouts_of
from cmcompile.report.screen import Screen
from cmcompile.report.status import Level, render_status, render_whereabouts

SCREEN = Screen(100, now=NOW)
LEVELS: tuple[Level, ...] = ("production", "campaign", "step", "group", "workflow")


def whole() -> CampaignStatus:
    return status_of(
        "dp02",
        SEEN,
        standings(),
        state(),
        production="DP0.2",
        steps=["step1", "step3"],
        collections={"step1": "u/ann/dp02/step1"},
    )


def part(*groups: str) -> CampaignStatus:
    return status_of("dp02", SEEN, standings(), state(), chosen={("step1", g) for g in groups})


def all_campaigns() -> list[CampaignStatus]:
    calm = status_of("nightly", replace(SEEN, asked="as last seen"), {}, state(), chosen=())
    return [
        whole(),
        calm,
        CampaignStatus("broken", fault="its spec has 3 errors", next="cmcompile validate broken"),
    ]


def shown(level: Level, screen: Screen = SCREEN) -> str:
    statuses = {"production": all_campaigns(), "campaign": [whole()], "step": [whole()]}
    return render_status(statuses.get(level, [part("3", "4", "13")]), "text", level, screen, workflow="w00")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("columns", [100, 60])
def test_each_page_looks_as_reviewed(level: Level, columns: int, snapshot: SnapshotAssertion) -> None:
    assert shown(level, replace(SCREEN, columns=columns)) == snapshot(extension_class=Page)


# The page of a workflow is where messages and names are read whole.
@pytest.mark.parametrize("level", LEVELS[:-1])
@pytest.mark.parametrize("columns", [100, 80, 60, 40])
def test_only_what_is_copied_is_wider_than_the_terminal(level: Level, columns: int) -> None:
    text = shown(level, replace(SCREEN, columns=columns))
    # A word that is longer than the line is not broken.
    assert [line for line in too_wide(text, columns) if " " in line.strip()[:columns]] == []


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_that_was_recorded_reaches_the_terminal_bare(level: Level) -> None:
    assert controls(shown(level)) == set()


@pytest.mark.parametrize("level", ["campaign", "step", "group"])
def test_colours_change_no_word(level: Level) -> None:
    coloured = shown(level, replace(SCREEN, colour=True))
    assert "\x1b[1;31m" in coloured
    for code in ("1;31", "32", "36", "2", "1", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == shown(level)


def test_the_first_line_says_whether_anything_is_wrong() -> None:
    assert shown("campaign").splitlines()[0] == (
        "dp02 (DP0.2): 10 groups and 1 file of the ledger need a person; 2 of 54 groups accepted"
    )
    calm = {k: s for k, s in standings().items() if k in (("step1", "0"), ("step1", "1"))}
    text = render_status([status_of("dp02", SEEN, calm, state(), chosen=calm)], "text", "campaign", SCREEN)
    assert text.splitlines()[0] == "dp02: nothing needs a person; all 2 groups accepted"


def test_the_most_urgent_command_comes_first() -> None:
    commands = [line.strip() for line in shown("campaign").splitlines() if line.startswith("    cmcompile")]
    assert commands[0] == "cmcompile explain dp02/step1/3 state"


def test_commands_and_collections_are_whole_on_a_narrow_terminal() -> None:
    text = shown("group", replace(SCREEN, columns=20))
    assert "cmcompile explain dp02/step1/3 state\n" in text
    assert "u/ann/dp02/step1/bad-psf.4/w00-0a1b2c\n" in text


def test_many_concerns_are_cut_and_the_rest_is_told() -> None:
    many = tuple(Concern(f"step1/{n}", GroupState.REVIEW, f"{n} quanta") for n in range(3000))
    status = CampaignStatus("dp02", seen=SEEN, attention=(Attention("step1", Reason.OVER_LIMITS, many),))
    text = render_status([status], "text", "campaign", SCREEN)
    assert len(text.splitlines()) < 20
    assert "and 2,997 more: cmcompile status dp02/step1 reason:over_limits" in text
    everything = render_status([status], "text", "step", replace(SCREEN, most=None))
    assert "step1/2999" in everything
    assert "more:" not in everything


def test_a_stale_source_and_a_ledger_not_asked_for_are_said() -> None:
    stale = replace(SEEN, asked="as last seen", stale_since="2026-11-20T02:00:00Z")
    text = render_status([CampaignStatus("dp02", seen=stale)], "text", "campaign", SCREEN)
    assert "ledger 3f2a1b9c0d1e as last seen, of 2026-11-20" in text
    assert "stale: a source could not be asked since 2026-11-20T02:00:00Z (6 h ago)" in text


def test_without_a_ledger_or_groups_a_page_is_still_made() -> None:
    assert "no ledger yet" in render_status([CampaignStatus("new", seen=Seen())], "text", "campaign", SCREEN)
    assert render_status([], "text", "campaign", SCREEN) == "no campaign\n"
    assert "nothing needs a person" in render_status([], "text", "production", SCREEN)
    assert "dp02: no group" in render_status([part()], "text", "group", SCREEN)


def test_no_age_is_told_without_a_time() -> None:
    assert " ago" not in shown("campaign", replace(SCREEN, now=None)).replace("5 h ago and no reply", "")


def test_a_workflow_that_is_not_there_is_said() -> None:
    text = render_status([part("4")], "text", "workflow", SCREEN, workflow="w07")
    assert "step1/4 has no workflow w07; it has: w00" in text


def test_a_workflow_without_a_claim_is_shown() -> None:
    status = part("3")
    bare = replace(status.rows[0].workflows[0], claim=None)
    status = replace(status, rows=(replace(status.rows[0], workflows=(bare,)),))
    assert "3@w00: abandoned" in render_status([status], "text", "group", SCREEN)
    assert isinstance(part("3").rows[0].workflows[0].claim, Claimed)


def test_where_data_went_looks_as_reviewed(snapshot: SnapshotAssertion) -> None:
    rows = whereabouts_of("dp02", [standings()["step1", g] for g in ("4", "bad-psf.4", "3", "13")], state())
    for format_ in ("text", "csv", "markdown", "json"):
        text = render_whereabouts("visit:1145348", rows, format_, SCREEN)
        assert text == snapshot(extension_class=Page, name=format_)
        assert controls(text) == set()


@pytest.mark.parametrize("format_", ["text", "csv", "markdown", "json"])
def test_nowhere_is_an_answer(format_: str) -> None:
    assert render_whereabouts("visit:1", (), format_, SCREEN).endswith("\n")  # type: ignore[arg-type]


def test_a_group_in_two_campaigns_has_two_blocks() -> None:
    one = whereabouts_of("dp02", [Standing("step1", "1", GroupState.READY, Reason.NEVER_SENT)], state())
    text = render_whereabouts("visit:7", (*one, *(replace(r, campaign="dp1") for r in one)), "text", SCREEN)
    assert "visit:7: 2 groups in 2 campaigns" in text
    assert "dp1/step1/1: ready" in text
