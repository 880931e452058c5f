"""The next campaign of a series, proposed once: the step of the workflow, run as Actions runs it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from actions_world import Ran, git
from campaigns_at_a_forge import Place, place
from github_world import TOKEN

from cmcompile.cli.ci.next import last_night

INPUTS = {
    "template": "library/nightly",
    "name": "nv-{night}",
    "set": "night={night}\nrelease=w_2026_45\nticket=DM-50001\n",
    "night": "20261119",
}
BRANCH = "campaign/nv-20261119"
PATH = "campaigns/nv-20261119/campaign.yaml"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as made:
        yield made


def proposed(at: Place, **inputs: str) -> Ran:
    return at.actions.run("campaign-next", inputs=INPUTS | inputs)


def new_pulls(at: Place) -> list[str]:
    return [pull["head"]["ref"] for number, pull in at.forge.pulls.items() if number != 7]


def test_a_campaign_is_made_on_a_branch_and_proposed(at: Place) -> None:
    base = at.base()
    ran = proposed(at)
    assert ran.code == 0, ran.log
    assert new_pulls(at) == [BRANCH]
    assert at.base() == base
    assert git(at.actions.remote, "rev-parse", f"{BRANCH}^") == base
    spec = yaml.safe_load(git(at.actions.remote, "show", f"{BRANCH}:{PATH}"))
    assert spec["vars"] == {"night": 20261119, "release": "w_2026_45"}
    changed = git(at.actions.remote, "diff", "--name-only", base, BRANCH).splitlines()
    assert PATH in changed
    assert all(path.startswith(("campaigns/nv-20261119/", "campaigns/library/")) for path in changed)
    pull = at.forge.pulls[8]
    assert (pull["title"], pull["base"]["ref"]) == ("Campaign nv-20261119", "main")
    assert "- `night=20261119`" in pull["body"]
    assert TOKEN not in ran.log + ran.page
    workspace = next(at.actions.path.glob("run1-*")) / "workspace"
    assert git(workspace, "status", "--porcelain") == ""
    assert git(workspace, "rev-parse", "HEAD") == base


def test_the_campaign_that_is_proposed_validates(at: Place) -> None:
    proposed(at)
    git(at.root, "fetch", "--quiet", "origin", BRANCH)
    git(at.root, "push", "--quiet", "origin", "FETCH_HEAD:refs/pull/8/head")
    ran = at.actions.pull_request(8, at.base(), git(at.root, "rev-parse", "FETCH_HEAD"))
    assert ran.code == 0, ran.log


def test_a_second_time_there_is_no_second_one(at: Place) -> None:
    proposed(at)
    tip = git(at.actions.remote, "rev-parse", BRANCH)
    again = proposed(at)
    assert again.code == 0
    assert "pull request 8: same" in again.log
    assert new_pulls(at) == [BRANCH]
    assert git(at.actions.remote, "rev-parse", BRANCH) == tip


def test_what_somebody_added_to_the_branch_stays(at: Place) -> None:
    proposed(at)
    git(at.root, "fetch", "--quiet", "origin", BRANCH)
    git(at.root, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    git(at.root, "commit", "--quiet", "--allow-empty", "-m", "A second thought")
    git(at.root, "push", "--quiet", "origin", f"HEAD:{BRANCH}")
    assert proposed(at).code == 0
    assert git(at.actions.remote, "log", "-1", "--format=%s", BRANCH) == "A second thought"


def test_a_branch_without_its_pull_request_gets_one(at: Place) -> None:
    proposed(at)
    del at.forge.pulls[8]
    assert proposed(at).code == 0
    assert new_pulls(at) == [BRANCH]


def test_a_pull_request_that_was_closed_is_an_answer(at: Place) -> None:
    proposed(at)
    at.forge.pulls[8]["state"] = "closed"
    git(at.root, "push", "--quiet", "origin", f":{BRANCH}")
    ran = proposed(at)
    assert ran.code == 0
    assert "its pull request 8 was closed, which is an answer too: nothing to do" in ran.log
    assert [pull["state"] for number, pull in at.forge.pulls.items() if number != 7] == ["closed"]
    assert git(at.root, "ls-remote", "origin", BRANCH) == ""


def test_a_campaign_that_is_there_is_not_made_again(at: Place) -> None:
    proposed(at)
    git(at.root, "fetch", "--quiet", "origin", BRANCH)
    git(at.root, "push", "--quiet", "origin", "FETCH_HEAD:main")
    before = len(at.forge.effects())
    ran = proposed(at)
    assert ran.code == 0
    assert f"{PATH} is there already: nothing to do" in ran.log
    assert len(at.forge.effects()) == before


def test_two_at_the_same_time_make_one(at: Place) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: proposed(at), range(2)))
    assert [ran.code for ran in runs] == [0, 0], "\n".join(ran.log for ran in runs)
    assert new_pulls(at) == [BRANCH]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"template": "library/none"}, "there is no library/none to start from"),
        ({"set": "release=w_2026_45"}, "--set night="),
        ({"set": "night=soon\nrelease=w_2026_45\nticket=DM-1"}, "CM"),
        ({"name": "../../etc"}, "can't be the name of a campaign"),
        ({"name": "a b"}, "can't be the name of a campaign"),
        ({"name": "-x"}, "can't be the name of a campaign"),
        ({"night": "tonight"}, "write it as 20261120"),
    ],
)
def test_what_can_not_be_made_is_refused(at: Place, inputs: dict[str, str], said: str) -> None:
    ran = proposed(at, **inputs)
    assert ran.code != 0
    assert said in ran.log
    assert "internal error" not in ran.log
    assert new_pulls(at) == []
    assert "campaign/" not in git(at.actions.remote, "for-each-ref")


@pytest.mark.parametrize(
    ("now", "night"),
    [
        ("2026-11-20T11:59:59", "20261118"),
        ("2026-11-20T12:00:00", "20261119"),
        ("2026-11-21T00:30:00", "20261119"),
        ("2027-01-01T13:00:00", "20261231"),
    ],
)
def test_the_last_night_is_over_at_noon(now: str, night: str) -> None:
    assert last_night(datetime.fromisoformat(now).replace(tzinfo=UTC)) == night
