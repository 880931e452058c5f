"""A Butler with four detectors, and the programs of BPS as a person calls them."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

from bps_calls import Bps

from cmcompile.engine.record import Records

SERVICE = "cmcompile.engine.service.EngineService"
PIPELINE = """\
description: tiny
tasks:
  part: part_tasks.PartTask
  whole: part_tasks.WholeTask
"""


def make_butler(repo: Path) -> None:
    """Make a repository with what the tasks read."""
    from lsst.daf.butler import Butler, DatasetType

    Butler.makeRepo(str(repo))
    with Butler.from_config(str(repo), writeable=True) as butler:
        butler.registry.insertDimensionData("instrument", {"name": "Tiny", "detector_max": 9})
        for detector in range(4):
            record = {"instrument": "Tiny", "id": detector, "full_name": f"d{detector}"}
            butler.registry.insertDimensionData("detector", record)
        butler.collections.register("tiny/raw")
        raw = DatasetType(
            "tiny_raw", ["instrument", "detector"], "StructuredDataDict", universe=butler.dimensions
        )
        butler.registry.registerDatasetType(raw)
        for detector in range(4):
            butler.put({"detector": detector}, raw, instrument="Tiny", detector=detector, run="tiny/raw")


@dataclass
class Tiny:
    """A place with a Butler, and its runs."""

    place: Path
    repo: Path
    calls: Bps
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.place.mkdir()
        (self.place / "pipeline.yaml").write_text(PIPELINE, encoding="utf-8")
        here = str(Path(__file__).parent)
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "PYTHONPATH": here,
            "TINY": str(self.place),
            "CTRL_MPEXEC_DIR": sys.prefix,
            "DAF_BUTLER_DIR": sys.prefix,
            "CMCOMPILE_RUNS": str(self.place / "runs"),
        }

    @property
    def records(self) -> Records:
        return Records(self.place / "runs")

    def bps(self, verb: str, *arguments: str, fresh: bool = False) -> tuple[int, str]:
        """Call `bps`; returns exit code and all that it printed."""
        # With the option, `bps submit` takes its text for the service itself (30.0.0); the file names it.
        named = () if verb == "submit" else ("--wms-service-class", SERVICE)
        words = ["--log-level", "WARNING", verb, *arguments, *named]
        return self.calls.call(words, self.place, self.environment, fresh=fresh)

    def submit(self, name: str, *, fresh: bool = False) -> str:
        """Submit a run, and return its id."""
        (self.place / f"{name}.yaml").write_text(
            f"""\
wmsServiceClass: {SERVICE}
pipelineYaml: {self.place}/pipeline.yaml
project: engine
campaign: tests
operator: tester
payload:
  payloadName: {name}
  butlerConfig: {self.repo}
  inCollection: tiny/raw
  dataQuery: "instrument='Tiny'"
  output: u/tester/{name}
  outputRun: u/tester/{name}/run
submitPath: {self.place}/submit/{name}
requestMemory: 512
numberOfRetries: 0
finalJob: {{requestCpus: 1, requestMemory: 1024}}
computeSite: here
site: {{here: {{cores: 2}}}}
""",
            encoding="utf-8",
        )
        code, text = self.bps("submit", f"{name}.yaml", fresh=fresh)
        assert code == 0, text
        found = re.search(r"^Run Id: (\d+)$", text, re.MULTILINE)
        assert found, text
        return found[1]

    def say(self, word: str) -> None:
        (self.place / word).touch()

    def unsay(self, word: str) -> None:
        (self.place / word).unlink()
