"""What was merged is carried out, whatever became of the triggers: the steps are run as Actions runs them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from actions_world import READER, Ran, git
from apply_world import SPEC
from campaigns_at_a_forge import Place, place
from github_world import HEAD, TOKEN
from ledger_world import BROKEN, edit, write

OTHER = SPEC.replace("campaign: c", "campaign: b").replace("runs/c", "runs/b")


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path) as made:
        yield made


def log_of(at: Place, campaign: str = "c") -> list[str]:
    """Return the subjects of the commits of a ledger, the newest first."""
    return git(at.actions.remote, "log", "--format=%s", f"cm/{campaign}").splitlines()


def pushed(at: Place, name: str, text: str) -> None:
    git(at.root, "checkout", "--quiet", "main")
    write(at.root, f"campaigns/{name}/campaign.yaml", text)
    git(at.root, "add", "-A")
    git(at.root, "commit", "--quiet", "-m", f"Campaign {name}")
    git(at.root, "push", "--quiet", "origin", "main")


def test_what_is_merged_is_submitted_once(at: Place) -> None:
    at.opened(7, "1..30", "1..40")
    merge = at.merged(7)
    ran = at.actions.run("campaign-apply", "push", sha=merge)
    assert ran.code == 0, ran.log
    assert ran.outputs == {"code": "0", "campaigns": "c"}
    assert "| `c` | 0 | fine, or nothing to do |" in ran.page
    assert len(at.applied.runs()) == 4
    assert [(s["context"], s["state"], s["sha"]) for s in at.forge.statuses] == [
        ("cm/apply/c", "success", merge)
    ]
    again = at.actions.run("campaign-apply", "push", sha=merge)
    assert again.code == 0, again.log
    assert len(at.applied.runs()) == 4
    for one in (ran, again):
        assert TOKEN not in one.log + one.page
        assert READER not in one.log + one.page
    made_by = git(at.actions.remote, "log", "-1", "--format=%an <%ae>", "cm/c")
    assert made_by == "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>"


def test_a_late_run_of_an_old_push_carries_out_what_the_branch_says_now(at: Place) -> None:
    old = at.base()
    at.opened(7, "1..30", "1..40")
    at.merged(7)
    assert at.actions.run("campaign-apply", "push", sha=old).code == 0
    assert len(at.applied.runs()) == 4


def test_a_push_that_started_nothing_is_made_up_for(at: Place) -> None:
    at.opened(7, "1..30", "1..40")
    at.merged(7)
    ran = at.actions.run("campaign-reconcile")
    assert ran.code == 0, ran.log
    assert len(at.applied.runs()) == 4


def test_two_passes_at_the_same_time_submit_once(at: Place) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(at.actions.run, ("campaign-reconcile", "campaign-apply")))
    assert [ran.code for ran in runs] == [0, 0], "\n".join(ran.log for ran in runs)
    assert len(at.applied.runs()) == len(set(at.applied.runs())) == 3
    assert at.applied.asked("submit") == 3
    assert at.actions.run("campaign-verify").code == 0


def test_passes_go_on_until_all_is_accepted(at: Place) -> None:
    assert at.actions.run("campaign-apply", "push").code == 0
    for _ in range(2):
        at.applied.end()
        assert at.actions.run("campaign-reconcile").code == 0
    assert len(at.applied.runs()) == 5
    assert "what the ledger says" in log_of(at)
    assert at.actions.run("campaign-verify").code == 0


@pytest.mark.parametrize("workflow", ["campaign-apply", "campaign-reconcile"])
def test_a_branch_that_nobody_protects_submits_nothing(at: Place, workflow: str) -> None:
    ran = at.actions.run(workflow, "push", protected=False)
    assert ran.code == 4
    assert "no rules protect the branch main" in ran.log
    git(at.root, "push", "--quiet", "origin", "main:refs/heads/feature")
    ran = at.actions.run(workflow, "workflow_dispatch", ref="refs/heads/feature")
    assert ran.code == 4
    assert "this runs for feature, and campaigns are those of main" in ran.log
    assert at.applied.runs() == []


def test_what_needs_a_person_is_told_and_fails_only_where_that_is_asked_for(at: Place) -> None:
    at.actions.run("campaign-apply", "push")
    at.applied.end("failed", 4)
    ran = at.actions.run("campaign-reconcile")
    assert ran.code == 0, ran.log
    assert "| `c` | 3 | *look* drift, an incomplete history, or something needs a person |" in ran.page
    assert "::warning title=c%3A exit code 3::" in ran.log
    ran = at.actions.run("campaign-reconcile", inputs={"fail-on": "refused,unknown,attention"})
    assert ran.code == 3
    assert "**stopped**" in ran.page
    assert "::error title=c%3A exit code 3::" in ran.log


def test_a_campaign_with_errors_leaves_the_others_alone(at: Place) -> None:
    pushed(at, "b", OTHER)
    assert at.actions.run("campaign-apply", "workflow_dispatch", inputs={"init": "b"}).code == 0
    pushed(at, "b", BROKEN)
    at.applied.end()
    ran = at.actions.run("campaign-reconcile")
    assert ran.code == 1
    assert "| `b` | 1 | **stopped** an error" in ran.page
    assert "| `c` | 0 |" in ran.page
    assert len([name for name in at.applied.runs() if "runs_c" in name or "runs/c" in name]) == 5


def test_a_ledger_that_can_not_be_made_fails_the_job(at: Place) -> None:
    pushed(at, "broken", BROKEN)
    ran = at.actions.run("campaign-apply", "workflow_dispatch", inputs={"init": "broken"})
    assert ran.code == 1
    assert "| `ledger of broken` | 1 |" in ran.page
    assert len(at.applied.runs()) == 3


def test_a_new_campaign_waits_for_somebody_to_make_its_ledger(at: Place) -> None:
    pushed(at, "d", OTHER.replace("campaign: b", "campaign: d").replace("runs/b", "runs/d"))
    ran = at.actions.run("campaign-apply", "push")
    assert ran.code == 0
    assert "``it has no ledger yet: `cmcompile ledger init d` makes it, once``" in ran.page
    assert len(at.applied.runs()) == 3
    ran = at.actions.run("campaign-apply", "workflow_dispatch", inputs={"init": "d"})
    assert ran.code == 0, ran.log
    assert len(at.applied.runs()) == 6
    assert at.actions.run("campaign-apply", "workflow_dispatch", inputs={"init": "d"}).code == 0
    assert len(at.applied.runs()) == 6


def test_reviews_are_written_down_as_approvals(at: Place) -> None:
    pushed(at, "c", SPEC + "review: {approvals: 1}\n")
    head = at.opened(7, "1..30", "1..40")
    at.forge.reviews = [review("grace", "APPROVED", HEAD)]
    at.merged(7)
    ran = at.actions.run("campaign-apply", "push")
    assert at.applied.runs() == [], ran.log
    at.forge.reviews = [review("grace", "APPROVED", head)]
    ran = at.actions.run("campaign-apply", "push")
    assert ran.code == 0, ran.log
    assert len(at.applied.runs()) == 4, ran.log
    assert [s for s in log_of(at) if "reviews of https://forge.test/pull/7" in s]


def test_the_reviews_of_an_edit_of_a_library_count_too(at: Place) -> None:
    write(at.root, "campaigns/library/own.yaml", "cmcompile: 1\nbps: {requestMemory: 2048}\n")
    text = SPEC.replace("cmcompile: 1\n", "cmcompile: 1\nextends: [../library/own.yaml]\n")
    pushed(at, "c", text + "review: {approvals: 1}\n")
    head = at.opened(9, "2048", "4096", path="campaigns/library/own.yaml")
    at.forge.reviews = [review("grace", "APPROVED", head)]
    at.merged(9)
    ran = at.actions.run("campaign-apply", "push")
    assert ran.code == 0, ran.log
    assert len(at.applied.runs()) == 3, ran.log


def review(login: str, state: str, commit: str) -> dict[str, object]:
    return {
        "user": {"login": login},
        "state": state,
        "commit_id": commit,
        "submitted_at": "2026-11-20T08:30:00Z",
        "author_association": "MEMBER",
    }


def test_who_approved_can_not_be_asked(at: Place) -> None:
    at.opened(7, "1..30", "1..40")
    at.merged(7)
    at.forge.faults = ["404"] * 50
    ran = at.actions.run("campaign-apply", "push")
    assert ran.code == 6, ran.log
    assert "who approved it can't be asked" in ran.log
    # What needs no approval goes on.
    assert len(at.applied.runs()) == 4


def test_a_ledger_that_was_altered_fails_the_nightly_proof(at: Place) -> None:
    at.actions.run("campaign-apply", "push")
    git(at.root, "fetch", "--quiet", "origin")
    git(at.root, "checkout", "--quiet", "--detach", "origin/cm/c")
    (claimed,) = list(at.root.glob("runs/step1/*/1/w00/0001-claimed.json"))
    edit(at.root, '"by"', '"By"', str(claimed.relative_to(at.root)))
    git(at.root, "commit", "--quiet", "-a", "-m", "Nothing to see")
    git(at.root, "push", "--quiet", "origin", "HEAD:cm/c")
    ran: Ran = at.actions.run("campaign-verify")
    assert ran.code == 1
    assert "**stopped**" in ran.page


def test_a_remote_that_does_not_answer_is_no_missing_ledger(at: Place) -> None:
    # The clone is made; after that git finds nothing where the remote was.
    address = at.actions.remote.as_uri()
    away = {"GIT_CONFIG_KEY_0": f"url.{address}.away.insteadOf", "GIT_CONFIG_VALUE_0": address}
    ran = at.actions.run("campaign-reconcile", variables={"GIT_CONFIG_COUNT": "1", **away})
    assert ran.code == 1
    assert "has no ledger" not in ran.log
    assert at.applied.runs() == []
