"""Verdicts, findings and pull requests."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from github_world import HEAD, OLD, GitHubWorld, github
from loopback import Clock, serving

from cmcompile.model.forge import ChangedFile, Review, Status
from cmcompile.tell.errors import GoneError, RefusedError, UnknownError

STATUSES = (
    Status("cm/validate", "success", "no findings in 1 campaign", "https://ci.test/1"),
    Status("cm/plan", "failure", "x" * 200),
)


@pytest.fixture
def world() -> Iterator[GitHubWorld]:
    made = GitHubWorld(Clock())
    with serving(made):
        yield made


def newest(world: GitHubWorld) -> dict[str, tuple[str, str]]:
    return {s["context"]: (s["state"], s["description"]) for s in world.statuses if s["sha"] == HEAD}


@pytest.mark.parametrize(
    "faults", [[], ["", "cut-after", "500", "limit"], ["half", "cut-before", "", "late"]]
)
def test_verdicts_are_as_they_should_be(world: GitHubWorld, faults: list[str]) -> None:
    world.faults = list(faults)
    github(world).place_statuses(HEAD, STATUSES)
    assert newest(world)["cm/validate"] == ("success", "no findings in 1 campaign")
    assert newest(world)["cm/plan"] == ("failure", "x" * 139 + "…")
    before = len(world.effects())
    assert github(world).place_statuses(HEAD, STATUSES) == ("same", "same")
    changed = (Status("cm/plan", "success", "fine"),)
    assert github(world).place_statuses(HEAD, changed) == ("updated",)
    assert len(world.effects()) == before + 1


def test_a_commit_is_named_by_its_whole_id(world: GitHubWorld) -> None:
    for commit in ("abc", "../../user", "A" * 40, HEAD + "\n"):
        with pytest.raises(RefusedError):
            github(world).place_statuses(commit, STATUSES)
    assert world.asked == []


def test_findings(world: GitHubWorld) -> None:
    document = {"version": "2.1.0", "runs": []}
    assert github(world).upload_sarif(HEAD, "refs/pull/7/head", json.dumps(document).encode()) == ""
    (found,) = world.sarif
    assert (found["sarif"], found["commit_sha"], found["ref"]) == (document, HEAD, "refs/pull/7/head")
    world.scanning = False
    why = github(world).upload_sarif(HEAD, "refs/pull/7/head", b"{}")
    assert why == "GitHub answers 403 to POST: Code scanning is not enabled for this repository."


def test_a_pull_request_and_its_reviews_and_files(world: GitHubWorld) -> None:
    forge = github(world)
    pull = forge.pull_request(7)
    assert (pull.number, pull.head, pull.branch, pull.into, pull.author) == (7, HEAD, "edit", "main", "ada")
    assert (pull.base, pull.open, pull.merged, pull.foreign) == (OLD, True, "", False)
    world.pulls[7]["merged_at"], world.pulls[7]["state"] = "2026-11-20T10:00:00Z", "closed"
    world.pulls[7]["head"] = {**world.pulls[7]["head"], "repo": None}
    (merged,) = forge.pull_requests_of("c" * 40)
    assert (merged.merged, merged.open, merged.foreign) == ("c" * 40, False, True)
    assert forge.pull_requests_of("e" * 40) == ()
    for number, state in enumerate(("COMMENTED", "APPROVED", "DISMISSED")):
        world.reviews.append(
            {
                "user": {"login": f"r{number}"} if number else None,
                "state": state,
                "commit_id": HEAD,
                "submitted_at": f"2026-11-20T10:0{5 - number}:00Z",
                "author_association": "MEMBER",
            }
        )
    assert forge.reviews(7)[1] == Review("r1", "approved", HEAD, "2026-11-20T10:04:00Z", "MEMBER")
    assert [r.author for r in forge.reviews(7)] == ["r2", "r1", ""]
    world.files = [{"filename": f"f{n}", "status": "renamed", "previous_filename": f"g{n}"} for n in range(5)]
    assert forge.changed_files(7)[4] == ChangedFile("f4", "renamed", "g4")
    with pytest.raises(GoneError, match="404 to GET: Not Found"):
        forge.pull_request(8)


@pytest.mark.parametrize("fault", ["", "cut-after", "late", "half", "cut-before"])
def test_a_pull_request_is_opened_once_and_then_changed(world: GitHubWorld, fault: str) -> None:
    world.faults, world.only = [fault], "POST"
    try:
        pull, done = github(world).propose("rescue", "main", "A rescue", "of ten groups")
        assert (pull.branch, done) == ("rescue", "made")
    except UnknownError:
        assert fault == "cut-before"
    assert github(world).propose("rescue", "main", "A rescue", "of two")[0].branch == "rescue"
    assert github(world).propose("rescue", "main", "A rescue", "of two")[1] == "same"
    found = [p for p in world.pulls.values() if p["head"]["ref"] == "rescue"]
    assert [p["body"] for p in found] == ["of two"]
