"""`approve --pull`: which reviews of a pull request are approvals, asked of a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from apply_world import PATH, SPEC, Applied, applied_world, apply, pushed
from click.testing import Result
from github_world import REPOSITORY, TOKEN, GitHubWorld
from ledger_builder import git
from ledger_world import run, write
from loopback import Clock, serving

EDIT = "step1:\n    overrides: [{groups: [2], bps: {requestMemory: 4096}}]\n"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    with applied_world(tmp_path) as made:
        monkeypatch.chdir(made.root)
        write(made.root, PATH, SPEC.replace("steps:\n", "review: {approvals: 2, not_author: true}\nsteps:\n"))
        pushed(made.root)
        yield made


@pytest.fixture
def forge(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubWorld]:
    made = GitHubWorld(Clock())
    with serving(made) as address:
        monkeypatch.setenv("GITHUB_API_URL", address)
        monkeypatch.setenv("CMCOMPILE_GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_REPOSITORY", REPOSITORY)
        yield made


def review(
    forge: GitHubWorld, by: str, verdict: str, commit: str, minute: int, standing: str = "MEMBER"
) -> None:
    forge.reviews.append(
        {
            "user": {"login": by},
            "state": verdict.upper(),
            "commit_id": commit,
            "submitted_at": f"2026-11-20T08:{minute:02}:00Z",
            "author_association": standing,
        }
    )


def planned(world: Applied) -> Path:
    kept = world.root.parent / "plan.json"
    assert run("plan", "c", "-o", str(kept)).exit_code == 4
    return kept


def taken(world: Applied, code: int = 0) -> str:
    result: Result = run("approve", str(planned(world)), "--pull", "7")
    assert result.exit_code == code, result.stdout + result.stderr
    assert TOKEN not in result.stdout + result.stderr
    return result.stdout + result.stderr


def documents(world: Applied) -> list[dict[str, object]]:
    state = world.state().approvals
    return [{"by": one.by, "source": one.source, "at": one.at} for one in state.standing]


def test_two_members_who_approve_let_it_be_sent(world: Applied, forge: GitHubWorld) -> None:
    head = git(world.root, "rev-parse", "HEAD")
    review(forge, "bob", "approved", head, 1)
    review(forge, "cid", "approved", head, 2)
    said = taken(world)
    assert "bob approves 5 groups of c" in said
    assert (
        documents(world)
        == [
            {"by": "bob", "source": "forge.test", "at": "2026-11-20T08:01:00Z"},
            {"by": "cid", "source": "forge.test", "at": "2026-11-20T08:02:00Z"},
        ]
        or len(documents(world)) == 2
    )
    assert apply("c").exit_code == 0
    assert (
        "approved  by bob at 2026-11-20T08:01:00Z, https://forge.test/pull/7"
        in run("log", "c/step1/1").stdout
    )
    assert run("verify", "c").exit_code == 0


def test_it_may_be_run_again(world: Applied, forge: GitHubWorld) -> None:
    review(forge, "bob", "approved", git(world.root, "rev-parse", "HEAD"), 1)
    taken(world)
    assert "(known already)" in taken(world)
    assert len(world.state().approvals.given) == 1


@pytest.mark.parametrize(
    ("by", "verdict", "standing"),
    [
        ("ada", "approved", "MEMBER"),  # the author
        ("bob", "approved", "CONTRIBUTOR"),
        ("bob", "approved", "NONE"),
        ("bob", "changes_requested", "MEMBER"),
        ("bob", "dismissed", "MEMBER"),
        ("bob", "commented", "MEMBER"),
        ("bob", "pending", "MEMBER"),
    ],
)
def test_what_is_no_approval(
    world: Applied, forge: GitHubWorld, by: str, verdict: str, standing: str
) -> None:
    head = git(world.root, "rev-parse", "HEAD")
    review(forge, "cid", "approved", head, 1)
    review(forge, by, verdict, head, 2, standing)
    taken(world)
    assert "1 of 2 approvals (cid)" in run("plan", "c").stdout
    assert apply("c").exit_code == 4
    assert world.runs() == []


def test_the_newest_review_counts_and_a_comment_changes_nothing(world: Applied, forge: GitHubWorld) -> None:
    head = git(world.root, "rev-parse", "HEAD")
    review(forge, "cid", "approved", head, 1)
    review(forge, "cid", "commented", head, 4)
    review(forge, "bob", "approved", head, 2)
    taken(world)
    assert run("plan", "c").exit_code == 0
    review(forge, "bob", "changes_requested", head, 3)
    kept = world.root.parent / "plan.json"
    result = run("approve", str(kept), "--pull", "7")
    assert "counts no more" in result.stdout, result.stdout + result.stderr
    assert apply("c").exit_code == 4
    assert world.runs() == []
    review(forge, "bob", "approved", head, 5)
    taken(world)
    assert apply("c").exit_code == 0


def test_a_review_of_an_older_head_is_of_what_did_not_change_since(
    world: Applied, forge: GitHubWorld
) -> None:
    old = git(world.root, "rev-parse", "HEAD")
    text = (world.root / PATH).read_text(encoding="utf-8")
    write(world.root, PATH, text.replace("step1:\n", EDIT))
    new = pushed(world.root)
    review(forge, "bob", "approved", old, 1)
    review(forge, "cid", "approved", new, 2)
    said = taken(world)
    assert f"bob: 1 of 5 groups were not as they are now at {old[:12]}" in said
    assert apply("c").exit_code == 4
    assert sorted(world.workflows()) == ["step1/1@w00", "step1/3@w00"]


def test_a_commit_that_is_not_here_approves_nothing(world: Applied, forge: GitHubWorld) -> None:
    review(forge, "bob", "approved", "e" * 40, 1)
    review(forge, "cid", "approved", git(world.root, "rev-parse", "HEAD"), 1)
    said = taken(world, 6)
    assert "what eeeeeeeeeeee says can't be told" in said
    assert "git fetch origin pull/7/head" in said
    assert [one["by"] for one in documents(world)] == ["cid"]


@pytest.mark.parametrize(("fault", "code"), [("404", 6), ("401", 8)])
def test_a_forge_that_does_not_say_is_no_approval(
    world: Applied, forge: GitHubWorld, fault: str, code: int
) -> None:
    review(forge, "bob", "approved", git(world.root, "rev-parse", "HEAD"), 1)
    forge.faults = ["", fault]
    taken(world, code)
    assert documents(world) == []


def test_without_a_token(world: Applied, forge: GitHubWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMCOMPILE_GITHUB_TOKEN")
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    assert "wants a token" in taken(world, 8)
    assert forge.asked == []


def test_the_document_is_as_its_schema_says(world: Applied, forge: GitHubWorld) -> None:
    from jsonschema import Draft202012Validator

    head = git(world.root, "rev-parse", "HEAD")
    review(forge, "bob", "approved", head, 1)
    taken(world)
    review(forge, "bob", "dismissed", head, 2)
    taken(world)
    schema = json.loads(run("schema", "approval").stdout)
    Draft202012Validator.check_schema(schema)
    names = git(world.root, "ls-tree", "-r", "--name-only", "origin/cm/c", "approvals/").split()
    assert len(names) == 2
    for name in names:
        Draft202012Validator(schema).validate(json.loads(git(world.root, "show", f"origin/cm/c:{name}")))
