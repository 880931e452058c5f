"""What is kept of the files that BPS wrote: their digests, and a summary of the graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import file_digest, sha256
from pathlib import Path

from cmcompile.driver.files import ClaimFiles

ENVIRONMENT = "environment.json"
GRAPH = "graph.json"
#: Files of BPS in the submit directory. What it writes of the environment holds values: never looked at.
_AS_RUN = ("*_config.yaml", "*.pkg.info.yaml", "*.qg", "*.qgraph")


@dataclass(frozen=True, slots=True)
class Graph:
    """A quantum graph in numbers.

    Attributes
    ----------
    tasks
        Quanta by task label.
    size
        In bytes.
    """

    tasks: Mapping[str, int]
    quanta: int
    size: int


def graph_at(path: Path) -> Graph:
    """Return the numbers of a graph, from its header.

    Raises
    ------
    Exception
        When it can't be read: whatever the stack raises.
    """
    from lsst.pipe.base.pipeline_graph import TaskImportMode
    from lsst.pipe.base.quantum_graph import PredictedQuantumGraph

    with PredictedQuantumGraph.open(path, import_mode=TaskImportMode.DO_NOT_IMPORT) as reader:
        header = reader.header
        tasks = {label: int(number) for label, number in sorted(header.n_task_quanta.items())}
        return Graph(tasks, int(header.n_quanta), path.stat().st_size)


def digests(
    submit: Path, claim: ClaimFiles, graph: Graph | None, environment: list[str], pipeline: Path | None
) -> dict[str, str]:
    """Write the summaries beside the as-run files, and return the digests of all that is kept, by name.

    Parameters
    ----------
    submit
        The submit directory of BPS.
    environment
        Names of variables.
    pipeline
        The pipeline file, where it is one.
    """
    found = {path.name: _digest(path) for pattern in _AS_RUN for path in sorted(submit.glob(pattern))}
    if pipeline is not None and pipeline.is_file():
        found[f"pipeline/{pipeline.name}"] = _digest(pipeline)
    own: dict[str, object] = {ENVIRONMENT: {"variables": environment}}
    if graph is not None:
        own[GRAPH] = {"tasks": dict(graph.tasks), "quanta": graph.quanta, "bytes": graph.size}
    for name, content in own.items():
        data = json.dumps(content, indent=1, sort_keys=True).encode() + b"\n"
        (claim.home / name).write_bytes(data)
        found[name] = sha256(data).hexdigest()
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
