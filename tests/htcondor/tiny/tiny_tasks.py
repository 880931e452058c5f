# mypy: disable-error-code="misc,call-arg"
"""Two tasks, as small as they can be: one per detector, one per visit that gathers what the first made."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from lsst.pex.config import Field
from lsst.pipe.base import PipelineTask, PipelineTaskConfig, PipelineTaskConnections, Struct, connectionTypes

DETECTOR = ("instrument", "visit", "detector")
VISIT = ("instrument", "visit")


class MeasureConnections(PipelineTaskConnections, dimensions=DETECTOR):
    """One number in, one out."""

    given = connectionTypes.Input(
        name="given", doc="a number", storageClass="StructuredDataDict", dimensions=DETECTOR
    )
    measured = connectionTypes.Output(
        name="measured", doc="twice the number", storageClass="StructuredDataDict", dimensions=DETECTOR
    )


class MeasureConfig(PipelineTaskConfig, pipelineConnections=MeasureConnections):
    """What may go wrong is in the hands of whoever runs it, by files."""

    fails = Field[str](
        doc="While this file exists, the quantum of the data id that it holds fails.", default=""
    )
    waits = Field[str](doc="While this file exists, quanta wait.", default="")


class MeasureTask(PipelineTask):
    """Doubles a number."""

    ConfigClass = MeasureConfig
    _DefaultName = "measure"

    def runQuantum(self, butlerQC: Any, inputRefs: Any, outputRefs: Any) -> None:  # noqa: N802, N803
        at = butlerQC.quantum.dataId
        while self.config.waits and Path(self.config.waits).exists():
            time.sleep(0.2)
        fails = Path(self.config.fails)
        if fails.is_file() and fails.read_text().split() == [str(at["visit"]), str(at["detector"])]:
            raise RuntimeError(f"a failure by design, of visit {at['visit']}, detector {at['detector']}")
        given = butlerQC.get(inputRefs)["given"]
        butlerQC.put(Struct(measured={"number": 2 * given["number"]}), outputRefs)


class GatherConnections(PipelineTaskConnections, dimensions=VISIT):
    """All numbers of a visit in, one out."""

    measured = connectionTypes.Input(
        name="measured",
        doc="numbers of detectors",
        storageClass="StructuredDataDict",
        dimensions=DETECTOR,
        multiple=True,
    )
    gathered = connectionTypes.Output(
        name="gathered", doc="their sum", storageClass="StructuredDataDict", dimensions=VISIT
    )


class GatherConfig(PipelineTaskConfig, pipelineConnections=GatherConnections):
    """Nothing to say."""


class GatherTask(PipelineTask):
    """Adds numbers up."""

    ConfigClass = GatherConfig
    _DefaultName = "gather"

    def run(self, measured: list[dict[str, int]]) -> Struct:
        return Struct(gathered={"number": sum(one["number"] for one in measured)})
