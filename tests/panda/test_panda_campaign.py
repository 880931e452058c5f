"""A campaign on real PanDA servers, and what ``bps`` says of its runs there (make test-panda)."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from panda_servers import Panda
from panda_world import make_panda_world
from quick_world import CAMPAIGN, World

pytestmark = [pytest.mark.service("panda"), pytest.mark.service("lsst"), pytest.mark.xdist_group("panda")]

#: Exit codes of ``bps status``, which are the numbers of BPS's states.
UNKNOWN, RUNNING, FAILED = 10, 15, 19
#: Of commands of cmcompile after which something is open, or needs a person.
OPEN, PERSON = (0, 2), (3,)


@pytest.fixture(scope="module")
def world(panda: Panda, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_panda_world(tmp_path_factory.mktemp("campaign") / "world", panda, "first")


def runs(panda: Panda, prefix: str) -> dict[str, str]:
    """Return the ids of requests by name, past the servers."""
    rows = panda.ask("select name, request_id from requests where starts_with(name, %s)", prefix)
    return {str(name): str(run_id) for name, run_id in rows}


def git(world: World, *command: str) -> None:
    subprocess.run(["git", *command], cwd=world.clone, check=True, capture_output=True)


def test_a_campaign(panda: Panda, world: World) -> None:
    """Two groups are submitted; one fails, and the other is cancelled by a decision."""
    world.cmcompile("ledger", "init", CAMPAIGN)
    said = world.cmcompile("apply", f"{CAMPAIGN}/step1", "--auto-approve")
    kept = runs(panda, "QuickCam_runs_first_step1_")
    assert len(kept) == 2, said
    one, two = (kept[name] for name in sorted(kept))
    assert f"step1/1@w00 submitted: run {one}" in said
    assert f"step1/2@w00 submitted: run {two}" in said

    panda.expand([one, two])
    world.cmcompile("reconcile", CAMPAIGN)
    assert "running" in world.cmcompile("status", f"{CAMPAIGN}/step1", codes=OPEN)
    # Nothing is submitted again while they are under way.
    world.cmcompile("apply", f"{CAMPAIGN}/step1", "--auto-approve", codes=OPEN)
    assert runs(panda, "QuickCam_runs_first_step1_") == kept

    world.cmcompile("cancel", f"{CAMPAIGN}/step1/1", "--because", "the raw data are bad")
    git(world, "add", "--all")
    git(world, "commit", "--quiet", "-m", "Cancel")
    git(world, "push", "--quiet")
    world.cmcompile("apply", f"{CAMPAIGN}/step1", "--auto-approve", codes=OPEN)
    asked = panda.ask("select request_id from commands where request_id in (%s, %s)", int(one), int(two))
    assert asked == [(int(one),)]

    panda.plant(one, "Cancelled")
    panda.plant(two, "Failed")
    world.cmcompile("reconcile", CAMPAIGN, codes=PERSON)
    shown = world.cmcompile("status", f"{CAMPAIGN}/step1", codes=(*OPEN, *PERSON))
    assert "its run failed" in shown
    assert "cancelled" in shown


def test_bps_at_the_command_line(panda: Panda, world: World) -> None:
    """What a person types works, and says what docs/panda-servers.md has of it."""
    world.bps("ping")
    file = world.submit_file("step1/1", "QuickCam/runs/by-hand/1")
    world.bps("submit", str(file))
    ((name, run_id),) = runs(panda, "QuickCam_runs_by-hand_1").items()
    report = world.bps("report", "--id", run_id)
    assert name in report
    assert "None" in report.splitlines()[2], "a run without tasks has its id again"
    world.bps("status", "--id", run_id, codes=(RUNNING,))

    panda.expand([run_id])
    panda.plant(run_id, "SubFinished", {"processed": 1, "failed": 1})
    assert "SUCCEEDED" in world.bps("report", "--id", run_id).splitlines()[2]
    world.bps("status", "--id", run_id, codes=(FAILED,))

    assert f"Run Id: {run_id}\n" in world.bps("restart", "--id", run_id)
    assert "Successfully canceled" in world.bps("cancel", "--id", run_id)
    asked = panda.ask("select count(*) from commands where request_id = %s", int(run_id))
    assert asked == [(2,)]


def test_bps_of_a_run_that_is_not_there(panda: Panda, world: World) -> None:
    world.bps("status", "--id", "987654", codes=(UNKNOWN,))
    assert "No records found" in world.bps("report", "--id", "987654")
    assert "No job matches" in world.bps("cancel", "--id", "987654", codes=(0, 1))
    # A restart of what is not there is reported as one.
    assert "Run Id: 987654\n" in world.bps("restart", "--id", "987654")
    assert panda.ask("select 1 from commands where request_id = 987654") == []
    world.bps("report", "--id", "abc", codes=(1,))


def test_apply_without_a_database(panda: Panda, tmp_path: Path) -> None:
    """BPS's own check before it submits is a ping, which needs no database; cmcompile looks for the run."""
    other = make_panda_world(tmp_path / "world", panda, "second")
    other.cmcompile("ledger", "init", CAMPAIGN)
    before = runs(panda, "")
    with panda.no_database():
        said = other.cmcompile("apply", f"{CAMPAIGN}/step1/1", "--auto-approve", codes=(6,))
    assert "no run was started" in said
    assert runs(panda, "") == before
    other.cmcompile("apply", f"{CAMPAIGN}/step1/1", "--auto-approve")
    assert len(runs(panda, "")) == len(before) + 1
