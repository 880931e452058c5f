"""A quickstart whose groups fail, each of another cause, and the commands as a person types them."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cmcompile.engine.record import Records
from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky

#: A run that takes longer has gone wrong, also on a machine that has much else to do; seconds.
LATE = 300.0
#: A secret of the campaign's environment, and a variable that nobody may read.
SECRET, HIDDEN = "word-of-the-campaign-81", "word-of-nobody-4711"
SERVICE = "cmcompile.engine.service.EngineService"
STEPS = ("dirs", "runs", "path", "empty", "lost", "stack", "chain")

#: The pipeline of the quickstart; its first task waits as long as a file is there.
_WAITING = """\
import os
import time

import quick_tasks


class IsrTask(quick_tasks.IsrTask):
    _DefaultName = "isr"

    def run(self, raw):
        end = time.monotonic() + 200
        while os.path.exists(os.environ["WAIT"]) and time.monotonic() < end:
            time.sleep(0.1)
        return super().run(raw)
"""
#: Somebody else takes the names of a submission, between its claim and its preparation.
_TAKEN = """\
import re
import subprocess
import sys
from pathlib import Path

remote, step, config = sys.argv[1:]


def git(*words):
    return subprocess.run(["git", "-C", remote, *words], capture_output=True, text=True, check=True).stdout


files = git("ls-tree", "-r", "--name-only", "cm/faults").split()
[claimed] = [f for f in files if f.startswith(f"runs/{step}/") and f.endswith("w00/0001-claimed.json")]
run = re.search(r'"output_run": *"([^"]+)"', git("show", f"cm/faults:{claimed}"))[1]
if config:
    from lsst.daf.butler import Butler

    Butler.from_config(config, run=run)
else:
    Path("submit", run).mkdir(parents=True)
"""
_SPEC = """\
cmcompile: 1
campaign: faults
extends: [../library/here.yaml]
site: here
environment: here
environments:
  here:
    secrets: [SOME_TOKEN]
    env: {WAIT: HOME/wait}
    setup: &setup
    - export PATH="BIN:$PATH"
    - export PYTHONPATH="HOME/clone/pipeline"
  bare:
    setup: ['export PATH="HOME/bare:$PATH"']
  dirs:
    setup: ['export PATH="BIN:$PATH"', 'export PYTHONPATH="HOME/clone/pipeline"', DIRS]
    env: {WAIT: HOME/wait}
  runs:
    setup: ['export PATH="BIN:$PATH"', 'export PYTHONPATH="HOME/clone/pipeline"', RUNS]
    env: {WAIT: HOME/wait}
inputs: [QuickCam/raw/all]
where: {data: instrument='QuickCam'}
collect: u/faults
bps:
  project: faults
  campaign: faults
  pipelineYaml: HOME/clone/pipeline/slow.yaml#step1
  payload: {payloadName: faults, butlerConfig: HOME/butler}
  requestMemory: 512
  finalJob: {requestCpus: 1, requestMemory: 512}
  clusterAlgorithm: lsst.ctrl.bps.quantum_clustering_funcs.dimension_clustering
  cluster: {visits: {pipetasks: "isr,calibrateImage", dimensions: visit, equalDimensions: "visit:exposure"}}
step_defaults:
  collect: ${{ campaign.collect }}/${{ step.name }}
  split: [{by: visit, values: [1001]}]
steps:
  dirs: {environment: dirs}
  runs: {environment: runs}
  path: {PATH_FAULT}
  empty: {EMPTY_FAULT}
  lost: {LOST_FAULT}
  stack: {STACK_FAULT, split: [{by: visit, values: [1002]}]}
  chain: {CHAIN_FAULT}
"""
_FAULTS = {
    "PATH_FAULT": 'bps: {pipelineYaml: "HOME/clone/pipelineslow.yaml#step1"}',
    "EMPTY_FAULT": "where: {data: \"instrument='OtherCam'\"}",
    "LOST_FAULT": 'bps: {payload: {butlerConfig: "HOME/lost"}}',
    "STACK_FAULT": "environment: bare",
    "CHAIN_FAULT": 'bps: {payload: {output: "u/there"}}',
}
_MENDED = {
    "CHAIN_FAULT": 'bps: {payload: {output: "u/fresh"}}',
    "STACK_FAULT": "environment: here",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, on both streams, and how it ended."""

    line: str
    code: int
    out: str
    err: str


@dataclass(slots=True)
class World:
    """A directory with a remote, a clone, a Butler repository, and records of runs.

    Attributes
    ----------
    scenes
        What was said, by the name of what happened before.
    """

    home: Path
    scenes: dict[str, Said] = field(default_factory=dict)

    @property
    def clone(self) -> Path:
        """Where commands are typed."""
        return self.home / "clone"

    def begin(self) -> None:
        """Make it, with a campaign in which everything is wrong."""
        make(self.home, Sky(visits=2, detectors=1, failing=1), groups=1)
        pipeline = self.clone / "pipeline"
        (pipeline / "waiting.py").write_text(_WAITING)
        self.pipeline("waiting.IsrTask", "quick_tasks.CalibrateImageTask")
        (self.home / "taken.py").write_text(_TAKEN)
        (self.home / "bare").mkdir()
        python = self.home / "bare/python"
        # A Python without its site-packages has no stack.
        python.write_text(f'#!/bin/sh\nexec {sys._base_executable} -I "$@"\n')  # type: ignore[attr-defined]
        python.chmod(0o755)
        (self.home / "lost").mkdir()
        config = (self.home / "butler/butler.yaml").read_text()
        gone = "postgresql+psycopg2://me:hidden-word@127.0.0.1:1/x"
        (self.home / "lost/butler.yaml").write_text(
            config.replace("sqlite:///<butlerRoot>/gen3.sqlite3", gone)
        )
        self._chain("u/there", "u/other")
        self.wait(True)
        self.declare(_FAULTS)

    def _chain(self, chain: str, run: str) -> None:
        """Make a collection in the Butler with a run that no group has as its input."""
        from lsst.daf.butler import Butler, CollectionType

        butler = Butler.from_config(str(self.home / "butler"), writeable=True)
        butler.collections.register(run, CollectionType.RUN)
        butler.collections.register(chain, CollectionType.CHAINED)
        butler.collections.redefine_chain(chain, [run])
        butler.close()

    def pipeline(self, isr: str, calibrate: str) -> None:
        """Write the pipeline."""
        text = (self.clone / "pipeline/quick.yaml").read_text()
        text = text.replace("quick_tasks.IsrTask", isr)
        text = text.replace("{class: quick_tasks.CalibrateImageTask}", calibrate)
        (self.clone / "pipeline/slow.yaml").write_text(text)

    def declare(self, faults: Mapping[str, str]) -> None:
        """Write the spec, with some faults, and make it count."""
        text = _SPEC
        for name in _FAULTS:
            text = text.replace(name, faults.get(name, ""))
        text = text.replace("{, ", "{").replace("&setup", "")
        for step, config in (("dirs", ""), ("runs", str(self.home / "butler"))):
            words = [sys.executable, str(self.home / "taken.py"), str(self.home / "remote.git"), step, config]
            taken = f"{shlex.join(words)}" if faults is _FAULTS else ":"
            text = text.replace(step.upper(), json.dumps(taken), 1)
        text = text.replace("HOME", str(self.home)).replace("BIN", str(Path(sys.executable).parent))
        spec = self.clone / "campaigns/faults/campaign.yaml"
        spec.parent.mkdir(exist_ok=True)
        spec.write_text(text)
        self.push()

    def mend(self) -> None:
        """Remove the causes."""
        self.declare(_MENDED)

    def push(self) -> None:
        """Commit everything, and push it."""
        for line in ("git add -A", "git commit -qm faults", "git push -q"):
            self.type(line)

    def wait(self, on: bool) -> None:
        """Let jobs wait, or go on."""
        file = self.home / "wait"
        file.touch() if on else file.unlink(missing_ok=True)

    def type(self, line: str, *, keep: str = "", ends: Sequence[int] = (0,)) -> Said:
        """Type a command; keep what it says under a name."""
        words = [word.replace("…", "as agreed") for word in shlex.split(line)]
        if words[0] == "cmcompile":
            words[:1] = [sys.executable, "-m", "cmcompile.cli.main"]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environ = {**os.environ, "PATH": path, "SOME_TOKEN": SECRET, "OTHER_PASSWORD": HIDDEN}
        done = subprocess.run(
            words, cwd=self.clone, env=environ, capture_output=True, text=True, timeout=LATE
        )
        said = Said(line, done.returncode, done.stdout, done.stderr)
        assert said.code in ends, f"{line}: {said.code}\n{said.out}\n{said.err}"
        if keep:
            self.scenes[keep] = said
        return said

    def next_of(self) -> dict[str, str]:
        """Return the command that is offered about each group that needs a person, by step."""
        told = json.loads(self.type("cmcompile status faults --format json").out)
        [campaign] = told["campaigns"]
        concerns = [c for found in campaign["attention"] for c in found["concerns"]]
        return {c["subject"].partition("/")[0]: c["next"] for c in concerns}

    def runner(self, run: str) -> int:
        """Return the process that supervises a run: the parent of all that bear its command line."""
        found = {}
        wanted = [str(self.home / "runs").encode(), run.encode()]
        for place in Path("/proc").glob("[0-9]*"):
            try:
                words = (place / "cmdline").read_bytes().split(b"\0")
                status = (place / "stat").read_text()
            except OSError:
                continue
            if any(words[n : n + 2] == wanted for n in range(len(words))):
                found[int(place.name)] = int(status.rpartition(")")[2].split()[1])
        [process] = [number for number, parent in found.items() if parent not in found]
        assert process > 1
        return process

    def kill(self, run: str) -> None:
        """Kill what supervises a run."""
        os.kill(self.runner(run), signal.SIGKILL)
        self.over(run)

    def over(self, *runs: str) -> None:
        """Wait until runs are over."""
        records, end = Records(self.home / "runs"), time.monotonic() + LATE
        while any(records.is_held(run) for run in runs):
            assert time.monotonic() < end, "a run does not end"
            time.sleep(0.2)


def run_of(said: Said, step: str) -> str:
    """Return the run that a group got."""
    found = re.search(rf"^\+ (?:submit|restart) {step}/\d+@w\d+ done: run (\d+)$", said.out, re.MULTILINE)
    assert found is not None, said.out
    return found[1]


def plain(world: World, text: str) -> str:
    """Return what was said without what differs each time: paths, ids, times."""
    text = text.replace(str(world.home), "HOME")
    text = re.sub(r"(w\d\d-)[0-9a-f]{6}", r"\1CLAIM", text)
    text = re.sub(r"\.cmcompile/[0-9a-f]{16}", ".cmcompile/CLAIM", text)
    return re.sub(r" since 20[^ ]*Z \([^)]*\)", "", text)
