"""A crash at every single boundary of the process that applies, of its child, or of both."""

from __future__ import annotations

import pytest

from cmcompile.sim.crash import crashed, played, points

_PARTS = 8


def test_without_a_crash_a_rescue_makes_all_good() -> None:
    story = played()
    assert {key: p.standing.state.value for key, p in story.found.positions.items()} == {
        ("a", "1"): "accepted",
        ("a", "r.1"): "accepted",
        ("b", "all"): "accepted",
        ("d", "all"): "accepted",
    }
    assert [call.name.rpartition("_")[0] for call in story.calls] == [
        "u_a_1",
        "u_a_r.1",
        "u_b_all",
        "u_d_all",
    ]


@pytest.mark.parametrize("part", range(_PARTS))
def test_after_any_crash_what_must_hold_does(part: int) -> None:
    some = list(points())[part::_PARTS]
    assert len(some) > 50
    failed = {kill_at: found for kill_at in some if (found := crashed(kill_at))}
    assert failed == {}
