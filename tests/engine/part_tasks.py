"""Two tasks that do almost nothing, for a Butler that a test makes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import lsst.pipe.base as pipe
from lsst.pipe.base import connectionTypes

_PER_DETECTOR = ("instrument", "detector")


class PartConnections(pipe.PipelineTaskConnections, dimensions=_PER_DETECTOR):  # type: ignore[misc,call-arg]
    raw = connectionTypes.Input(
        name="tiny_raw", storageClass="StructuredDataDict", doc="", dimensions=_PER_DETECTOR
    )
    part = connectionTypes.Output(
        name="tiny_part", storageClass="StructuredDataDict", doc="", dimensions=_PER_DETECTOR
    )


class PartConfig(pipe.PipelineTaskConfig, pipelineConnections=PartConnections):  # type: ignore[misc,call-arg]
    pass


class PartTask(pipe.PipelineTask):  # type: ignore[misc]
    """Copies; what files in the directory of the variable ``TINY`` say comes first."""

    ConfigClass = PartConfig
    _DefaultName = "part"

    def run(self, raw: dict[str, Any]) -> Any:
        place = Path(os.environ["TINY"])
        (place / "began").touch()
        while (place / "wait").exists():
            time.sleep(0.05)
        if (place / f"fail{raw['detector']}").exists():
            raise RuntimeError("it is said to fail")
        if (place / f"die{raw['detector']}").exists():
            os.kill(os.getpid(), 9)
        return pipe.Struct(part={"pid": os.getpid(), **raw})


class WholeConnections(pipe.PipelineTaskConnections, dimensions=("instrument",)):  # type: ignore[misc,call-arg]
    parts = connectionTypes.Input(
        name="tiny_part",
        storageClass="StructuredDataDict",
        doc="",
        dimensions=_PER_DETECTOR,
        multiple=True,
        minimum=4,
    )
    whole = connectionTypes.Output(
        name="tiny_whole", storageClass="StructuredDataDict", doc="", dimensions=("instrument",)
    )


class WholeConfig(pipe.PipelineTaskConfig, pipelineConnections=WholeConnections):  # type: ignore[misc,call-arg]
    pass


class WholeTask(pipe.PipelineTask):  # type: ignore[misc]
    """Counts the parts."""

    ConfigClass = WholeConfig
    _DefaultName = "whole"

    def run(self, parts: list[Any]) -> Any:
        return pipe.Struct(whole={"count": len(parts)})
