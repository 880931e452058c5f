"""Repositories with bare remotes, campaigns and ledgers in which something happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from click.testing import CliRunner, Result
from ledger_builder import PROCESS, WMS, Builder, git, id_of

from cmcompile.cli.main import cli
from cmcompile.model.event import (
    Abandoned,
    Body,
    Measured,
    Observed,
    Prepared,
    Submitted,
    Submitting,
    Unknown,
)
from cmcompile.model.outcome import Failure, Fault, Outcome, Quantum, TaskOutcome
from cmcompile.model.stamp import stamp
from cmcompile.model.usage import QuantumUsage, task_usage

#: Its step ``step1`` has groups 1 to 4 of ten visits, and a rescue of two of them; ``step3`` needs it.
SPEC = """\
cmcompile: 1
campaign: c
where: instrument='HSC' and skymap='hsc_rings_v1'
inputs: [HSC/raw]
collect: HSC/runs/c
bps:
  pipelineYaml: /p/x.yaml
  payload: {payloadName: c, butlerConfig: /repo/main}
step_defaults: {collect: "${{ campaign.collect }}/${{ step.name }}"}
steps:
  step1:
    split: [{by: visit, values: 1..40, size: 10}]
    rescues:
      memory:
        groups: [2, 3]
        because: jobs that ended for want of memory
        skip_existing_in: prior
        bps: {requestMemory: 16384}
  step3:
    needs: step1
    split: [{by: tract, values: [9615, 9697]}]
"""
PATH = "campaigns/c/campaign.yaml"
#: Its visits are called exposures.
TWIN = SPEC.replace("campaign: c", "campaign: d").replace("runs/c", "runs/d").replace("visit", "exposure")
BROKEN = "cmcompile: 1\ncampaign: broken\nsteps: {step1: {needs: nothing}}\n"
QUANTA = 400
SENT = ("claimed", "prepared", "submitting", "submitted")
RUNNING = (*SENT, "running")
ENDED = {word: (*RUNNING, word) for word in ("succeeded", "partial", "failed", "cancelled")}


@dataclass(slots=True)
class World:
    """A clone with campaigns, and the ledger of the one named ``c``."""

    root: Path
    builder: Builder
    gates: dict[str, str] = field(default_factory=dict)

    def happened(self, group: str, *kinds: str, workflow: str = "w00", covers: str = "") -> World:
        """Record what happened to a workflow of a group of step1, each event in a commit of its own."""
        made = self.builder.make(group, git(self.root, "rev-parse", "HEAD"), workflow=workflow)
        if covers:
            made.claim = replace(made.claim, covers=tuple(covers.split(",")))
        gate = ""
        for kind in kinds:
            body = made.claim if kind == "claimed" else _body(kind, gate, made.claim.run_name)
            files = self.builder.event(made, body)
            if kind == "submitting":
                gate = self.gates[group] = id_of(files)
            if kind == "claimed":
                files |= {made.file(name): data for name, data in made.files.items()}
            self.builder.commits.append(files)
        return self

    def published(self) -> World:
        """Write the ledger to the remote; the clone has not seen it yet."""
        self.builder.plant()
        git(self.root, "push", "--quiet", "--force", "origin", "cm/c:cm/c")
        git(self.root, "branch", "--quiet", "-D", "cm/c")
        git(self.root, "update-ref", "-d", "refs/remotes/origin/cm/c")
        return self


def _body(kind: str, gate: str, run_name: str) -> Body:
    if kind == "prepared":
        return Prepared({}, QUANTA)
    if kind == "submitting":
        return Submitting(run_name, WMS, "d", "d", PROCESS, 2)
    if kind == "submitted":
        return Submitted("31415", gate)
    if kind == "unknown":
        return Unknown(gate, "no reply came")
    if kind == "abandoned":
        return Abandoned(gate or None, "looked everywhere")
    if kind == "measured":
        return measured(QUANTA)
    bad = {"succeeded": 0, "partial": 7, "failed": QUANTA}.get(kind)
    return Observed(kind, kind.upper(), outcome=None if bad is None else _outcome(bad))


def measured(quanta: int, peak: int = 3000) -> Measured:
    """Return what 400 quanta of 400 s took that ran 4 at once, of which half were read."""
    began = datetime(2026, 11, 20, 8, tzinfo=UTC)
    ended = began + timedelta(seconds=quanta * 100)
    sample = [QuantumUsage(stamp(began), stamp(ended), 300_000, 400_000, peak) for _ in range(quanta // 2)]
    return Measured("butler", (task_usage("isr", quanta, sample),))


def _outcome(bad: int) -> Outcome:
    quanta = (Quantum("isr", f"detector={n}, visit=12") for n in range(bad))
    failures = tuple(Failure(quantum, Fault.FAILED, "MemoryError") for quantum in quanta)
    return Outcome((TaskOutcome("isr", QUANTA, QUANTA - bad, bad),), failures)


def make_world(path: Path, **campaigns: str) -> World:
    """Make a bare remote, a clone of it, and campaigns in its only commit; ``c`` is there anyway."""
    remote, root = path / "remote.git", path / "clone"
    path.mkdir(parents=True, exist_ok=True)
    git(path, "init", "--quiet", "--bare", str(remote))
    git(path, "clone", "--quiet", remote.as_uri(), str(root))
    for name, text in {"c": SPEC, **campaigns}.items():
        write(root, f"campaigns/{name}/campaign.yaml", text)
    commit(root)
    git(root, "push", "--quiet", "origin", "HEAD")
    return World(root, Builder(root, "c").begin())


def write(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text, encoding="utf-8")


def edit(root: Path, old: str, new: str, path: str = PATH) -> None:
    """Change a file of the working tree."""
    text = (root / path).read_text(encoding="utf-8")
    assert old in text
    (root / path).write_text(text.replace(old, new), encoding="utf-8")


def commit(root: Path, message: str = "An edit") -> str:
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "-m", message)
    return git(root, "rev-parse", "HEAD")


def run(*args: str) -> Result:
    """Run a command in this process; none may end with an error of its own."""
    result = CliRunner().invoke(cli, list(args))
    assert "Traceback" not in result.output
    assert "internal error" not in result.output, result.output
    return result


def failed(*args: str, code: int = 1) -> str:
    """Run a command that must fail, and return the one line that it says."""
    result = run(*args)
    assert result.exit_code == code, result.output
    assert not result.stdout
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    assert lines[0].startswith("cmcompile: error: ")
    return lines[0].removeprefix("cmcompile: error: ")


def program(root: Path, *args: str, **variables: str) -> subprocess.Popen[str]:
    """Start the program in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "cmcompile.cli.main", *args],
        cwd=root,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def read_json(result: Result) -> Mapping[str, object]:
    found = json.loads(result.stdout)
    assert isinstance(found, dict)
    return found
