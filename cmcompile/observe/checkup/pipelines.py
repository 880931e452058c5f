"""Pipelines, read by the stack of an environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cmcompile.observe.butler.said import said


def pipeline(uri: str, area: Path) -> Mapping[str, object]:
    """Read a pipeline with all that it imports, and the tasks of its subset.

    Parameters
    ----------
    uri
        As ``pipelineYaml`` of a submit file: a path with variables, and the subset or labels after ``#``.

    Returns
    -------
    reply
        ``fault``: ``file``, ``import``, ``subset``, ``task`` or ``read``, and ``words``; else ``tasks``.
    """
    full = os.path.expandvars(uri)
    path, _, labels = full.partition("#")
    file = area / path
    if "://" not in path and not file.is_file():
        return {"fault": "file", "words": lacking(path)}
    from lsst.pipe.base import Pipeline

    try:
        whole = Pipeline.from_uri(str(file) if "://" not in path else path)
    except Exception as error:  # yaml, pipelineIR and lsst.resources have no common base
        absent = isinstance(error, FileNotFoundError)
        return {"fault": "import" if absent else "read", "words": said(error)}
    if labels:
        known = {str(name) for name in (*whole.subsets, *whole.task_labels)}
        asked = [label for part in labels.split(",") for label in part.split("..") if label]
        if strange := [label for label in asked if label not in known]:
            there = ", ".join(sorted(str(name) for name in whole.subsets))
            return {"fault": "subset", "words": ", ".join(strange), "there": there}
    try:
        graph = part_of(full, area)
    except Exception as error:  # a task that can't be imported raises what it likes
        return {"fault": "task", "words": said(error)}
    return {"tasks": len(graph.tasks)}


def lacking(path: str) -> str:
    """Return a path that is not there; where variables of it are not set, with their names."""
    left = re.findall(r"\$\{?(\w+)\}?", path)
    return f"{path}: {', '.join(left)} is not set in the environment" if left else path


def part_of(uri: str, area: Path) -> Any:
    """Return the ``lsst.pipe.base.PipelineGraph`` of a pipeline, or of its part after ``#``."""
    from lsst.pipe.base import Pipeline

    path, sign, labels = os.path.expandvars(uri).partition("#")
    place = path if "://" in path else str(area / path)
    return Pipeline.from_uri(f"{place}{sign}{labels}").to_graph()
