"""The same campaign at other sites and in another registry makes what it makes with the embedded engine."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path

import pytest
from postgres_server import Postgres
from quick_world import CAMPAIGN, World, make_world
from slurm_cluster import Slurm

#: The first step of the smallest quickstart: 4 quanta of isr, 4 of calibrateImage.
QUANTA = 4
#: A cluster is started once, by the one worker that gets all of these.
pytestmark = [pytest.mark.service("lsst"), pytest.mark.xdist_group("sites")]


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[str, str]]:
    """Return what the embedded engine leaves."""
    return applied(make_world(tmp_path_factory.mktemp("embedded") / "quick", "local"))


def applied(world: World) -> Counter[tuple[str, str]]:
    """Submit the first step through the ledger, see it end, and return what its run holds."""
    world.cmcompile("ledger", "init", CAMPAIGN)
    world.cmcompile("apply", f"{CAMPAIGN}/step1", "--auto-approve")
    assert world.ended() == "succeeded"
    world.cmcompile("reconcile", CAMPAIGN, "--no-submit")
    assert "the group is accepted" in (told := world.cmcompile("status", f"{CAMPAIGN}/step1")), told
    (run,) = world.runs()
    return world.held(run)


def test_the_embedded_engine_makes_all(embedded: Counter[tuple[str, str]]) -> None:
    kinds = Counter(kind for kind, _ in embedded)
    for made in ("post_isr_image", "preliminary_visit_image", "isr_metadata", "calibrateImage_log"):
        assert kinds[made] == QUANTA
    assert set(embedded.values()) == {1}


@pytest.mark.service("parsl")
@pytest.mark.service("slurm")
def test_slurm_by_apply(slurm: Slurm, tmp_path: Path, embedded: Counter[tuple[str, str]]) -> None:
    world = make_world(tmp_path / "quick", "slurm", slurm.env, slurm_walltime="00:10:00")
    before = len(slurm.ended())
    assert applied(world) == embedded
    # Its nodes are given back as soon as all is done: to Slurm that looks like a job that was cancelled.
    assert [(job["Name"], job["ProcCnt"]) for job in slurm.ended()[before:]] == [
        ("quickstart.quickstart", "2")
    ]


@pytest.mark.service("parsl")
@pytest.mark.service("slurm")
def test_slurm_by_hand(slurm: Slurm, tmp_path: Path, embedded: Counter[tuple[str, str]]) -> None:
    world = make_world(tmp_path / "quick", "slurm", slurm.env, slurm_walltime="00:10:00")
    run = "QuickCam/runs/quickstart/step1/1/w00-aaaaaa"
    world.bps("submit", str(world.submit_file("step1/1", run)))
    assert world.held(run) == embedded


@pytest.mark.service("postgres")
def test_a_registry_in_postgresql(
    postgres: Postgres,
    postgres_registry: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    embedded: Counter[tuple[str, str]],
) -> None:
    from lsst.daf.butler import Butler, Config

    seeded = functools.partial(Butler.makeRepo, config=Config.fromYaml(postgres_registry))
    with monkeypatch.context() as patched:
        patched.setattr(Butler, "makeRepo", seeded)
        world = make_world(tmp_path / "quick", "local")
    assert not list((world.home / "butler").glob("*.sqlite3"))
    assert applied(world) == embedded
