"""Some hundred seeds of the simulated world: what must hold does."""

from __future__ import annotations

import pytest

from cmcompile.sim.far.choices import Choices
from cmcompile.sim.play import Play
from cmcompile.sim.scene import Scene
from cmcompile.sim.seed import run_seed
from cmcompile.sim.setup import Setup, calm

_EACH = 50


@pytest.mark.parametrize("start", range(0, 400, _EACH))
def test_what_must_hold_does(start: int) -> None:
    failed = {
        seed: [f"{one.name}: {one.why}" for one in ran.broken]
        for seed in range(start, start + _EACH)
        if (ran := run_seed(seed)).broken
    }
    assert failed == {}


@pytest.mark.parametrize("campaign", ["one", "two", "rescue", "covering", "collected"])
def test_where_nothing_goes_wrong_all_is_accepted(campaign: str) -> None:
    setup = calm(campaign)
    setup.active = False
    scene = Scene(Choices(1), setup)
    play = Play(scene)
    play.run()
    assert play.found is not None
    states = {key: p.standing.state.value for key, p in play.found.positions.items()}
    assert set(states.values()) <= {"accepted", "waiting"}
    assert {state for (_, group), state in states.items() if "." not in group} == {"accepted"}
    assert len(scene.wms.calls) == len([key for key in states if "." not in key[1]])
    assert scene.world.fired == {}


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_the_same_seed_and_the_same_choices_give_the_same_run(seed: int) -> None:
    first = run_seed(seed, trace=True)
    again, replayed = run_seed(seed, trace=True), run_seed(0, replay=first.choices, trace=True)
    assert first.trace
    assert again.trace == first.trace
    assert replayed.trace == first.trace
    assert replayed.choices == first.choices


def test_a_run_in_git_holds_too() -> None:
    def small(choices: Choices) -> Setup:
        made = calm("two")
        made.passes = 0
        return made

    ran = run_seed(1, store="git", setup=small)
    assert ran.broken == ()
    assert ran.coverage.counts["submit"] == 2


#: The choices of a world in which a child's machine stands still between the word and the call: those that
#: are not 0, by number.
_LATE = (
    "0:3 13:1 29:1 33:2 42:1 43:1345 44:411 45:1967 46:4515 49:1 87:24 91:19 93:1 96:385 97:1 132:10 "
    "133:1 149:6 150:1 151:2071 183:6 204:1630 206:2 207:2607 210:9 225:6 228:24 229:1 231:1 232:1658 "
    "234:2649 303:2 304:3267 307:264 308:1 324:1 326:284 329:7 334:696 335:2 337:739 347:2 348:537 "
)


def test_a_call_that_is_late_was_not_made_against_what_was_read_since() -> None:
    chosen = {int(at): int(value) for at, _, value in (one.partition(":") for one in _LATE.split())}
    ran = run_seed(0, replay=[chosen.get(at, 0) for at in range(max(chosen) + 1)], trace=True)
    assert "paused: 3267 s at pipe" in ran.trace, "the world has changed: find such a one again"
    assert ran.broken == ()
