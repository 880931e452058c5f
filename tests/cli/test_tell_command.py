"""`cmcompile tell` and `reconcile --tell` in real repositories, with servers on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from github_world import REPOSITORY, GitHubWorld
from github_world import TOKEN as GITHUB_TOKEN
from jira_world import TOKEN, JiraWorld
from jsonschema import Draft202012Validator
from ledger_builder import git
from ledger_world import ENDED, RUNNING, SENT, SPEC, World, commit, edit, make_world, run
from loopback import Asked, Clock, Said, serving
from loopback import World as Server

from cmcompile.ledger import clock as clocks
from cmcompile.spec.schema import schema_text

HIDDEN = "/hooks/T0hidden"
TELL = """\
due: 2026-01-31
tell:
  jira: {url: "%s", project: DM}
  webhook:
  - {name: ops, url_from: OPS_HOOK}
  - {name: dash, url_from: DASH_HOOK, on: [person], form: json}
"""


class Channel(Server):
    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.got: list[Any] = []

    def answer(self, asked: Asked) -> Said:
        self.got.append(asked.json)
        return Said(200)


@pytest.fixture
def servers() -> Iterator[tuple[JiraWorld, Channel]]:
    clock = Clock()
    jira, channel = JiraWorld(clock, cloud=False), Channel(clock)
    with serving(jira), serving(channel):
        yield jira, channel


@pytest.fixture
def world(
    tmp_path: Path, servers: tuple[JiraWorld, Channel], monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    jira, channel = servers
    text = SPEC.replace("campaign: c\n", f"campaign: c\n{TELL % jira.address}")
    made = make_world(tmp_path, c=text)
    made.happened("2", *RUNNING).happened("1", *ENDED["failed"], "measured")
    made.happened("4", *SENT[:3], "unknown")
    made.published()
    monkeypatch.chdir(made.root)
    monkeypatch.setattr(clocks.SystemClock, "sleep", lambda self, seconds: None)
    monkeypatch.setenv("CMCOMPILE_JIRA_TOKEN", TOKEN)
    monkeypatch.setenv("OPS_HOOK", channel.address + HIDDEN)
    monkeypatch.setenv("DASH_HOOK", channel.address + HIDDEN)
    yield made
    # No secret in any object of the remote, or in any file of the clone.
    remote = tmp_path / "remote.git"
    names = git(remote, "rev-list", "--objects", "--all").split("\n")
    for name in names:
        content = git(remote, "cat-file", "-p", name.split(" ")[0])
        assert TOKEN not in content
        assert "hidden" not in content
    for path in made.root.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert TOKEN.encode() not in data
            assert b"hidden" not in data


def told(*args: str, code: int = 0) -> str:
    result = run(*args)
    assert result.exit_code == code, result.output
    assert TOKEN not in result.output
    assert "hidden" not in result.output
    return result.output


def test_all_that_the_spec_names(world: World, servers: tuple[JiraWorld, Channel]) -> None:
    jira, channel = servers
    before = run("verify", "c")
    assert told("tell", "c") == (
        "c: DM-1: made\nc/step1: DM-2: made\nc/step3: DM-3: made\n"
        "c: webhook ops: told 2\nc: webhook dash: told 1\n"
    )
    text = channel.got[0]["text"]
    assert text.startswith("`c`: 1 thing needs a person, and it is late\n• `step1/1@w00`: ")
    assert "`cmcompile " in text
    assert "it was due on 2026-01-31" in text
    assert [one["subject"] for one in channel.got[1]["alerts"]] == ["step1/1@w00"]
    (body,) = [one["body"] for one in jira.issues["DM-1"]["comments"]]
    assert "|step1|DM-2|4|" in body
    (body,) = [one["body"] for one in jira.issues["DM-2"]["comments"]]
    assert "|isr|2|1|400|400|" in body, body
    again = told("tell", "c")
    assert again.count(": same") == 3
    assert again.count("nothing new") == 2
    assert len(channel.got) == 2
    git(world.root, "fetch", "--quiet", "origin", "cm/c")
    names = git(world.root, "ls-tree", "--name-only", "FETCH_HEAD").split()
    assert "told.json" in names
    memory = json.loads(git(world.root, "show", "FETCH_HEAD:told.json"))
    Draft202012Validator(json.loads(schema_text("told"))).validate(memory)
    assert memory["jira"]["issues"] == {"": "DM-1", "step1": "DM-2", "step3": "DM-3"}
    # It is no tampering to have written it again and again.
    after = run("verify", "c")
    assert (after.exit_code, after.stdout.count("CM2")) == (before.exit_code, before.stdout.count("CM2"))
    assert "told.json" not in after.output


def test_another_clone_repeats_nothing(
    world: World, servers: tuple[JiraWorld, Channel], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jira, channel = servers
    told("tell", "c")
    git(tmp_path, "clone", "--quiet", "--depth=1", (tmp_path / "remote.git").as_uri(), "second")
    monkeypatch.chdir(tmp_path / "second")
    assert told("tell", "c").count("nothing new") == 2
    assert (len(channel.got), len(jira.issues)) == (2, 3)


def test_one_at_a_time(world: World, servers: tuple[JiraWorld, Channel]) -> None:
    jira, channel = servers
    told("tell", "webhook", "c")
    assert (len(channel.got), jira.asked) == (2, [])
    told("tell", "jira", "c")
    assert len(jira.issues) == 3


@pytest.mark.parametrize(
    ("name", "value", "code", "said"),
    [
        ("CMCOMPILE_JIRA_TOKEN", "", 8, "set CMCOMPILE_JIRA_TOKEN"),
        ("CMCOMPILE_JIRA_TOKEN", "wrong", 8, "answers 401"),
        ("CMCOMPILE_JIRA_URL", "https://other.test", 8, "the token is for https://other.test"),
        ("OPS_HOOK", "", 8, "set OPS_HOOK"),
        ("OPS_HOOK", "http://127.0.0.1:9/hidden", 1, "webhook ops gives no answer"),
    ],
)
def test_one_that_fails_leaves_the_others_alone(
    world: World,
    servers: tuple[JiraWorld, Channel],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    value: str,
    code: int,
    said: str,
) -> None:
    monkeypatch.setenv(name, value)
    assert said in told("tell", "c", code=code)
    jira, channel = servers
    assert (len(channel.got), len(jira.issues)) == ((2, 0) if "JIRA" in name else (1, 3))


def test_a_failed_send_never_fails_a_pass(
    world: World, servers: tuple[JiraWorld, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    jira, channel = servers
    for name in ("GIT_AUTHOR_NAME",):
        monkeypatch.delenv(name, raising=False)
    git(world.root, "push", "--quiet", "-u", "origin", "HEAD")
    monkeypatch.setenv("CMCOMPILE_SIMULATED", str(world.root / "nobody.sock"))
    without = run("reconcile", "--refresh-only", "c").exit_code
    jira.faults, channel.faults = ["500"] * 99, ["500"] * 99
    failed = run("reconcile", "--refresh-only", "--tell", "c")
    assert failed.exit_code == without, failed.output
    assert "warning: c: webhook ops was not told: webhook ops answers 500" in failed.stderr
    jira.faults, channel.faults = [], []
    result = run("reconcile", "--refresh-only", "--tell", "--format", "json", "c")
    assert result.exit_code == without, result.output
    for line in result.stdout.splitlines():
        json.loads(line)
    assert len(jira.issues) == 3


def test_a_job_of_ci_tells_them_too(
    world: World, servers: tuple[JiraWorld, Channel], monkeypatch: pytest.MonkeyPatch
) -> None:
    jira, channel = servers
    monkeypatch.delenv("GIT_AUTHOR_NAME", raising=False)
    git(world.root, "push", "--quiet", "-u", "origin", "HEAD")
    monkeypatch.setenv("CMCOMPILE_SIMULATED", str(world.root / "nobody.sock"))
    run("ci", "reconcile", "--refresh-only", "--no-tell", "c")
    assert (jira.issues, channel.got) == ({}, [])
    run("ci", "reconcile", "--refresh-only", "c")
    assert (len(jira.issues), len(channel.got)) == (3, 2)


def test_a_spec_that_names_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_world(tmp_path).published()
    monkeypatch.chdir(made.root)
    assert "names nobody under `tell: jira`" in told("tell", "jira", "c", code=1)


def test_what_review_wrote_is_posted_on_its_pull_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_world(tmp_path).published()
    monkeypatch.chdir(made.root)
    base = git(made.root, "rev-parse", "HEAD")
    edit(made.root, "values: 1..40", "values: 1..50")
    github = GitHubWorld(Clock())
    head = commit(made.root)
    github.pulls[7]["head"]["sha"] = head
    with serving(github) as address:
        monkeypatch.setenv("GITHUB_API_URL", address)
        monkeypatch.setenv("GITHUB_TOKEN", GITHUB_TOKEN)
        monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
        for _ in range(2):
            run("review", "--base", base, "--head", head, "-o", str(tmp_path / "report"))
            result = run("tell", "github", "--pull", "7", "--from", str(tmp_path / "report"), "--sarif")
            assert result.exit_code == 0, result.output
    (comment,) = github.comments
    assert comment["body"] == (tmp_path / "report" / "comment.md").read_text(encoding="utf-8")
    assert {status["context"] for status in github.statuses} == {"cm/validate", "cm/plan", "cm/policy"}
    assert len(github.statuses) == 3
    assert github.sarif[0]["sarif"]["version"] == "2.1.0"
