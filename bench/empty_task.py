"""A task that does nothing, whose jobs show what starting a job costs."""

from __future__ import annotations

from typing import Any

import lsst.pipe.base as pipe
from lsst.pipe.base import connectionTypes

_DIMENSIONS = ("instrument", "detector")


class EmptyConnections(pipe.PipelineTaskConnections, dimensions=_DIMENSIONS):  # type: ignore[misc,call-arg]
    raw = connectionTypes.Input(
        name="empty_raw", storageClass="StructuredDataDict", doc="", dimensions=_DIMENSIONS
    )
    out = connectionTypes.Output(
        name="empty_out", storageClass="StructuredDataDict", doc="", dimensions=_DIMENSIONS
    )


class EmptyConfig(pipe.PipelineTaskConfig, pipelineConnections=EmptyConnections):  # type: ignore[misc,call-arg]
    pass


class EmptyTask(pipe.PipelineTask):  # type: ignore[misc]
    """Copies."""

    ConfigClass = EmptyConfig
    _DefaultName = "empty"

    def run(self, raw: Any) -> Any:
        return pipe.Struct(out=raw)
