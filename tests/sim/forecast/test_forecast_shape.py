"""A campaign of the shape of DP0.2: barriers against overlap, how quick it is, and what limits do."""

from __future__ import annotations

import time
from functools import cache

import pytest
from dp02_shape import text, times_of
from forecast_campaigns import Made, made

from cmcompile.model.forecast import Variant
from cmcompile.sim.forecast.forecast import answer
from cmcompile.sim.forecast.variant import Needs
from cmcompile.version import EMIT

#: Processor seconds for one sort of needs, 20 runs of 2,030 groups and as many rescue groups.
SECONDS = 20.0


@cache
def campaign(times: int, slots: int) -> Made:
    return made(text(times, slots))


def found(needs: Needs, share: float, *, near: bool = True, slots: int = 200, runs: int = 5) -> Variant:
    times = times_of(share, near=near)
    return answer(campaign(10, slots).inputs(), times, needs, None, runs, 1, EMIT).variant


def middle(one: Variant) -> float:
    assert one.ends.p50 is not None
    return one.ends.p50


def test_overlap_ends_sooner_than_barriers_at_equal_slots() -> None:
    barrier = middle(found("barrier", 0.1))
    assert middle(found("overlap", 0.1)) <= 0.85 * barrier


def test_what_is_strewn_over_all_of_the_survey_gains_little() -> None:
    barrier = middle(found("barrier", 1.0))
    assert middle(found("overlap", 1.0)) == pytest.approx(barrier, rel=0.1)


def test_thousands_of_groups_take_seconds() -> None:
    assert len(campaign(10, 200).declared) > 4000
    start = time.process_time()
    found("as written", 0.1, runs=20)
    assert time.process_time() - start < SECONDS


def test_fewer_slots_end_later_and_say_that_they_hold_work_up() -> None:
    many, few = found("barrier", 0.1, slots=400, runs=2), found("barrier", 0.1, slots=100, runs=2)
    assert middle(few) > 1.5 * middle(many)
    limits = [held for held in few.held if held.kind == "limit"]
    assert [held.what for held in limits] == ["the campaign: 100 at once"]
    assert 0.3 < limits[0].share <= 1


def test_the_critical_path_leads_from_the_first_workflow_to_the_end() -> None:
    one = found("overlap", 0.1, runs=1)
    assert one.path[0].group.startswith("step1/")
    assert one.path[0].sent == 0
    assert one.path[-1].group.startswith("step7/")
    assert one.path[-1].seen == pytest.approx(one.ends.p50)
    for link, following in zip(one.path, one.path[1:], strict=False):
        assert link.seen <= following.sent
        assert link.sent <= link.runs < link.ends <= link.seen
