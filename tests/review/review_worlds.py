"""Edits in real repositories, each as a reviewer meets it: what was there, and what is to be changed."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

from ledger_world import ENDED, PATH, RUNNING, SPEC, World, commit, edit, make_world, write

DECISIONS = "campaigns/c/decisions.yaml"
LIBRARY = "campaigns/library/base.yaml"
IMAGE = SPEC.replace("where:", "vars: {release: w_33}\nwhere:", 1).replace(
    "butlerConfig: /repo/main", 'butlerConfig: /repo/main, sw_image: "stack:${{ release }}"'
)
#: All that campaigns of a library share, and what each adds to it.
SHARED = IMAGE.partition("steps:")[0].replace("campaign: c\n", "")
MEMBER = """\
cmcompile: 1
campaign: {name}
extends: [../library/base.yaml]
bps: {{payload: {{payloadName: {name}}}}}
collect: HSC/runs/{name}
steps:
  step1:
    split: [{{by: visit, values: 1..40, size: 10}}]
"""
LISTED = SPEC.replace("steps:", "lists: {visits: {file: lists/visits.txt}}\nsteps:").replace(
    "values: 1..40, size: 10", "list: visits, size: 10"
)
ACCEPT = "- {accept: step1/1@w00, by: Ann, at: 2026-11-20T08:00:00Z, because: looked at the plots}\n"
HOLD = "- {hold: step3, by: Bob, at: 2026-11-20T09:00:00Z, because: waiting for the new flats}\n"

_HEX = re.compile(r"\b[0-9a-f]{12}(?:[0-9a-f]{8,52})?\b")


def same(text: str) -> str:
    """Return a page without what differs from one run to the next: commits and digests."""
    return _HEX.sub("<hex>", text)


def begun(path: Path, **campaigns: str) -> World:
    """Return a world whose ledger says that group 1 ended well, 2 failed, 3 runs; 4 was never sent."""
    world = make_world(path, **campaigns)
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *ENDED["failed"])
    return world.happened("3", *RUNNING).published()


def fresh(path: Path, **campaigns: str) -> World:
    """Return a world in which nothing was sent yet."""
    return make_world(path, **campaigns)


def sent_edit(path: Path) -> World:
    world = begun(path)
    edit(world.root, "pipelineYaml: /p/x.yaml", "pipelineYaml: /p/y.yaml")
    edit(world.root, "requestMemory: 16384", "requestMemory: 32768")
    return world


def good_edit(path: Path) -> World:
    """Alter only what was not sent yet."""
    world = begun(path)
    edit(world.root, "values: [9615, 9697]", "values: [9615, 9697, 9813]")
    edit(world.root, "    needs: step1\n", "    needs: step1\n    bps: {requestMemory: 4096}\n")
    return world


def comment_only(path: Path) -> World:
    world = begun(path)
    edit(world.root, "steps:\n", "# The steps of the pipeline.\nsteps:\n")
    return world


def nothing(path: Path) -> World:
    world = begun(path)
    write(world.root, "README.md", "# Campaigns\n")
    write(world.root, "campaigns/library/unused.yaml", "cmcompile: 1\nvars: {x: 1}\n")
    return world


def new_campaign(path: Path) -> World:
    world = begun(path)
    write(
        world.root,
        "campaigns/e/campaign.yaml",
        SPEC.replace("campaign: c", "campaign: e").replace("runs/c", "runs/e"),
    )
    return world


def removed_running(path: Path) -> World:
    world = begun(path)
    shutil.rmtree(world.root / "campaigns/c")
    return world


def removed_ended(path: Path) -> World:
    world = make_world(path)
    world.happened("1", *ENDED["succeeded"]).published()
    shutil.rmtree(world.root / "campaigns/c")
    return world


def renamed_sent(path: Path) -> World:
    world = begun(path)
    (world.root / "campaigns/c").rename(world.root / "campaigns/d")
    edit(world.root, "campaign: c", "campaign: d", "campaigns/d/campaign.yaml")
    return world


def renamed_unsent(path: Path) -> World:
    world = fresh(path)
    (world.root / "campaigns/c").rename(world.root / "campaigns/d")
    edit(world.root, "campaign: c", "campaign: d", "campaigns/d/campaign.yaml")
    return world


def library_edit(path: Path) -> World:
    """Alter a library file that twenty campaigns extend."""
    path.mkdir(parents=True, exist_ok=True)
    names = [f"night-{n:02}" for n in range(1, 21)]
    world = fresh(path)
    write(world.root, LIBRARY, SHARED)
    for name in names:
        write(world.root, f"campaigns/{name}/campaign.yaml", MEMBER.format(name=name))
    commit(world.root, "Twenty nights")
    edit(world.root, "release: w_33", "release: w_34", LIBRARY)
    edit(world.root, "pipelineYaml: /p/x.yaml", "pipelineYaml: /p/y.yaml", LIBRARY)
    return world


def library_sent(path: Path) -> World:
    """Alter a library file that five campaigns extend, of one of which groups were sent."""
    world = make_world(path)
    write(world.root, LIBRARY, SHARED)
    for name in ("a", "b", "c", "d", "e"):
        write(world.root, f"campaigns/{name}/campaign.yaml", MEMBER.format(name=name))
    commit(world.root, "Five nights")
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *RUNNING).published()
    edit(world.root, "release: w_33", "release: w_34", LIBRARY)
    return world


def decisions_only(path: Path) -> World:
    world = begun(path)
    write(world.root, DECISIONS, ACCEPT + HOLD)
    return world


def illegal_decision(path: Path) -> World:
    world = begun(path)
    write(world.root, DECISIONS, ACCEPT.replace("step1/1", "step1/4"))
    return world


def lists_grew(path: Path) -> World:
    world = fresh(path, c=LISTED)
    write(world.root, "campaigns/c/lists/visits.txt", "".join(f"{n}\n" for n in range(1, 41)))
    commit(world.root, "The list")
    write(world.root, "campaigns/c/lists/visits.txt", "".join(f"{n}\n" for n in range(3, 62)))
    return world


def broken(path: Path) -> World:
    world = begun(path)
    edit(world.root, "size: 10", "sise: 10")
    return world


def mended(path: Path) -> World:
    """Mend a spec that did not compile at the base."""
    world = fresh(path, c=SPEC.replace("size: 10", "sise: 10"))
    edit(world.root, "sise: 10", "size: 10")
    return world


def two_releases(path: Path) -> World:
    world = fresh(path, c=IMAGE)
    more = "    overrides:\n      - {groups: [3, 4], vars: {release: w_34}, because: a faster release}\n"
    edit(world.root, "    rescues:\n", f"{more}    rescues:\n")
    return world


def step_removed(path: Path) -> World:
    world = begun(path)
    text = (world.root / PATH).read_text()
    (world.root / PATH).write_text(text.partition("  step3:")[0])
    return world


def outputs_removed(path: Path) -> World:
    world = begun(path)
    decision = "- {retire: step1/2@w00, by: Ann, at: 2026-11-20T08:00:00Z, because: the flats were wrong}\n"
    write(world.root, DECISIONS, decision)
    return world


def not_approved(path: Path) -> World:
    """Add groups to a campaign of which each group must be approved."""
    world = begun(path, c=SPEC.replace("steps:", "review: {approvals: 2}\nsteps:", 1))
    edit(world.root, "values: 1..40", "values: 1..60")
    return world


def over_budget(path: Path) -> World:
    world = begun(path, c=SPEC.replace("steps:", "review: {budget: {core_hours: 100}}\nsteps:", 1))
    edit(world.root, "values: 1..40", "values: 1..60")
    return world


def many_rescues(path: Path) -> World:
    """Add a third rescue of the same groups."""
    again = (
        "      {}:\n        groups: [2, 3]\n        because: once more\n        bps: {{requestMemory: {}}}\n"
    )
    world = fresh(path, c=SPEC.replace("  step3:", again.format("again", 20000) + "  step3:"))
    edit(world.root, "  step3:", again.format("more", 30000) + "  step3:")
    return world


def findings(path: Path) -> World:
    """Add findings to one that was there, and take ids out."""
    override = "    overrides:\n    - {groups: [1], bps: {requestMemory: 4096}}\n"
    world = fresh(path, c=SPEC.replace("    rescues:\n", f"{override}    rescues:\n"))
    edit(world.root, override, f"{override}    - {{groups: [2], bps: {{requestMemory: 8192}}}}\n")
    edit(world.root, "steps:", "exclude:\n- {visit: 31..40, because: clouds}\nsteps:")
    return world


#: By name: makes a world in which an edit stands in the working tree, and the exit code it ends with.
CASES: dict[str, tuple[Callable[[Path], World], int]] = {
    "sent groups": (sent_edit, 4),
    "unsent groups": (good_edit, 0),
    "comment only": (comment_only, 0),
    "nothing": (nothing, 0),
    "new campaign": (new_campaign, 0),
    "removed while running": (removed_running, 4),
    "removed when ended": (removed_ended, 3),
    "renamed after sending": (renamed_sent, 4),
    "renamed before sending": (renamed_unsent, 0),
    "library of twenty": (library_edit, 0),
    "library of which some was sent": (library_sent, 4),
    "decisions only": (decisions_only, 0),
    "illegal decision": (illegal_decision, 1),
    "lists grew": (lists_grew, 0),
    "does not compile": (broken, 1),
    "mended": (mended, 3),
    "two releases": (two_releases, 3),
    "outputs removed": (outputs_removed, 3),
    "not approved": (not_approved, 3),
    "over budget": (over_budget, 4),
    "many rescues": (many_rescues, 0),
    "findings": (findings, 3),
    "step removed": (step_removed, 0),
}
