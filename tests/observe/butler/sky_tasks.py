"""Small real tasks: each fails, or finds no work, for the data ids that its configuration names."""

from __future__ import annotations

from typing import Any

from lsst.daf.butler import DataCoordinate
from lsst.pex.config import ListField
from lsst.pipe.base import NoWorkFound, PipelineTask, PipelineTaskConfig, PipelineTaskConnections, Struct
from lsst.pipe.base.connectionTypes import Input, Output

_KIND = "StructuredDataDict"


class _Task(PipelineTask):  # type: ignore[misc]
    ConfigClass = PipelineTaskConfig

    def runQuantum(self, butlerQC: Any, inputRefs: Any, outputRefs: Any) -> None:  # noqa: N802, N803
        name = text_of(butlerQC.quantum.dataId)
        if name in self.config.fails:
            raise RuntimeError(f"made to fail: {name}")
        if name in self.config.idle:
            raise NoWorkFound(f"made to find nothing: {name}")
        inputs = butlerQC.get(inputRefs)
        butlerQC.put(Struct(made={"of": name, "inputs": len(inputs)}), outputRefs)


def text_of(data_id: DataCoordinate) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(data_id.required.items()))


_EXPOSURE = ("instrument", "exposure", "detector")
_VISIT = ("instrument", "visit", "detector")


class IsrConnections(PipelineTaskConnections, dimensions=_EXPOSURE):  # type: ignore[call-arg, misc]
    raw = Input(doc="A raw.", name="raw", storageClass=_KIND, dimensions=_EXPOSURE)
    made = Output(doc="Its output.", name="isrOut", storageClass=_KIND, dimensions=_EXPOSURE)


class CalibrateConnections(PipelineTaskConnections, dimensions=_VISIT):  # type: ignore[call-arg, misc]
    raws = Input(doc="Raws.", name="raw", storageClass=_KIND, dimensions=_EXPOSURE, multiple=True)
    made = Output(doc="Its output.", name="calibrated", storageClass=_KIND, dimensions=_VISIT)


class StatsConnections(PipelineTaskConnections, dimensions=_VISIT):  # type: ignore[call-arg, misc]
    calibrated = Input(doc="An image.", name="calibrated", storageClass=_KIND, dimensions=_VISIT)
    made = Output(doc="Its output.", name="stats", storageClass=_KIND, dimensions=_VISIT)


class IsrConfig(PipelineTaskConfig, pipelineConnections=IsrConnections):  # type: ignore[call-arg, misc]
    fails = ListField(doc="Data ids that fail.", dtype=str, default=[])
    idle = ListField(doc="Data ids that find no work.", dtype=str, default=[])


class CalibrateConfig(PipelineTaskConfig, pipelineConnections=CalibrateConnections):  # type: ignore[call-arg, misc]
    fails = ListField(doc="Data ids that fail.", dtype=str, default=[])
    idle = ListField(doc="Data ids that find no work.", dtype=str, default=[])


class StatsConfig(PipelineTaskConfig, pipelineConnections=StatsConnections):  # type: ignore[call-arg, misc]
    fails = ListField(doc="Data ids that fail.", dtype=str, default=[])
    idle = ListField(doc="Data ids that find no work.", dtype=str, default=[])


class IsrTask(_Task):
    ConfigClass = IsrConfig
    _DefaultName = "isr"


class CalibrateTask(_Task):
    ConfigClass = CalibrateConfig
    _DefaultName = "calibrate"


class StatsTask(_Task):
    ConfigClass = StatsConfig
    _DefaultName = "stats"
