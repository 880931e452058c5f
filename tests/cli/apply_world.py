"""Repositories with bare remotes, and a simulated workload system that another process serves."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import Result
from ledger_builder import git
from ledger_world import World, edit, make_world, run, write

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import look
from cmcompile.model.states import LedgerState, Workflow
from cmcompile.sim.served.hand import Hand
from cmcompile.sim.served.journal import entries

PATH = "campaigns/c/campaign.yaml"
POLICY = "campaigns/library/policies/careful.yaml"
PANDA = "lsst.ctrl.bps.panda.PanDAService"
#: Steps one and two of three and two groups; all that is ready may go at once.
SPEC = f"""\
cmcompile: 1
campaign: c
where: instrument='HSC' and skymap='hsc_rings_v1'
inputs: [HSC/raw]
collect: HSC/runs/c
bps:
  pipelineYaml: /p/x.yaml
  wmsServiceClass: {PANDA}
  payload: {{payloadName: c, butlerConfig: /repo/main}}
step_defaults: {{collect: "${{{{ campaign.collect }}}}/${{{{ step.name }}}}"}}
steps:
  step1:
    split: [{{by: visit, values: 1..30, size: 10}}]
  step3:
    needs: step1
    split: [{{by: tract, values: [9615, 9697]}}]
"""


@dataclass(slots=True)
class Applied:
    """A clone with a campaign whose ledger is empty, and the far side that it submits to."""

    world: World
    hand: Hand
    socket: Path
    log: Path

    @property
    def root(self) -> Path:
        return self.world.root

    def state(self) -> LedgerState:
        """Return what the ledger says now."""
        return look(Place(self.root, PATH)).view.state

    def workflows(self) -> dict[str, Workflow]:
        """Return all workflows by name."""
        records = self.state().groups.values()
        return {str(w): w for record in records for w in record.workflows}

    def asked(self, kind: str) -> int:
        """Return how often the far side was asked for something."""
        return sum(entry.request.get("ask") == kind for entry in entries(self.log))

    def runs(self) -> list[str]:
        """Return the names of all runs that really are, in order."""
        return sorted(found["name"] for found in self.hand.runs())

    def end(self, state: str = "", failed: int = 0) -> None:
        """End all runs that are live."""
        for found in self.hand.runs():
            if found["state"] in ("submitted", "running", "held"):
                self.hand.end(found["run_id"], state, failed)


@contextmanager
def served(path: Path) -> Iterator[Path]:
    """Serve a far side in a process of its own."""
    socket = path / "far.sock"
    command = [sys.executable, "-m", "cmcompile.sim.served.server", str(socket), "--waits", "0"]
    server = subprocess.Popen([*command, "--settling", "0.2"], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("ready")
        yield socket
    finally:
        server.terminate()
        server.communicate(timeout=10)


@contextmanager
def applied_world(path: Path) -> Iterator[Applied]:
    """Make a campaign and serve its far side."""
    world = make_world(path, c=SPEC).published()
    with served(path) as socket:
        git(world.root, "config", "cmcompile.simulated", str(socket))
        yield Applied(world, Hand(socket), socket, socket.with_name("far.sock.log"))


def under_policy(root: Path, rules: str) -> None:
    """Have the campaign follow a policy of these rules."""
    write(root, POLICY, rules)
    edit(root, "campaign: c\n", "campaign: c\npolicy: careful\n", PATH)
    pushed(root)


def pushed(root: Path, message: str = "An edit") -> str:
    """Commit all, and push it."""
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "-m", message)
    git(root, "push", "--quiet", "origin", "HEAD")
    return git(root, "rev-parse", "HEAD")


def lines_of(result: Result) -> list[Mapping[str, object]]:
    """Return the objects on stdout, one per line; nothing else may be there."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def apply(*args: str) -> Result:
    return run("apply", "--auto-approve", *args)
