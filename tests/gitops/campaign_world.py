"""A small campaign that goes its whole way through branches and jobs, on a bare remote, with real runs.

Jobs are what a CI system starts: processes of cmcompile, each in a fresh clone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import look
from cmcompile.engine.record import LIVE, Records, Run
from cmcompile.model.states import LedgerState

BIN = Path(sys.executable).parent
CAMPAIGN = "quickstart"
SPEC = f"campaigns/{CAMPAIGN}/campaign.yaml"
#: As small as two groups with one failed quantum can be.
SKY = ("--visits", "2", "--detectors", "2", "--groups", "2", "--failing", "1")
#: Seconds for one command or run, also on a machine that has much else to do.
PATIENCE = 240.0
_CODE = re.compile(rf"^{CAMPAIGN}: exit code (\d+): ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended.

    Attributes
    ----------
    out
        What it printed, with what it said on standard error.
    """

    code: int
    out: str

    def of_campaign(self) -> int:
        """Return how the campaign ended in a job: the job itself may be fine where a person is needed."""
        found = _CODE.search(self.out)
        return int(found[1]) if found else self.code


@dataclass(slots=True)
class World:
    """A remote, the clone of a person, the clones of jobs, and a Butler repository, below one directory."""

    home: Path
    jobs: int = 0

    @property
    def remote(self) -> Path:
        """The bare repository that stands for a forge."""
        return self.home / "remote.git"

    @property
    def clone(self) -> Path:
        """Where a person works."""
        return self.home / "team"

    def git(self, *args: str, root: Path | None = None) -> str:
        """Run git in the person's clone, or elsewhere; return what it says."""
        done = subprocess.run(
            ["git", *args], cwd=root or self.clone, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, f"git {args}: {done.stderr}"
        return done.stdout.strip()

    def cmcompile(self, *args: str, root: Path | None = None, code: int = 0) -> str:
        """Run a command as the person does, or in a clone of a job."""
        ran = _ended(self.started(*args, root=root))
        assert ran.code == code, f"{args}: {ran.code}\n{ran.out}"
        return ran.out

    def job(self, *args: str, ref: str = "main", code: int = 0) -> str:
        """Run a command in a clone of its own."""
        return self.cmcompile(*args, root=self.fresh(ref), code=code)

    def race(self, *commands: tuple[str, ...]) -> list[Ran]:
        """Run commands at the same time, each in a clone of its own."""
        clones = [self.fresh() for _ in commands]
        begun = [self.started(*args, root=root) for args, root in zip(commands, clones, strict=True)]
        return [_ended(process) for process in begun]

    def fresh(self, ref: str = "main") -> Path:
        """Make the clone of a job, as a CI system does for a branch."""
        self.jobs += 1
        root = self.home / f"job{self.jobs}"
        self.git("clone", "--quiet", "--branch", ref, self.remote.as_uri(), str(root), root=self.home)
        return root

    def started(self, *args: str, root: Path | None = None) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [str(BIN / "cmcompile"), *args],
            cwd=root or self.clone,
            env={
                **os.environ,
                "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
                "CMCOMPILE_AREA": str(self.home / "area"),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def branched(self, name: str, *edits: tuple[str, str]) -> str:
        """Edit the spec on a branch, push it, and go back to main; return its commit."""
        self.git("switch", "--quiet", "-c", name)
        path = self.clone / SPEC
        text = path.read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "-m", f"The edit {name}")
        self.git("push", "--quiet", "--set-upstream", "origin", name)
        commit = self.git("rev-parse", "HEAD")
        self.git("switch", "--quiet", "main")
        return commit

    def merged(self, name: str) -> str:
        """Merge a branch, as a forge does; return the commit."""
        self.git("fetch", "--quiet", "origin")
        self.git("merge", "--quiet", "--ff-only", "origin/main")
        self.git("merge", "--quiet", "--no-ff", "-m", f"Merge {name}", f"origin/{name}")
        self.git("push", "--quiet", "origin", "main")
        return self.git("rev-parse", "HEAD")

    def report(self, base: str, head: str, code: int = 0) -> Path:
        """Review a commit as a job does; return the folder of the report."""
        root = self.fresh()
        self.cmcompile("ci", "review", "--base", base, "--head", head, "-o", "report", root=root, code=code)
        return root / "report"

    def runs(self) -> list[Run]:
        """Return all runs that the engine was ever given."""
        return list(Records(self.home / "sky" / "runs").runs())

    def settled(self) -> None:
        """Wait until no run is under way."""
        records, end = Records(self.home / "sky" / "runs"), time.monotonic() + PATIENCE
        while any(records.standing(run.id).state in LIVE for run in records.runs()):
            assert time.monotonic() < end, "a run does not end"
            time.sleep(0.2)

    def state(self) -> LedgerState:
        """Return what the ledger says now."""
        return look(Place(self.fresh(), SPEC)).view.state

    def on_ledger(self, path: str) -> str:
        """Return a file of the ledger branch."""
        return self.git("show", f"cm/{CAMPAIGN}:{path}", root=self.remote)


def make(home: Path) -> World:
    """Make a remote with a repository of campaigns that has none yet, and a clone of it."""
    world = World(home)
    world.git("init", "--quiet", "--bare", "--initial-branch=main", "remote.git", root=home)
    for setting in ("receive.denyDeletes", "receive.denyNonFastForwards"):
        world.git("config", setting, "true", root=world.remote)
    world.cmcompile("init", "team", root=home)
    world.git("add", "--all")
    world.git("commit", "--quiet", "-m", "A repository of campaigns")
    world.git("remote", "add", "origin", world.remote.as_uri())
    world.git("push", "--quiet", "-u", "origin", "main")
    return world


def _ended(process: subprocess.Popen[str]) -> Ran:
    out, _ = process.communicate(timeout=PATIENCE)
    return Ran(process.returncode, out)
