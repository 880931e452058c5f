"""A small sky in a real Butler, and workflows that run there, in this process; import it inside functions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from lsst.daf.butler import Butler, CollectionType, Config, DatasetType
from lsst.pipe.base import Pipeline
from lsst.pipe.base.all_dimensions_quantum_graph_builder import AllDimensionsQuantumGraphBuilder
from lsst.pipe.base.mp_graph_executor import MPGraphExecutorError
from lsst.pipe.base.separable_pipeline_executor import SeparablePipelineExecutor
from lsst.sphgeom import Circle, UnitVector3d
from sky_tasks import CalibrateTask, IsrTask, StatsTask, text_of

from cmcompile.model.outcome import Quantum

RAWS = "SimCam/raw"
_DETECTORS, _VISITS = 4, (1, 2)
_TASKS = {"isr": IsrTask, "calibrate": CalibrateTask, "stats": StatsTask}


def make(place: Path, seed: str = "") -> None:
    """Make a repository with raws of two visits and four detectors; ``seed`` is YAML, for its registry."""
    config = Config.fromString(seed) if seed else None
    Butler.makeRepo(str(place), config)
    with Butler.from_config(str(place), writeable=True) as butler:
        _records(butler)
        kind = DatasetType(
            "raw", ("instrument", "exposure", "detector"), "StructuredDataDict", universe=butler.dimensions
        )
        butler.registry.registerDatasetType(kind)
        butler.collections.register(RAWS, CollectionType.RUN)
        for visit in _VISITS:
            for detector in range(_DETECTORS):
                id_ = {"instrument": "SimCam", "exposure": visit, "detector": detector}
                butler.put({"raw": visit}, kind, id_, run=RAWS)


def _records(butler: Butler) -> None:
    of = {"instrument": "SimCam"}
    rows: dict[str, list[dict[str, object]]] = {
        "instrument": [
            {"name": "SimCam", "visit_max": 9, "exposure_max": 9, "detector_max": 9, "class_name": ""}
        ],
        "physical_filter": [{**of, "name": "r", "band": "r"}],
        "detector": [{**of, "id": n, "full_name": f"d{n}"} for n in range(_DETECTORS)],
        "visit_system": [{**of, "id": 0, "name": "one"}],
        "day_obs": [{**of, "id": 20260101}],
        "group": [{**of, "name": str(v)} for v in _VISITS],
        "exposure": [
            {**of, "id": v, "obs_id": str(v), "physical_filter": "r", "group": str(v), "day_obs": 20260101}
            for v in _VISITS
        ],
        "visit": [
            {**of, "id": v, "name": str(v), "physical_filter": "r", "day_obs": 20260101} for v in _VISITS
        ],
        "visit_definition": [{**of, "visit": v, "exposure": v} for v in _VISITS],
        "visit_detector_region": [
            {**of, "visit": v, "detector": n, "region": Circle(UnitVector3d.X())}
            for v in _VISITS
            for n in range(_DETECTORS)
        ],
        "visit_system_membership": [{**of, "visit": v, "visit_system": 0} for v in _VISITS],
    }
    for element, records in rows.items():
        butler.registry.insertDimensionData(element, *records)


class _Some(AllDimensionsQuantumGraphBuilder):  # type: ignore[misc]
    """Builds the graph of some quanta of the pipeline; None: of all."""

    only: Collection[Quantum] | None = None

    def process_subgraph(self, subgraph: Any) -> Any:
        skeleton = super().process_subgraph(subgraph)
        for task in subgraph.tasks if self.only is not None else ():
            for key in list(skeleton.get_quanta(task)):
                if Quantum(task, text_of(skeleton.get_data_id(key))) not in (self.only or ()):
                    skeleton.remove_quantum_node(key, remove_outputs=True)
        return skeleton


def execute(
    place: Path,
    area: Path,
    run: str,
    quanta: Mapping[Quantum, bool] | None = None,
    *,
    bad: Iterable[Quantum] = (),
    idle: Collection[Quantum] = (),
    after: Sequence[str] = (),
) -> int:
    """Run a workflow to its end, and return the number of its quanta; failures stay in the repository.

    Parameters
    ----------
    area
        The graph is written below it, where BPS has it.
    quanta
        Only these, each with whether it is to succeed; None: all, but those that succeeded in ``after``.
    bad
        Others that fail.
    idle
        Those that find no work.
    after
        Runs whose outputs are taken over, newest first.
    """
    fails = {*bad, *(quantum for quantum, good in (quanta or {}).items() if not good)}
    submit = area / "submit" / run
    submit.mkdir(parents=True)
    with Butler.from_config(str(place), writeable=True, collections=[*after, RAWS], run=run) as butler:
        pipeline = _pipeline(fails, idle).to_graph(butler.registry)
        builder = _Some(pipeline, butler, output_run=run, skip_existing_in=list(after))
        builder.only = quanta
        components = builder.finish(output=None, metadata={"time": str(datetime.now())})
        components.write(str(submit / f"{run.replace('/', '_')}.qg"))
        graph = components.assemble()
        assert quanta is None or len(graph) == len(quanta)
        executor = SeparablePipelineExecutor(butler)
        executor.pre_execute_qgraph(graph, register_dataset_types=True)
        with suppress(MPGraphExecutorError):
            executor.run_pipeline(graph)
        return len(graph)


def _pipeline(fails: Collection[Quantum], idle: Collection[Quantum]) -> Pipeline:
    pipeline = Pipeline("the tasks of the tests")
    for label, task in _TASKS.items():
        pipeline.addTask(task, label)
        for field, some in (("fails", fails), ("idle", idle)):
            names = [quantum.data_id for quantum in some if quantum.task == label]
            pipeline.addConfigOverride(label, field, names)
    return pipeline
