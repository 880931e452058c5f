"""Lists that grow, proposed or committed: the step of the workflow, run as Actions runs it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from actions_world import Ran, git
from apply_world import PATH
from campaigns_at_a_forge import Place, place
from github_world import TOKEN
from ledger_world import edit

BRANCH = "lists/c"
FILE = "campaigns/c/lists/visits.txt"
LISTS = """\
lists:
  visits:
    file: lists/visits.txt
    columns: [visit]
    query: {files: "DATA/visit-*", columns: "visit-(?P<visit>[0-9]+)$"}
steps:
"""


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Place]:
    """Return a repository whose campaign cuts a list that a folder fills."""
    with place(tmp_path) as made:
        touch(made, *range(1, 5))
        edit(made.root, "steps:\n", LISTS.replace("DATA", str(folder(made))), PATH)
        edit(made.root, "values: 1..30, size: 10", "list: visits, size: 2", PATH)
        pushed(made)
        yield made


def pushed(at: Place) -> None:
    git(at.root, "add", "-A")
    git(at.root, "commit", "--quiet", "-m", "An edit")
    git(at.root, "push", "--quiet", "origin", "HEAD:main")


def folder(at: Place) -> Path:
    return at.root.parent / "data"


def touch(at: Place, *visits: int) -> None:
    folder(at).mkdir(exist_ok=True)
    for visit in visits:
        (folder(at) / f"visit-{visit}").write_text("x")


def job(at: Place, **inputs: str) -> Ran:
    return at.actions.run("campaign-lists", inputs=inputs)


def stored(at: Place, branch: str) -> list[str]:
    text = git(at.actions.remote, "show", f"{branch}:{FILE}")
    return [line for line in text.splitlines() if not line.startswith("#")]


def pulls(at: Place) -> list[str]:
    return [pull["head"]["ref"] for number, pull in at.forge.pulls.items() if number != 7]


def merge(at: Place) -> None:
    git(at.root, "fetch", "--quiet", "origin", BRANCH)
    git(at.root, "merge", "--quiet", "--no-edit", "FETCH_HEAD")
    git(at.root, "push", "--quiet", "origin", "main")


def test_new_rows_are_proposed_and_the_request_is_brought_up_to_date(at: Place) -> None:
    base = at.base()
    ran = job(at)
    assert ran.code == 0, ran.log
    assert "visits: 4 rows, 4 new" in ran.log
    assert pulls(at) == [BRANCH]
    assert at.base() == base
    assert git(at.actions.remote, "rev-parse", f"{BRANCH}^") == base
    assert git(at.actions.remote, "diff", "--name-only", base, BRANCH) == FILE
    assert stored(at, BRANCH) == ["1", "2", "3", "4"]
    assert at.forge.pulls[8]["title"] == "c: lists"
    assert "- `visits: 4 rows, 4 new`" in at.forge.pulls[8]["body"]
    assert TOKEN not in ran.log + ran.page
    workspace = next(at.actions.path.glob("run1-*")) / "workspace"
    assert git(workspace, "status", "--porcelain") == ""
    touch(at, 5)
    ran = job(at)
    assert (ran.code, pulls(at)) == (0, [BRANCH]), ran.log
    assert stored(at, BRANCH) == ["1", "2", "3", "4", "5"]
    tip = git(at.actions.remote, "rev-parse", BRANCH)
    again = job(at)
    assert "its pull request 8 is open" in again.log
    assert git(at.actions.remote, "rev-parse", BRANCH) == tip


def test_what_is_merged_makes_groups(at: Place) -> None:
    job(at)
    merge(at)
    ran = at.actions.run("campaign-apply")
    assert ran.code == 0, ran.log
    assert len(at.applied.runs()) == 2
    touch(at, 6, 7)
    assert job(at).code == 0
    merge(at)
    assert job(at).code == 0
    assert at.actions.run("campaign-reconcile").code == 0
    assert len(at.applied.runs()) == 3
    assert all(path.is_file() for path in folder(at).iterdir())


def test_rows_are_committed_to_the_branch_itself(at: Place) -> None:
    ran = job(at, push="yes")
    assert ran.code == 0, ran.log
    assert stored(at, "main") == ["1", "2", "3", "4"]
    assert pulls(at) == []
    tip = at.base()
    assert job(at, push="yes").code == 0
    assert at.base() == tip


def test_not_onto_a_branch_that_is_not_protected(at: Place) -> None:
    tip = at.base()
    ran = at.actions.run("campaign-lists", inputs={"push": "yes"}, protected=False)
    assert ran.code == 4
    assert at.base() == tip


def test_a_branch_that_takes_no_push_fails_the_job(at: Place) -> None:
    hook = at.actions.remote / "hooks/update"
    hook.write_text('#!/bin/sh\n[ "$1" != refs/heads/main ]\n')
    hook.chmod(0o755)
    tip = at.base()
    ran = job(at, push="yes")
    assert ran.code == 4, ran.log
    assert "main is not taken" in ran.log
    assert at.base() == tip


def test_a_list_that_would_shrink_stays_and_is_told(at: Place) -> None:
    job(at, push="yes")
    tip = at.base()
    (folder(at) / "visit-2").unlink()
    ran = job(at, push="yes")
    assert ran.code == 1
    assert "visits stays as it is: rows that are stored are gone" in ran.log
    assert at.base() == tip
    folder(at).rename(at.root.parent / "away")
    ran = job(at, push="yes")
    assert ran.code == 6
    assert "is not there, or no folder" in ran.log
    assert at.base() == tip


def test_a_request_that_was_closed_is_an_answer_until_there_are_other_rows(at: Place) -> None:
    job(at)
    at.forge.pulls[8]["state"] = "closed"
    ran = job(at)
    assert ran.code == 0
    assert "its pull request 8 was closed, which is an answer too" in ran.log
    touch(at, 9)
    assert job(at).code == 0
    assert [pull["state"] for number, pull in at.forge.pulls.items() if number > 7] == ["closed", "open"]


def test_a_branch_that_went_on_is_joined(at: Place) -> None:
    job(at)
    edit(at.root, "campaign: c\n", "campaign: c\nticket: DM-1\n", PATH)
    pushed(at)
    touch(at, 5)
    assert job(at).code == 0
    assert "ticket: DM-1" in git(at.actions.remote, "show", f"{BRANCH}:{PATH}")
    assert stored(at, BRANCH) == ["1", "2", "3", "4", "5"]


def test_a_broken_campaign_and_one_without_queries(at: Place) -> None:
    spec = at.root / "campaigns/d/campaign.yaml"
    spec.parent.mkdir()
    spec.write_text("cmcompile: 1\ncampaign: d\nsteps: [\n")
    pushed(at)
    ran = job(at)
    assert ran.code == 1
    assert pulls(at) == [BRANCH], "one that is broken stops no other"
    edit(at.root, LISTS.partition("steps")[0].replace("DATA", str(folder(at))), "", PATH)
    edit(at.root, "list: visits, size: 2", "values: 1..30, size: 10", PATH)
    git(at.root, "rm", "--quiet", "-r", "--cached", "campaigns/d")
    spec.unlink()
    pushed(at)
    ran = job(at)
    assert "lists: there is no campaign" in ran.log


def test_two_at_the_same_time_make_one(at: Place) -> None:
    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: job(at), range(2)))
    assert [one.code for one in ran] == [0, 0], [one.log for one in ran]
    assert pulls(at) == [BRANCH]
    assert stored(at, BRANCH) == ["1", "2", "3", "4"]
