"""`cmcompile ledger`: made once, kept apart, and what its remote would let be done to it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from ledger_builder import git
from ledger_world import RUNNING, TWIN, World, edit, failed, make_world, read_json, run, write

from cmcompile.cli.campaigns import find
from cmcompile.cli.ledgers import open_ledger
from cmcompile.cli.main import cli
from cmcompile.ledger.spool import Spool
from cmcompile.model.event import Draft, Observed, Subject
from cmcompile.model.transaction import Proposal

COMMIT = r"[0-9a-f]{12}"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    return world


@pytest.fixture
def remote(world: World, tmp_path: Path) -> Path:
    del world
    return tmp_path / "remote.git"


def test_a_ledger_is_made_once(remote: Path) -> None:
    result = run("ledger", "init", "c")
    assert result.exit_code == 0
    tip = git(remote, "rev-parse", "cm/c")
    assert result.stdout == f"made the ledger of c: branch cm/c on origin, {tip[:12]}\n"
    assert json.loads(git(remote, "show", "cm/c:ledger.json"))["campaign"] == "c"
    assert re.fullmatch(
        "campaign 'c' has a ledger already .*: nothing is left to do, and --again takes that as success",
        failed("ledger", "init", "c"),
    )
    again = run("ledger", "init", "c", "--again")
    assert (again.exit_code, again.stdout) == (
        0,
        f"there is a ledger of c: branch cm/c on origin, {tip[:12]}\n",
    )
    assert git(remote, "rev-parse", "cm/c") == tip


def test_nothing_of_it_is_in_the_way(world: World) -> None:
    before = git(world.root, "rev-parse", "HEAD")
    assert run("ledger", "init", "campaigns/c").exit_code == 0
    assert git(world.root, "rev-parse", "HEAD") == before
    assert git(world.root, "status", "--porcelain") == ""
    assert git(world.root, "branch", "--list", "cm/*") == ""


def test_without_a_remote_it_is_a_branch_here(world: World) -> None:
    git(world.root, "remote", "remove", "origin")
    result = run("ledger", "init", "c")
    assert re.fullmatch(f"made the ledger of c: branch cm/c in this repository, {COMMIT}\n", result.stdout)
    assert failed("ledger", "init", "c")
    assert failed("ledger", "check", "c") == (
        "the ledger is a branch of this repository: there is no remote to ask"
    )


def test_another_remote_and_this_repository(world: World, tmp_path: Path) -> None:
    other = tmp_path / "other.git"
    git(tmp_path, "init", "--quiet", "--bare", str(other))
    git(world.root, "remote", "add", "other", str(other))
    git(world.root, "config", "cmcompile.remote", "other")
    assert " on other, " in run("ledger", "init", "c").stdout
    assert git(tmp_path / "remote.git", "branch", "--list", "cm/*") == ""
    assert git(other, "rev-parse", "cm/c")
    git(world.root, "config", "cmcompile.remote", ".")
    assert " in this repository, " in run("ledger", "init", "c").stdout
    git(world.root, "config", "cmcompile.remote", "nowhere")
    wrong = "git's setting cmcompile.remote names 'nowhere', and the remotes are: origin, other"
    for command in ("init", "check", "flush"):
        assert failed("ledger", command, "c") == wrong


def test_of_several_remotes_none_is_guessed(world: World) -> None:
    git(world.root, "remote", "rename", "origin", "one")
    assert " on one, " in run("ledger", "init", "c").stdout
    git(world.root, "remote", "add", "two", "two.git")
    assert failed("ledger", "init", "c") == (
        "which of the remotes one, two holds the ledgers? `git config cmcompile.remote NAME` says so, with a "
        "dot as NAME that it is this repository"
    )


def test_the_remote_is_down(remote: Path) -> None:
    remote.rename(remote.with_name("away.git"))
    for command in ("init", "check"):
        assert failed("ledger", command, "c").startswith("remote 'origin' can't be asked: ")


def test_the_remote_refuses(remote: Path) -> None:
    hook = remote / "hooks/pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'ask Bob'\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    assert "ask Bob" in failed("ledger", "init", "c")
    assert run("ledger", "check", "c").exit_code == 3


def test_no_such_campaign_and_one_that_is_broken(world: World, remote: Path) -> None:
    assert "one of campaigns/ (c)" in failed("ledger", "init", "nothing")
    assert run("ledger", "init").exit_code == 64
    assert run("ledger").exit_code == 64
    edit(world.root, "campaign: c", "campaign: another")
    result = run("ledger", "init", "c")
    assert result.exit_code == 1
    assert "the campaign is named another, but its folder c" in result.stderr
    assert git(remote, "branch", "--list", "cm/*") == ""


def test_what_is_no_ledger_is_not_taken_for_one(world: World) -> None:
    git(world.root, "push", "--quiet", "origin", "HEAD:refs/heads/cm/c")
    for more in ((), ("--again",)):
        assert failed("ledger", "init", "c", *more) == (
            "the branch has no ledger.json: it is no ledger of cmcompile"
        )


def test_what_a_remote_allows(remote: Path) -> None:
    run("ledger", "init", "c")
    tip = git(remote, "rev-parse", "cm/c")
    result = run("ledger", "check", "c")
    assert result.exit_code == 3
    assert result.stdout.startswith(
        "branches cm/* of origin:\n  create   allowed\n  rewrite  allowed\n  delete   allowed\n"
    )
    assert "receive.denyNonFastForwards = true" in result.stdout
    assert "receive.denyDeletes = true" in result.stdout
    assert git(remote, "branch", "--list", "cm/*") == "cm/c"
    assert git(remote, "rev-parse", "cm/c") == tip


def test_a_remote_that_protects_its_ledgers(remote: Path) -> None:
    git(remote, "config", "receive.denyNonFastForwards", "true")
    git(remote, "config", "receive.denyDeletes", "true")
    result = run("ledger", "check", "c")
    assert result.exit_code == 0
    assert result.stdout == (
        "branches cm/* of origin:\n  create   allowed\n  rewrite  refused\n  delete   refused\n"
        "  branch cm/_check stays: the remote lets nothing be deleted, as it should\n"
    )
    found = read_json(run("ledger", "check", "c", "--format", "json"))
    assert (found["rewrite"], found["delete"], found["left"]) == ("refused", "refused", "cm/_check")
    assert run("ledger", "init", "c").exit_code == 0


def test_nothing_to_send(world: World) -> None:
    result = run("ledger", "flush", "c")
    assert (result.exit_code, result.stdout) == (0, "c: nothing is kept, all facts are in the ledger\n")
    del world


def kept(world: World) -> Path:
    """Keep a fact on disk, as a command does that could not reach the remote; return its directory."""
    world.happened("1", *RUNNING).published()
    run("status", "c")
    view = open_ledger(find("campaigns/c")).last()
    workflow = view.state.groups["step1", "1"].workflows[0]
    at = datetime(2026, 11, 20, 8, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    body = Observed("succeeded", "finished")
    draft = Draft(Subject("step1", "1", "w00"), "feedfeedfeedfeed", at, "Ann", body, workflow.claim_id)
    directory = world.root / ".git/cmcompile/c/spool"
    Spool(directory).keep(Proposal((draft,), {}, "Seen"))
    return directory


def test_what_was_kept_is_sent(world: World, remote: Path) -> None:
    directory = kept(world)
    before = git(remote, "rev-parse", "cm/c")
    result = run("ledger", "flush", "c")
    assert (result.exit_code, result.stdout) == (0, "c: 1 event sent\n"), result.output
    assert list(directory.iterdir()) == []
    assert git(remote, "rev-parse", "cm/c~1") == before
    assert "  1@w00: succeeded since 2026-11-20T08:00:00Z" in run("status", "c/step1/1").stdout
    assert run("ledger", "flush", "c").stdout.endswith("all facts are in the ledger\n")


def test_what_was_kept_stays_while_the_remote_is_down(world: World, remote: Path) -> None:
    directory = kept(world)
    remote.rename(remote.with_name("away.git"))
    result = run("ledger", "flush", "c")
    assert result.exit_code == 3
    (file,) = directory.iterdir()
    assert result.stdout == f"c: not sent, and kept: {file}\n"


def test_what_was_kept_and_can_not_be_read_is_put_aside(world: World) -> None:
    directory = kept(world)
    (file,) = directory.iterdir()
    file.write_text("{}", encoding="utf-8")
    result = run("ledger", "flush", "c")
    assert result.exit_code == 3
    assert result.stdout == f"c: can't be read, and put aside: {file}.unreadable\n"


def completed(line: str, at: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return what bash would be given for the word at a place."""
    monkeypatch.setenv("COMP_WORDS", line)
    monkeypatch.setenv("COMP_CWORD", str(at))
    result = CliRunner().invoke(cli, [], env={"_CMCOMPILE_COMPLETE": "bash_complete"}, prog_name="cmcompile")
    return [text.removeprefix("plain,") for text in result.stdout.split()]


def test_completion(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    write(world.root, "campaigns/d/campaign.yaml", TWIN)
    words = ["waiting", "held", "ready", "active", "partial", "failed", "review", "accepted", "rejected"]
    states = [*words, "superseded"]
    assert completed("cmcompile ledger init ", 3, monkeypatch) == ["c", "d"]
    for command in ("status", "plan", "log"):
        assert completed(f"cmcompile {command} c/step", 2, monkeypatch) == ["c/step1", "c/step3"]
        assert completed(f"cmcompile {command} c/step1/m", 2, monkeypatch) == [
            "c/step1/memory.2",
            "c/step1/memory.3",
        ]
        assert completed(f"cmcompile {command} state:", 2, monkeypatch) == [f"state:{s}" for s in states]
        assert completed(f"cmcompile {command} c/state:re", 2, monkeypatch) == [
            "c/state:ready",
            "c/state:review",
            "c/state:rejected",
        ]
        assert completed(f"cmcompile {command} re", 2, monkeypatch) == ["reason:"]
    assert completed("cmcompile status c state : f", 5, monkeypatch) == ["failed"]
    assert completed("cmcompile status c state :", 4, monkeypatch) == states
    assert "over_limits" in completed("cmcompile plan c reason : ove", 5, monkeypatch)
    assert completed("cmcompile list state:", 2, monkeypatch) == []


def test_only_the_ledger_knows_what_became_of_groups(world: World) -> None:
    said = (
        "asks what became of groups, and only the ledger knows that: "
        "`cmcompile status` and `cmcompile plan` ask it"
    )
    assert failed("list", "state:failed") == f"state:failed {said}"
    assert failed("list", "c", "reason:over_limits") == f"reason:over_limits {said}"
    assert failed("list", "c/state:failed") == f"state:failed {said}"
    assert failed("explain", "c/state:failed") == f"state:failed {said}"
    write(world.root, "campaigns/d/campaign.yaml", TWIN)
    assert failed("list", "state:failed") == f"state:failed {said}"
