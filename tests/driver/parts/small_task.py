# mypy: ignore-errors
# Run with the stack, which has no types.
"""A pipeline task that takes dicts and makes dicts, with dimensions from its configuration."""

import os
from pathlib import Path

from lsst.pex.config import ListField
from lsst.pipe.base import PipelineTask, PipelineTaskConfig, PipelineTaskConnections, Struct
from lsst.pipe.base.connectionTypes import Input, Output


class SmallConnections(PipelineTaskConnections, dimensions=("instrument", "visit", "detector")):
    read = Input(
        name="raw_small",
        storageClass="StructuredDataDict",
        dimensions=("instrument", "visit", "detector"),
        doc="in",
    )
    made = Output(
        name="made_small",
        storageClass="StructuredDataDict",
        dimensions=("instrument", "visit", "detector"),
        doc="out",
    )


class SmallConfig(PipelineTaskConfig, pipelineConnections=SmallConnections):
    fails = ListField(dtype=int, default=[], doc="visits of which detector 0 fails")


class SmallTask(PipelineTask):
    ConfigClass = SmallConfig
    _DefaultName = "small"

    def runQuantum(self, butlerQC, inputRefs, outputRefs):  # noqa: N802, N803  # as the stack calls it
        about = butlerQC.quantum.dataId
        if place := os.environ.get("SMALL"):
            _marked(Path(place), about)
        if about["visit"] in list(self.config.fails) and about["detector"] == 0:
            raise RuntimeError("it fails by design")
        found = butlerQC.get(inputRefs)
        butlerQC.put(Struct(made={"from": found["read"]}), outputRefs)


def _marked(place, about):
    """Write down that it was run; detector 1 of visit 3 fails while there is a file."""
    with (place / "ran").open("a") as file:
        file.write(f"{about['visit']} {about['detector']}\n")
    if (about["visit"], about["detector"]) == (3, 1) and (place / "stop").exists():
        raise RuntimeError("it is said to stop")
