"""A ledger in which all sorts of things happened, some of them told in hostile words."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ledger_builder import git
from ledger_world import ENDED, RUNNING, TWIN, World, make_world

from cmcompile.model.cause import Cause
from cmcompile.model.event import Observed, Submitted
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome

#: What nobody should be able to smuggle into a page.
HOSTILE = (
    "</script><script>window.hit=1</script><img src=x onerror='window.hit=1'>"
    "\"'`\\\u2028\u202e${window.hit=1}"
)
BAD_LINK = "javascript:window.hit=1"
LINKS = """\
links:
  faro: https://faro.example.org/${{ campaign.name }}
  plots: https://plots.example.org/${{ step.name }}/${{ group.id }}
  panda: https://panda.example.org/tasks/${{ workflow.run }}
"""


def eventful(path: Path) -> World:
    """Return a clone with two campaigns; in one runs succeeded, failed in part, run, and got lost."""
    world = make_world(path, d=TWIN)
    spec = world.root / "campaigns/c/campaign.yaml"
    text = spec.read_text().replace("groups: [2, 3]", "groups: [3]")
    spec.write_text(text + LINKS, encoding="utf-8")
    git(world.root, "commit", "--quiet", "-a", "-m", "Links")
    git(world.root, "push", "--quiet", "origin", "HEAD")
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *ENDED["partial"], "measured")
    world.happened("3", *RUNNING).happened("4", "claimed", "prepared", "submitting", "unknown")
    return world.published()


def hostile(path: Path) -> World:
    """Return a clone with a ledger whose texts are all hostile."""
    world = make_world(path)
    made = world.builder.make("1", git(world.root, "rev-parse", "HEAD"))
    made.claim = replace(made.claim, run_name=HOSTILE, submit_path=HOSTILE)
    files = {made.file(name): data for name, data in made.files.items()}
    files[made.file("submit.yaml")] = f"# {HOSTILE}\n".encode()
    cause = Cause("pilot", 1, HOSTILE, log=BAD_LINK)
    failure = Failure(Quantum(HOSTILE, HOSTILE), Fault.FAILED, HOSTILE, cause)
    outcome = Outcome((TaskOutcome(HOSTILE, 4, 3, 1, caveats={HOSTILE: 1}),), (failure,))
    builder = world.builder
    builder.commits.append({**builder.event(made, made.claim), **files})
    for body in (Submitted(HOSTILE, None, url=BAD_LINK), Observed("partial", HOSTILE, outcome=outcome)):
        builder.commits.append(builder.event(made, body))
    return world.published()
