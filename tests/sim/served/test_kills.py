"""Processes of apply are killed with -9 at random moments; passes follow until nothing follows any more.

``SIM_KILLS`` says how often. ``python tests/sim/served/kills.py 200`` tells where the kills fell.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from kill_worlds import (
    CAMPAIGN,
    GROUPS,
    Kill,
    Moment,
    check,
    cmcompile,
    settle,
    template,
    trial,
    undisturbed,
    world,
)
from served_far_sides import log_of

from cmcompile.sim.served.hand import Hand
from cmcompile.sim.served.journal import entries
from cmcompile.sim.served.troubles import Trouble

COUNT = int(os.environ.get("SIM_KILLS", "12"))


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return template(tmp_path_factory.mktemp("kills"))


@pytest.fixture(scope="session")
def takes(copied: Path) -> float:
    return undisturbed(copied)


@pytest.mark.parametrize("seed", range(COUNT))
def test_after_a_kill_each_group_is_submitted_once_or_in_review(
    copied: Path, takes: float, seed: int
) -> None:
    kill = Kill.drawn(seed)
    print(kill, dict(trial(copied, kill, takes)))  # noqa: T201


def test_moments_differ() -> None:
    some = [Kill.drawn(seed) for seed in range(100)]
    assert {kill.moment for kill in some} == set(Moment)
    assert {kill.both for kill in some} == {kill.waits for kill in some} == {False, True}


def test_a_run_whose_reply_is_lost_is_found(copied: Path) -> None:
    with world(copied) as here:
        Hand(here.socket).trouble(Trouble.LOSE, "submit", times=0)
        said, _ = here.start("apply").communicate()
        assert "a run may exist" in said
        settle(here)
        check(here)
        assert sum(e.made for e in entries(log_of(here.socket))) == len(GROUPS)


def test_a_request_that_never_arrived_is_put_to_a_person(copied: Path) -> None:
    with world(copied) as here:
        Hand(here.socket).trouble(Trouble.DROP, "submit", times=0)
        here.start("apply").communicate()
        settle(here)
        check(here)
        assert here.submissions() == []
        assert "needs a person" in cmcompile(here.clone, "status", CAMPAIGN)


def test_a_second_submission_is_seen(copied: Path) -> None:
    with world(copied) as here:
        here.start("apply").communicate()
        settle(here)
        check(here)
        Hand(here.socket).ask(
            "submit", **{k: v for k, v in here.submissions()[0].request.items() if k != "ask"}
        )
        with pytest.raises(AssertionError, match="submitted 2 times"):
            check(here)


def test_a_child_without_its_parent_ends_without_a_call(copied: Path) -> None:
    with world(copied) as here:
        here.environment["CMCOMPILE_SIMULATED_PREPARING"] = "1"
        apply = here.start("apply")
        assert apply.stdout is not None
        while "claimed" not in apply.stdout.readline():
            pass
        os.kill(apply.pid, signal.SIGKILL)
        apply.communicate()
        here.wait_for_the_rest()
        assert here.submissions() == []
