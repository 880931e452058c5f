"""A small Butler repository, a pipeline over it, and children that prepare and submit for real."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import pytest

from cmcompile.apply.child.interrupts import SignalInterrupts
from cmcompile.driver.launcher import BpsLauncher
from cmcompile.model.body import WmsRef
from cmcompile.model.child import NotReady, Order, Preparation, Reply, Setting, Word
from cmcompile.model.event import Subject

PARTS = Path(__file__).with_name("parts")
RECORDING = "recording.RecordingService"
PARSL = "lsst.ctrl.bps.parsl.ParslService"
CLAIM = "0123456789abcdef"
#: Visits of the repository: 1 to 4, with two detectors each; that of 3 fails in one of them.
PIPELINE = """\
description: one task
tasks:
  small:
    class: small_task.SmallTask
    config: {fails: [3]}
subsets:
  step1: {subset: [small]}
"""


@cache
def repository(below: Path) -> Path:
    """Return a Butler repository, made once below a directory."""
    path = below / "driver-repository"
    subprocess.run([sys.executable, str(PARTS / "driver_repository.py"), str(path)], check=True)
    return path


@dataclass(slots=True)
class Bench:
    """An area with a pipeline, a repository of its own, and what is needed to submit.

    Attributes
    ----------
    environ
        Variables of whoever starts children.
    """

    path: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def area(self) -> Path:
        return self.path / "area"

    @property
    def record(self) -> Path:
        """Where the recording plugin writes what it is asked."""
        return self.path / "record.jsonl"

    @property
    def submit(self) -> Path:
        """The submit directory of the order."""
        return self.area / "submit" / "u" / "t" / "w00-012345"

    def text(self, **keys: str) -> str:
        """Return a submit file; keys of it may be replaced."""
        usual = {
            "wmsServiceClass": RECORDING,
            "pipelineYaml": f"{self.path}/pipeline.yaml#step1",
            "butlerConfig": f"{self.path}/repo",
            "inCollection": "Cam/raw",
            "dataQuery": "instrument='Cam' and visit in (1, 2)",
            "output": "u/t",
            "outputRun": "u/t/w00-012345",
            "more": "",
        }
        found = {**usual, **keys}
        return f"""\
wmsServiceClass: {found["wmsServiceClass"]}
pipelineYaml: {found["pipelineYaml"]}
project: p
campaign: c
operator: o
computeSite: local
site: {{local: {{class: lsst.ctrl.bps.parsl.sites.Local, cores: 1, retries: 0}}}}
requestMemory: 512
finalJob: {{requestCpus: 1, requestMemory: 512}}
{found["more"]}
payload:
  payloadName: c
  butlerConfig: {found["butlerConfig"]}
  inCollection: {found["inCollection"]}
  dataQuery: "{found["dataQuery"]}"
  output: {found["output"]}
  outputRun: {found["outputRun"]}
submitPath: ${{PWD}}/submit/{found["outputRun"]}
"""

    def order(self, text: str | None = None, **more: object) -> Order:
        """Return an order for a submit file; other fields may be replaced."""
        usual = Order(
            campaign="c",
            subject=Subject("step1", "1", "w00"),
            claim=CLAIM,
            wms=WmsRef(RECORDING),
            run_name="u_t_w00-012345",
            output_run="u/t/w00-012345",
            submit_path="${PWD}/submit/u/t/w00-012345",
            files={"submit.yaml": (self.text() if text is None else text).encode()},
            environment="here",
            setting=self.setting(),
        )
        return replace(usual, **more)  # type: ignore[arg-type]

    def setting(self, **variables: str) -> Setting:
        """Return an environment: this Python, the parts, and some variables."""
        here = {"PYTHONPATH": str(PARTS), "RECORD": str(self.record), **variables}
        return Setting((f'export PATH="{Path(sys.executable).parent}:$PATH"',), here)

    @contextmanager
    def launcher(self) -> Iterator[BpsLauncher]:
        """Return what starts children."""
        with SignalInterrupts() as interrupts:
            launcher = BpsLauncher(self.area, self.path / "spool", interrupts, self.environ)
            try:
                yield launcher
            finally:
                launcher.close()

    def prepared(self, order: Order) -> Preparation:
        """Prepare only."""
        with self.launcher() as launcher:
            child = launcher.start(order)
            if isinstance(child, NotReady):
                return child
            try:
                return child.prepared()
            finally:
                child.stop()

    def submitted(self, order: Order) -> tuple[Preparation, Reply | None]:
        """Prepare, say the word, and take the reply."""
        with self.launcher() as launcher:
            child = launcher.start(order)
            assert not isinstance(child, NotReady), child
            ready = child.prepared()
            child.go(Word(order.claim, "a" * 16, "b" * 16, "someone"))
            reply = child.reply()
            child.stop()
            return ready, reply


def make_bench(path: Path, shared: Path, environ: Mapping[str, str]) -> Bench:
    """Make a bench with a copy of the repository."""
    (path / "area").mkdir(parents=True)
    shutil.copytree(repository(shared), path / "repo")
    (path / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")
    return Bench(path, dict(environ))


def shared_below(factory: pytest.TempPathFactory) -> Path:
    """Return the directory that what is made once is kept in."""
    return factory.getbasetemp()
