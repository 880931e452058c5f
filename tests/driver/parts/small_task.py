# mypy: ignore-errors
# Run with the stack, which has no types.
"""A pipeline task that takes dicts and makes dicts, with dimensions from its configuration."""

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
        if about["visit"] in list(self.config.fails) and about["detector"] == 0:
            raise RuntimeError("it fails by design")
        found = butlerQC.get(inputRefs)
        butlerQC.put(Struct(made={"from": found["read"]}), outputRefs)
