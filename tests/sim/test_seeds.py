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
