"""The quantum graphs that BPS left in the submit directories of runs, read without importing any task."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cmcompile.model.errors import CmcompileError

#: Below the area: each run has its submit directory here, under its own name.
SUBMIT = "submit"


class NoGraphError(CmcompileError):
    """There is no graph of a run where it should be."""


@dataclass(frozen=True, slots=True)
class Graph:
    """A quantum graph.

    Attributes
    ----------
    tasks
        The labels, in the order of the pipeline.
    time
        When it was made, as BPS says it: such texts can be compared.
    quanta
        A ``lsst.pipe.base.QuantumGraph``, as far as the quantum provenance graph needs one.
    """

    run: str
    tasks: tuple[str, ...]
    time: str
    quanta: Any


def load(area: Path, run: str) -> Graph:
    """Return the quantum graph of a run.

    Raises
    ------
    NoGraphError
        When there is none: what was to be made is not known then.
    """
    with _opened(find(area, run)) as reader:
        reader.read_all()
        graph = reader.finish()
    metadata = {**graph.header.metadata, "output_run": graph.header.output_run}
    metadata.setdefault("time", str(graph.header.timestamp))
    tasks = tuple(graph.pipeline_graph.tasks)
    return Graph(run, tasks, str(metadata["time"]), _bare(list(_nodes(graph)), metadata))


def load_known(area: Path, runs: Sequence[str]) -> tuple[list[Graph], bool]:
    """Return the graphs of runs, as far as there are any, and whether all were there."""
    found = []
    for run in runs:
        try:
            found.append(load(area, run))
        except NoGraphError:
            continue
    return found, len(found) == len(runs)


def find(area: Path, run: str) -> Path:
    """Return the file with the graph of a run; of several, the newest that is of this run.

    Raises
    ------
    NoGraphError
        When there is none.
    """
    place = area / SUBMIT / run
    files = sorted(place.glob("*.qg"), key=lambda path: (path.stat().st_mtime, path.name), reverse=True)
    found = files[0] if len(files) == 1 else next((path for path in files if _run_of(path) == run), None)
    if found is None:
        raise NoGraphError(f"there is no quantum graph of {run} in {place}: what was to be made is not known")
    return found


def pipeline(path: Path) -> Any:
    """Return the ``lsst.pipe.base.PipelineGraph`` of a graph, without its quanta."""
    with _opened(path) as reader:
        return reader.pipeline_graph


def _run_of(path: Path) -> str:
    with _opened(path) as reader:
        return str(reader.header.output_run)


def _opened(path: Path) -> AbstractContextManager[Any]:
    from lsst.pipe.base.pipeline_graph import TaskImportMode
    from lsst.pipe.base.quantum_graph import PredictedQuantumGraph

    # The classes of tasks are at home in the campaign's environment, and need not be here.
    found: AbstractContextManager[Any] = PredictedQuantumGraph.open(
        path, import_mode=TaskImportMode.DO_NOT_IMPORT
    )
    return found


def _nodes(graph: Any) -> Iterator[Any]:
    """Yield the quanta, those that make inputs of others first."""
    both = graph.bipartite_xgraph
    order = graph.quantum_only_xgraph
    for id_ in TopologicalSorter({one: tuple(order.predecessors(one)) for one in order}).static_order():
        found = both.nodes[id_]
        inputs = _refs(graph, (before for before, _ in both.in_edges(id_)))
        outputs = _refs(graph, (after for _, after in both.out_edges(id_)))
        quantum = SimpleNamespace(dataId=found["data_id"], inputs=inputs, outputs=outputs)
        yield SimpleNamespace(nodeId=id_, taskDef=SimpleNamespace(label=found["task_label"]), quantum=quantum)


def _refs(graph: Any, ids: Iterable[Any]) -> dict[str, list[Any]]:
    """Return datasets by the names of their types."""
    from lsst.daf.butler import DatasetRef

    refs: dict[str, list[Any]] = {}
    for id_ in ids:
        found = graph.bipartite_xgraph.nodes[id_]
        name = found["dataset_type_name"]
        kind = graph.pipeline_graph.dataset_types[name].dataset_type
        ref = DatasetRef(kind, found["data_id"], found["run"], id=id_, conform=False)
        refs.setdefault(name, []).append(ref)
    return refs


def _bare(nodes: Sequence[Any], metadata: dict[str, Any]) -> Any:
    """Return a graph without tasks; making a whole one would import them."""
    from lsst.pipe.base import QuantumGraph

    class BareGraph(QuantumGraph):  # type: ignore[misc]
        def __init__(self) -> None:
            """Hold nothing else."""

        def __len__(self) -> int:
            return len(nodes)

        def __iter__(self) -> Iterator[Any]:
            return iter(nodes)

        @property
        def metadata(self) -> dict[str, Any]:
            return metadata

    return BareGraph()
