"""Pull requests, from the review to the comment: the steps of the workflows, run as Actions runs them."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from actions_world import READER, Ran, git
from campaigns_at_a_forge import Place, place
from github_world import TOKEN


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as made:
        yield made


def no_token_in(*runs: Ran) -> None:
    for ran in runs:
        assert TOKEN not in ran.log + ran.page
        assert READER not in ran.log + ran.page


def test_a_pull_request_of_a_stranger_is_reviewed_and_told(at: Place) -> None:
    head = at.opened(7, "1..30", "1..40", foreign=True)
    ran = at.actions.pull_request(7, at.base(), head)
    assert ran.code == 0, ran.log
    assert ran.outputs["code"] == "0"
    assert "## ✔ cmcompile: nothing stands against this edit" in ran.page
    report = at.actions.artifacts[1]
    assert json.loads((report / "review.json").read_text())["head"] == head
    assert at.forge.effects() == []

    told = at.actions.workflow_run(1, head, "edit7", foreign=True)
    assert told.code == 0, told.log
    assert [c["body"] for c in at.forge.comments] == [(report / "comment.md").read_text()]
    assert {s["sha"] for s in at.forge.statuses} == {head}
    assert {s["context"] for s in at.forge.statuses} == {"cm/validate", "cm/plan", "cm/policy"}
    no_token_in(ran, told)


def test_telling_it_twice_changes_nothing(at: Place) -> None:
    head = at.opened(7, "1..30", "1..40")
    at.actions.pull_request(7, at.base(), head)
    at.actions.workflow_run(1, head, "edit7")
    body = at.forge.comments[0]["body"]
    again = at.actions.workflow_run(1, head, "edit7")
    assert again.code == 0
    assert "comment: same" in again.log
    assert [c["body"] for c in at.forge.comments] == [body]


def test_after_a_forced_push_only_the_newest_commit_is_told_of(at: Place) -> None:
    old = at.opened(7, "1..30", "1..40")
    at.actions.pull_request(7, at.base(), old)
    new = at.opened(7, "1..30", "1..50")
    assert new != old
    late = at.actions.workflow_run(1, old, "edit7")
    assert late.code == 0
    assert f"pull request 7 is not at {old[:12]}, which was reviewed; nothing was told" in late.log
    assert at.forge.effects() == []
    at.actions.pull_request(7, at.base(), new)
    assert at.actions.workflow_run(3, new, "edit7").code == 0
    assert [f"head={new}" in c["body"] for c in at.forge.comments] == [True]


def test_it_is_compared_with_the_branch_as_it_is_now(at: Place) -> None:
    base, head = at.base(), at.opened(7, "1..30", "1..40")
    git(at.root, "commit", "--quiet", "--allow-empty", "-m", "Meanwhile")
    git(at.root, "push", "--quiet", "origin", "HEAD:main")
    assert at.actions.pull_request(7, base, head).code == 0
    text = (at.actions.artifacts[1] / "comment.md").read_text()
    assert "`cmcompile review --base origin/main`" in text


def test_errors_stand_beside_their_lines_and_fail_the_check(at: Place) -> None:
    head = at.opened(7, "size: 10", "sise: 10")
    ran = at.actions.pull_request(7, at.base(), head)
    assert ran.code == 1
    assert re.search(r"^::error file=campaigns/c/campaign\.yaml,line=13,.*sise", ran.log, re.MULTILINE)
    assert at.actions.workflow_run(1, head, "edit7").code == 0
    states = {s["context"]: s["state"] for s in at.forge.statuses}
    assert states["cm/validate"] == "failure"
    assert len(at.forge.comments) == 1


def test_a_group_that_waits_to_be_merged_is_reviewed_too(at: Place) -> None:
    head = at.opened(7, "1..30", "1..40")
    event = {"merge_group": {"base_sha": at.base(), "head_sha": head}, **at.actions.repository()}
    ran = at.actions.run(
        "campaign-review", "merge_group", event, ref="refs/heads/gh-readonly-queue/x", sha=head
    )
    assert ran.code == 0, ran.log
    assert json.loads((at.actions.artifacts[1] / "pull.json").read_text()) == {"pull": None}
    told = at.actions.workflow_run(1, head, "x", event="merge_group")
    assert (told.code, at.forge.effects()) == (0, [])
    assert "was for no pull request" in told.log


def test_without_a_report_nothing_is_told(at: Place) -> None:
    head = at.opened(7, "1..30", "1..40")
    told = at.actions.workflow_run(99, head, "edit7")
    assert (told.code, at.forge.effects()) == (0, [])
    assert "there is no report; nothing was told" in told.log


def test_a_closed_pull_request_is_left_alone(at: Place) -> None:
    head = at.opened(7, "1..30", "1..40")
    at.actions.pull_request(7, at.base(), head)
    at.merged(7)
    assert at.actions.workflow_run(1, head, "edit7").code == 0
    assert at.forge.effects() == []


def edit_json(name: str, **values: object) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        path = folder / name
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return edit


def linked(name: str) -> Callable[[Path], None]:
    def link(folder: Path) -> None:
        """Put a link in place of a file, to the same bytes outside of the report."""
        outside = (folder / name).rename(folder.parent / name)
        (folder / name).symlink_to(outside)

    return link


def emptied(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def written(name: str, data: bytes) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes(data)


FORGED = [{"context": "ci/tests", "state": "success", "description": ""}]
#: What is done to the artifact, and what is said then.
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "another head": (edit_json("review.json", head="f" * 40), "and .* was reviewed"),
    "no head": (edit_json("review.json", head="main"), ""),
    "another pull request": (edit_json("pull.json", pull=8), "is not at|is of another branch"),
    "no such pull request": (edit_json("pull.json", pull=999), "error"),
    "a pull request that is text": (edit_json("pull.json", pull="7; rm -rf /"), "names no pull request"),
    "a pull request that is true": (edit_json("pull.json", pull=True), "names no pull request"),
    "a huge number": (edit_json("pull.json", pull=10**30), "names no pull request"),
    "a path as comment": (edit_json("review.json", comment="../gitconfig"), ""),
    "an absolute path": (edit_json("review.json", comment="/etc/passwd"), ""),
    "a link as comment": (linked("comment.md"), "no plain file"),
    "a link as review": (linked("review.json"), "no plain file"),
    "a link as pull request": (linked("pull.json"), "no plain file"),
    "the verdict of another check": (edit_json("review.json", statuses=FORGED), ""),
    "no JSON": (written("review.json", b"\xff\xfe<html>"), "no JSON"),
    "deep JSON": (written("review.json", b"[" * 200_000), "no JSON"),
    "a list": (written("review.json", b"[]"), "no JSON object"),
    "another version": (edit_json("review.json", cmcompile=2), ""),
    "nothing": (emptied, "can't be read"),
}


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Place, str]]:
    with place(tmp_path_factory.mktemp("reviewed")) as made:
        head = made.opened(7, "1..30", "1..40", foreign=True)
        made.opened(8, "1..30", "1..60")
        assert made.actions.pull_request(7, made.base(), head).code == 0
        yield made, head


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_report_is_told_to_nobody(reviewed: tuple[Place, str], name: str) -> None:
    (at, head), (change, said) = reviewed, HOSTILE[name]
    folder = at.actions.path / name.replace(" ", "-") / "artifact"
    shutil.copytree(at.actions.artifacts[1], folder)
    change(folder)
    at.actions.artifacts[2] = folder
    told = at.actions.workflow_run(2, head, "edit7", foreign=True)
    assert at.forge.effects() == []
    assert re.search(said, told.log), told.log
    assert told.code != 0 or name == "another pull request"
    assert "internal error" not in told.log
    no_token_in(told)


def test_a_twin_of_the_commit_on_another_branch_is_not_told(at: Place) -> None:
    head = at.opened(7, "1..30", "1..40", foreign=True)
    at.actions.pull_request(7, at.base(), head)
    told = at.actions.workflow_run(1, head, "elsewhere", foreign=True)
    assert (told.code, at.forge.effects()) == (0, [])
    told = at.actions.workflow_run(1, head, "edit7", foreign=False)
    assert (told.code, at.forge.effects()) == (0, [])


def test_what_is_printed_gives_no_commands(at: Place) -> None:
    head = at.opened(7, "campaign: c\n", 'campaign: c\nabout: "a\\n::error::forged\\n##[error]too"\n')
    ran = at.actions.pull_request(7, at.base(), head)
    lines = ran.log.splitlines()
    stops = [n for n, line in enumerate(lines) if line.startswith("::stop-commands::")]
    assert len(stops) == 1
    word = lines[stops[0]].removeprefix("::stop-commands::")
    assert len(word) == 32
    end = lines.index(f"::{word}::")
    outside = [line for line in (*lines[: stops[0]], *lines[end + 1 :]) if "forged" in line]
    assert [line for line in outside if line.startswith(("::error::", "##["))] == []


def test_a_forge_that_does_not_answer_makes_the_job_fail(at: Place) -> None:
    head = at.opened(7, "1..30", "1..40")
    at.actions.pull_request(7, at.base(), head)
    at.forge.faults = ["500"] * 50
    told = at.actions.workflow_run(1, head, "edit7")
    assert told.code != 0
    assert at.forge.comments == []
