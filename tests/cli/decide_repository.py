"""A repository with a campaign and a ledger in which something happened, for the commands that decide."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from cmcompile.cli.main import cli
from cmcompile.ledger.codec import encode
from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.paths import event_path
from cmcompile.ledger.setup import initialise
from cmcompile.model.event import (
    KINDS,
    Accepted,
    Body,
    Claimed,
    Draft,
    Observed,
    Process,
    Reviewed,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
    Unknown,
    WmsRef,
)
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome

SPEC = """\
cmcompile: 1
campaign: c
where: instrument='A' and skymap='S'
bps:
  pipelineYaml: ${DRP_PIPE_DIR}/p.yaml#${{ step.name }}
  payload: {butlerConfig: /repo/main, inCollection: raw, output: "u/c/${{ step.name }}/${{ group.id }}"}
steps:
  step1:   # the first one
    split: [{by: tract, values: 1..6}]

  step2: {needs: step1, split: [{by: tract, values: 1..2}]}
# the end
"""
PATH = "campaigns/c/decisions.yaml"
GATE = "aaaa0000bbbb1111"
PROCESS = Process("host7", "boot", 77)
WMS = WmsRef("lsst.ctrl.bps.htcondor.HTCondorService", "schedd3")
CLAIMED = Claimed(
    "u_c_step1_w00",
    "u_c_step1_w",
    "u/c/w00",
    "sub",
    WMS,
    "d",
    SpecRef("campaigns/c/campaign.yaml", "", "1", 1),
    PROCESS,
)
SENT: tuple[Body, ...] = (CLAIMED, Submitting("u_c_step1_w00", WMS, "l", "a", PROCESS, 78))
RUNNING = (*SENT, Submitted("17.0", GATE), Observed("running", "RUNNING"))
FAILED = (*RUNNING, Observed("failed", "FAILED"))
UNKNOWN = (*SENT, Unknown(GATE, "no reply"), Reviewed("not_found", "nothing is found after an hour"))


def git(root: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def make(root: Path) -> Path:
    """Make a repository with a campaign and no ledger."""
    (root / "campaigns/c").mkdir(parents=True)
    (root / "campaigns/c/campaign.yaml").write_text(SPEC)
    git(root, "init", "-q", ".")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "spec")
    return root


def ended(*failed: str, complete: bool = True, missing: int = 0) -> tuple[Body, ...]:
    """Return what happened to a group with failures such as ``isr tract=1, patch=2: Killed``."""
    failures = []
    for text in failed:
        head, _, message = text.partition(": ")
        task, _, data_id = head.partition(" ")
        fault = Fault.BLOCKED if message == "waits" else Fault.FAILED
        failures.append(Failure(Quantum(task, data_id), fault, message))
    counts = [
        TaskOutcome(t, 100, 100 - n - missing, n + missing)
        for t in ("isr", "cal")
        if (n := sum(f.quantum.task == t for f in failures)) + missing
    ]
    outcome = Outcome(tuple(counts), tuple(failures), (), complete)
    return (*RUNNING, Observed("partial", "FAILED", "17.0", outcome))


def happened(root: Path, **groups: Iterable[Body]) -> None:
    """Make a ledger in which this happened to the first workflows of groups ``g3``; ``g3_w01``: another."""
    happened_later(root, 0, groups)


def happened_later(root: Path, later: int, groups: Mapping[str, Iterable[Body]]) -> None:
    """Let this happen to groups that nothing happened to, so many minutes after what happened first."""
    store = GitStore(root, "c", None)
    tip = initialise(store, "c", again=True).tip
    files: dict[str, bytes] = {}
    claim = ""
    for name, bodies in groups.items():
        group, _, workflow = name.removeprefix("g").partition("_")
        for number, body in enumerate(bodies, 1):
            of_group = isinstance(body, Accepted)
            subject = Subject("step1", group, None if of_group else workflow or "w00")
            event = GATE if isinstance(body, Submitting) else f"{later + len(files):016x}"
            mine = int(group) if group.isdigit() else len(files) + 1000
            claim = "" if of_group else claim if number > 1 else f"{mine:015x}{'1' if workflow else '0'}"
            draft = Draft(subject, event, f"2026-11-20T08:{later + len(files):02}:00Z", "CI", body, claim)
            number = 1 if of_group else number
            files[event_path(subject, number, KINDS[type(body)])] = encode(draft)
    store.push(store.commit(tip, files, "what happened"))


def run(*args: str, **more: str) -> Result:
    result = CliRunner().invoke(cli, list(args), **more)  # type: ignore[arg-type]
    assert "Traceback" not in result.output
    assert "internal error" not in result.output, result.output
    return result
