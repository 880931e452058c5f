"""`cmcompile logs`: from a real Butler, and from the files of jobs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ledger_builder import Builder
from ledger_world import ENDED, RUNNING, SPEC, World, failed, make_world, run
from sky_repository import make_repository, put_logs

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import look
from cmcompile.cli.selector import DataIdType
from cmcompile.model.event import Claimed

pytestmark = pytest.mark.service("lsst")
PLACE = "campaigns/c/campaign.yaml"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a ledger of runs, some with logs in a Butler, one that goes on; read only."""
    path = tmp_path_factory.mktemp("logs")
    repository = make_repository(path / "repo")
    world = make_world(path, c=SPEC.replace("/repo/main", str(repository)))
    world.happened("1", *RUNNING).happened("2", *ENDED["failed"]).happened(
        "2", *ENDED["partial"], workflow="w01"
    )
    world.happened("3", *ENDED["succeeded"]).published()
    bad = {100 + n: f"RuntimeError: number {n}" for n in range(7)}
    put_logs(repository, claim(world, "2", "w01").output_run, "isr", {**bad, 110: "", 111: ""})
    put_logs(repository, claim(world, "2", "w01").output_run, "warp", {104: ""})
    return world


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def claim(world: World, group: str, workflow: str = "w00") -> Claimed:
    state = look(Place(world.root, PLACE)).view.state
    found = next(w for w in state.groups["step1", group].workflows if w.name == workflow).claim
    assert found is not None
    return found


@pytest.mark.usefixtures("world")
def test_the_newest_workflow_and_the_failed_ones_first() -> None:
    result = run("logs", "c/step1/2")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].startswith("c/step1/2@w01, run HSC/runs/c/step1/2/w01-")
    assert lines[0].endswith(": 10 quanta with a log, 7 failed (from the Butler)")
    heads = [line for line in lines if line.endswith(": failed")]
    assert heads == [f"isr instrument=SimCam visit={100 + n}: failed" for n in range(5)]
    assert "    RuntimeError: number 0" in lines
    assert "begun" not in result.stdout
    assert "and 2 others that failed" in lines
    assert "  cmcompile logs c/step1/2@w01 isr instrument=SimCam visit=100 --tail 50" in lines
    assert lines[-1] == "  cmcompile logs c/step1/2@w01 --failed"


@pytest.mark.usefixtures("world")
def test_task_and_data_id() -> None:
    one = run("logs", "c/step1/2", "isr", "visit=103").stdout
    assert "1 quantum with a log, 1 failed" in one
    assert "begun" in one
    assert "RuntimeError: number 3" in one
    assert "number 4" not in one
    # What is named is shown though it did not fail, and a visit is an exposure.
    assert "warp instrument=SimCam visit=104: ended well" in run("logs", "c/step1/2", "warp").stdout
    assert "visit=111: ended well" in run("logs", "c/step1/2", "exposure=111").stdout
    assert "done" in run("logs", "c/step1/2", "warp", "--tail", "1").stdout
    assert "begun" not in run("logs", "c/step1/2", "warp", "--tail", "1").stdout


@pytest.mark.usefixtures("world")
def test_failed_and_all() -> None:
    bad = run("logs", "c/step1/2", "--failed", "--format", "json").stdout
    assert [log["failed"] for log in json.loads(bad)["logs"]] == [True] * 7
    whole = json.loads(run("logs", "c/step1/2", "--all", "--format", "json").stdout)
    assert [log["failed"] for log in whole["logs"]] == [True] * 7 + [False] * 3
    assert (whole["found"], whole["failed"], whole["tasks"]) == (10, 7, ["isr", "warp"])
    assert whole["logs"][0]["records"][0]["level"] == "ERROR"


@pytest.mark.usefixtures("world")
def test_what_is_not_there_is_said_with_where_it_was_looked_for(tmp_path: Path) -> None:
    assert failed("logs", "c/step1/2", "coadd").endswith("has no log of coadd; it has logs of isr, warp")
    assert "has no workflow w02; it has w00, w01" in failed("logs", "c/step1/2@w02")
    assert failed("logs", "c/step1/4").startswith("c/step1/4 was never submitted, so it has no logs")
    assert "4 groups are meant, and logs are of one: name it, such as c/step1/1" in failed(
        "logs", "c/step1/1..4"
    )
    # The ledger says that it was submitted on another machine, whose files are not here.
    other = run("logs", "c/step1/3")
    assert other.exit_code == 6
    assert "has no log in HSC/runs/c/step1/3/w00-" in other.stderr
    assert "no log of a job is below /submit/HSC/runs/c/step1/3/w00-" in other.stderr
    assert "it was submitted on host, and this is" in other.stderr
    gone = run("logs", "c/step1/2", "--butler", str(tmp_path / "no"))
    assert gone.exit_code == 6
    assert "whether c/step1/2@w01 has logs is not known" in gone.stderr


@pytest.mark.usefixtures("world")
def test_a_command_line_that_is_wrong() -> None:
    for words in (["isr", "warp"], ["visit=1", "visit=2"], ["visit="], ["=1"]):
        assert run("logs", "c/step1/2", *words).exit_code == 64


def test_the_files_of_a_run_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    area = tmp_path / "area"
    world = make_world(tmp_path / "w")
    real = Builder.make

    def relative(self: Builder, *args: Any, **extra: Any) -> Any:
        made = real(self, *args, **extra)
        made.claim = replace(made.claim, submit_path=f"submit/{made.claim.output_run}")
        return made

    monkeypatch.setattr(Builder, "make", relative)
    world.happened("1", *RUNNING).published()
    monkeypatch.chdir(world.root)
    monkeypatch.setenv("CMCOMPILE_AREA", str(area))
    run_name = claim(world, "1").output_run
    nothing = run("logs", "c/step1/1", "--butler", str(tmp_path / "no"))
    assert nothing.exit_code == 6
    logs = area / "submit" / run_name / "logs" / "visits"
    logs.mkdir(parents=True)
    (logs / "visits_12.1.log").write_text("ERROR 2026-11-20T08:00:00 x - broken\n")
    result = run("logs", "c/step1/1")
    assert result.exit_code == 0
    assert f"1 log file of jobs, 1 with an error (from {area}/submit/{run_name})" in result.stdout
    assert "broken" in result.stdout


@pytest.mark.usefixtures("world")
def test_completion() -> None:
    import click

    def completed(word: str) -> list[str]:
        context = click.Context(click.Command("x"))
        context.params = {"group": "c/step1/2"}
        found = DataIdType().shell_complete(context, click.Argument(["what"]), word)
        return [item.value for item in found]

    assert completed("v") == ["visit="]
    assert completed("visit=1")[:2] == ["visit=11", "visit=12"]
