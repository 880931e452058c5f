"""`cmcompile log` in real repositories: what was done with a group, by whom, in which commit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ledger_builder import git
from ledger_world import ENDED, RUNNING, SENT, World, failed, make_world, read_json, run, write


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a ledger in which group 2 failed, was sent again, and is covered by a rescue; read only."""
    world = make_world(tmp_path_factory.mktemp("log"))
    world.happened("1", *RUNNING).happened("2", *ENDED["failed"])
    world.happened("2", *SENT, workflow="w01").happened("memory.2", *ENDED["partial"], covers="2")
    return world.happened("4", *SENT[:3], "unknown", "abandoned").published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def happened(text: str) -> list[str]:
    """Return which workflow each event is of, and the first word that is said of it."""
    return [" ".join(pair) for pair in re.findall(r"^\d{4}-\S+Z  (\S+)  (\w+)", text, re.MULTILINE)]


@pytest.mark.usefixtures("world")
def test_a_group_with_what_covers_it() -> None:
    result = run("log", "c/step1/2")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.startswith("c/step1/2: 16 events, oldest first\n")
    sent = ["claimed", "prepared", "the", "submitted"]
    assert happened(result.stdout) == [
        *(f"2@w00 {word}" for word in [*sent, "seen", "seen"]),
        *(f"2@w01 {word}" for word in sent),
        *(f"memory.2@w00 {word}" for word in [*sent, "seen", "seen"]),
    ]


def test_each_event_names_its_commit_and_who_pushed_it(world: World) -> None:
    text = run("log", "c/step1/1").stdout
    commits = re.findall(r"by ci, pushed by Ann <ann@test.invalid>, commit (\w{12})$", text, re.MULTILINE)
    assert len(commits) == 5
    for short in commits:
        git(world.root, "cat-file", "-e", f"{short}^{{commit}}")


@pytest.mark.usefixtures("world")
def test_one_workflow() -> None:
    text = run("log", "c/step1/2@w01").stdout
    assert text.startswith("c/step1/2@w01: 4 events, oldest first\n")
    assert {line.split()[0] for line in happened(text)} == {"2@w01"}
    assert failed("log", "c/step1/2@w02") == "c/step1/2 has no workflow w02; it has w00, w01"
    assert failed("log", "c/step3/9615@w00") == "c/step3/9615 has no workflow w00; it has none yet"


@pytest.mark.usefixtures("world")
def test_a_workflow_is_one_of_the_group_itself() -> None:
    assert {line.split()[0] for line in happened(run("log", "c/step1/2@w00").stdout)} == {"2@w00"}


@pytest.mark.usefixtures("world")
def test_a_rescue() -> None:
    group = run("log", "c/step1/memory.2").stdout
    assert group.startswith("c/step1/memory.2: 6 events, oldest first\n")
    assert "7 of 400 quanta missing" in group
    assert run("log", "c/step1/memory").stdout == group.replace("memory.2: 6", "memory: 6")


@pytest.mark.usefixtures("world")
def test_what_was_never_sent() -> None:
    result = run("log", "c/step3/9615")
    assert (result.exit_code, result.stdout) == (0, "c/step3/9615: nothing was recorded\n")
    assert "nothing was recorded" in run("log", "c/step3", "--format", "markdown").stdout.lower()


@pytest.mark.usefixtures("world")
def test_many_groups_and_other_selectors() -> None:
    whole = run("log", "c").stdout
    assert whole.startswith("c: 26 events, oldest first\n")
    assert run("log", "c/step1").stdout == whole.replace("c: 26", "c/step1: 26")
    assert run("log", "step1/4").stdout == run("log", "c/step1/4").stdout
    assert run("log", "visit:35").stdout.startswith("c/visit:35: 5 events")
    assert run("log", "c/step1/1..2").stdout.startswith("c/step1/1..2: 21 events")
    assert "why       looked everywhere" in run("log", "c/step1/4").stdout


@pytest.mark.usefixtures("world")
def test_what_is_not_there() -> None:
    assert "the ids go from 1 to memory.3" in failed("log", "c/step1/9")
    assert failed("log", "nothing/x/y/z").endswith("; there are c")
    assert run("log").exit_code == 64
    assert run("log", "c/step1/1", "c/step1/2").exit_code == 64


@pytest.mark.usefixtures("world")
def test_json() -> None:
    found = read_json(run("log", "c/step1/1", "--format", "json"))
    assert found["of"] == "c/step1/1"
    events = found["events"]
    assert isinstance(events, list)
    assert [event["kind"] for event in events] == [
        "claimed",
        "prepared",
        "submitting",
        "submitted",
        "observed",
    ]
    assert all(len(event["commit"]) == 40 for event in events)


def test_the_decision_that_asked_for_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    write(world.root, "campaigns/c/decisions.yaml", "")
    assert run("log", "c/step1/1").exit_code == 0
    assert run("log", "c/step1/1").stdout == "c/step1/1: nothing was recorded\n"


def test_without_its_history_the_events_are_still_told(
    made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = (made.root.parent / "remote.git").as_uri()
    git(tmp_path, "clone", "--quiet", "--depth=1", remote, "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    text = run("log", "c/step1/1").stdout
    assert len(happened(text)) == 5
    assert "pushed by" not in text


def test_a_file_that_can_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    world.happened("1", *SENT)
    made = world.builder.make("1", git(world.root, "rev-parse", "HEAD"))
    path = made.path(5, "observed")
    world.builder.commits.append({path: b"{}"})
    world.published()
    result = run("log", "c/step1/1")
    assert result.exit_code == 0
    assert result.stderr == f"cmcompile: warning: {path} can't be read: `cmcompile verify` says more\n"
    assert len(happened(result.stdout)) == 4


def test_the_remote_is_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    world.happened("1", *SENT).published()
    before = run("log", "c/step1/1").stdout
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    result = run("log", "c/step1/1")
    assert (result.exit_code, result.stdout) == (0, before)
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith("; what was last seen is shown\n")
    assert run("log", "c/step1/1", "--offline").stderr == ""
