"""A campaign from its first pull request to its last group: branches, jobs, real runs, and nobody at a shell.

Each stage begins where the former one ended, so that all of it runs once for the whole module.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from campaign_world import CAMPAIGN, SKY, SPEC, Ran, World, make
from site_reader import read, rows

from cmcompile.site.make import INDEX

pytestmark = [pytest.mark.service("lsst"), pytest.mark.xdist_group("gitops")]

GROUPS = {"step1/1", "step1/2", "step2/1", "step2/2", "step3/1", "step3/2", "step4/all"}
RESCUE = f"rescue/{CAMPAIGN}/step1"
#: A job that fails for whatever is no matter of course.
RECONCILE = ("ci", "reconcile", "--fail-on", "refused,unknown,attention,lost")
#: How it may end where another one does the same beside it; its campaign may be done in part, too.
FINE = {0, 3, 7}


@dataclass
class Stages:
    """What was seen on the way."""

    world: World
    proposed: Path
    applied: str
    refused: Path
    first_race: list[Ran]
    rescue: tuple[str, str]
    rescued: Path
    base: str
    head: str
    second_race: list[Ran]
    finished: str
    site: Path
    seconds: float


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Stages:
    began = time.monotonic()
    world = make(tmp_path_factory.mktemp("gitops"))
    main = world.git("rev-parse", "main")
    head = _campaign(world)
    proposed = world.report(main, head)
    world.merged("first")
    applied = world.job("ci", "apply", "--init", CAMPAIGN)
    late = world.branched("late", ("requestMemory: 512", "requestMemory: 1024"))
    refused = world.report("origin/main", late, code=4)
    world.settled()
    first_race = world.race(RECONCILE, RECONCILE)
    said = [_rescue(world), _rescue(world)]
    base, head = (world.git("rev-parse", name, root=world.remote) for name in ("main", RESCUE))
    rescued = world.report("origin/main", head)
    world.merged(RESCUE)
    world.settled()
    second_race = world.race(RECONCILE, RECONCILE)
    finished = world.job("reconcile", CAMPAIGN, "--wait", "--every", "1")
    site = world.home / "site"
    world.job("site", "-o", str(site))
    return Stages(
        world,
        proposed,
        applied,
        refused,
        first_race,
        (said[0], said[1]),
        rescued,
        base[:12],
        head[:12],
        second_race,
        finished,
        site,
        time.monotonic() - began,
    )


def _campaign(world: World) -> str:
    """Propose the campaign on a branch; return its commit."""
    world.git("switch", "--quiet", "-c", "first")
    world.cmcompile("quickstart", str(world.home / "sky"), "--in", ".", *SKY)
    world.cmcompile("lists", "update", CAMPAIGN)
    world.git("add", "--all")
    world.git("commit", "--quiet", "-m", "The campaign")
    world.git("push", "--quiet", "--set-upstream", "origin", "first")
    head = world.git("rev-parse", "HEAD")
    world.git("switch", "--quiet", "main")
    return head


def _rescue(world: World) -> str:
    return world.job(
        *("rescue", f"{CAMPAIGN}/step1", "--from-outcome", "--branch"),
        *("--set", "bps.extraQgraphOptions=-c calibrateImage:maxSaturated=3"),
        *("--because", "a bright star"),
    )


def comment(report: Path) -> str:
    return (report / "comment.md").read_text(encoding="utf-8")


def test_the_first_pull_request_says_what_merging_would_do(stages: Stages) -> None:
    told = json.loads((stages.proposed / "review.json").read_bytes())
    assert told["verdict"] in ("fine", "attention")
    assert "7 new" in comment(stages.proposed)


def test_merging_submits_what_waits_for_nothing(stages: Stages) -> None:
    for group in ("step1/1", "step1/2"):
        assert f"+ submit {group}@w00 done: run " in stages.applied
    assert "quickstart: 2 done" in stages.applied


def test_an_edit_of_sent_groups_is_refused_with_line_and_groups(stages: Stages) -> None:
    line = next(
        n
        for n, text in enumerate((stages.world.clone / SPEC).read_text().splitlines(), 1)
        if text.startswith("  requestMemory: 512")
    )
    text = comment(stages.refused)
    assert f"{SPEC}:{line}" in text
    first = next(row for row in text.splitlines() if f"{SPEC}:{line}" in row)
    assert "`requestMemory: 512 → 1024` | 2 groups: `step1/1, step1/2` | take the edit back" in first


@pytest.mark.parametrize("which", ["first_race", "second_race"])
def test_two_jobs_at_once_end_as_they_should(stages: Stages, which: str) -> None:
    ended: list[Ran] = getattr(stages, which)
    for ran in ended:
        assert ran.code in FINE, ran.out
        assert ran.of_campaign() in FINE | {5}, ran.out
        assert "+ submit" in "".join(one.out for one in ended)


def test_the_rescue_is_proposed_once(stages: Stages) -> None:
    first, second = stages.rescue
    assert "step1/rescue: 1 quantum to run" in first
    assert f"made the branch {RESCUE}: " in first
    assert f"the branch {RESCUE} holds what was proposed before" in second
    text = comment(stages.rescued)
    assert "`rescues.rescue: 1 group (added)` | `step1/rescue.2`" in text
    assert "`step1 rescue rescue: 0 → 1 group, added rescue.2`" in text
    assert f"`origin/main ({stages.base})` → `{stages.head}`." in text


def test_no_group_was_submitted_twice(stages: Stages) -> None:
    world = stages.world
    sent = Counter(
        f"{step}/{group}"
        for (step, group), record in world.state().groups.items()
        for workflow in record.workflows
        if workflow.run_id is not None
    )
    assert sent == dict.fromkeys(GROUPS | {"step1/rescue.2"}, 1)
    given = Counter(re.sub(r"/w\d\d-\w+$", "", run.output_run) for run in world.runs())
    assert given == {f"QuickCam/runs/{CAMPAIGN}/{name}": 1 for name in sent}
    known = {w.run_id for record in world.state().groups.values() for w in record.workflows}
    assert known == {run.id for run in world.runs()}


def test_everything_is_accepted_and_proved(stages: Stages) -> None:
    assert "all 7 groups accepted" in stages.world.job("status", CAMPAIGN)
    proof = stages.world.job("ci", "verify")
    assert "healthy: nothing was changed or removed" in proof
    assert "exit code" not in proof


def test_what_became_of_it_stands_on_the_ledger_branch(stages: Stages) -> None:
    world = stages.world
    page = world.on_ledger("README.md")
    assert "7 of 7" in page
    assert json.loads(world.on_ledger("status.json"))
    history = world.on_ledger("history.csv").splitlines()
    assert len(history) > 3
    reports = world.git("log", "--format=%s", f"cm/{CAMPAIGN}", "--", "README.md", root=world.remote)
    assert 3 <= len(reports.splitlines()) < len(world.runs()) * 3


def test_a_pass_after_the_last_one_changes_nothing(stages: Stages) -> None:
    world = stages.world
    before = world.git("rev-parse", f"cm/{CAMPAIGN}", root=world.remote)
    world.job("ci", "reconcile")
    assert world.git("rev-parse", f"cm/{CAMPAIGN}", root=world.remote) == before


def test_the_site_names_every_group(stages: Stages) -> None:
    files = {p.relative_to(stages.site).as_posix(): p.read_bytes() for p in stages.site.rglob("*.js")}
    campaign = read(files, f"data/{CAMPAIGN}/campaign.js")
    steps = [step["name"] for step in campaign["steps"]]
    named = {f"{step}/{row['id']}" for step in steps for row in rows(files, campaign, step)}
    assert named == GROUPS | {"step1/rescue.2"}
    assert INDEX in files


def test_how_long_it_took(stages: Stages, record_property: Callable[[str, object], None]) -> None:
    record_property("told", f"end to end, through branches and jobs: {stages.seconds:.0f} s")
