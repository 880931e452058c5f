"""Quanta that do nothing, made or run forked: ``python -m bench.quanta make|fork PLACE …`` prints JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cmcompile.engine.keeper import Task, keep
from cmcompile.engine.stack import Stack

_PIPELINE = "description: empty\ntasks:\n  empty: bench.empty_task.EmptyTask\n"


def command(place: Path, quantum: str) -> list[str]:
    """Return the command of a job with one quantum, as BPS writes it."""
    return [
        *(f"{sys.prefix}/bin/pipetask", "--long-log", "--log-level=VERBOSE", "run-qbb"),
        *(str(place / "repo"), str(place / "run.qg"), "--qgraph-node-id", quantum),
    ]


def make(place: Path, count: int) -> list[str]:
    """Make a Butler and a graph of so many quanta, ready to be run; returns the ids of the quanta."""
    from lsst.daf.butler import Butler, DatasetType
    from lsst.pipe.base.quantum_graph import PredictedQuantumGraph

    repo = str(place / "repo")
    Butler.makeRepo(repo)
    with Butler.from_config(repo, writeable=True) as butler:
        butler.registry.insertDimensionData("instrument", {"name": "Empty", "detector_max": count})
        detectors = [{"instrument": "Empty", "id": n, "full_name": f"d{n}"} for n in range(count)]
        butler.registry.insertDimensionData("detector", *detectors)
        dimensions = ["instrument", "detector"]
        raw = DatasetType("empty_raw", dimensions, "StructuredDataDict", universe=butler.dimensions)
        butler.registry.registerDatasetType(raw)
        butler.collections.register("raw")
        for number in range(count):
            butler.put({"detector": number}, raw, instrument="Empty", detector=number, run="raw")
    pipeline, graph = place / "pipeline.yaml", place / "run.qg"
    pipeline.write_text(_PIPELINE, encoding="utf-8")
    pipetask = f"{sys.prefix}/bin/pipetask"
    given = ["-b", repo, "-p", str(pipeline), "-i", "raw", "-o", "out", "--output-run", "out/run"]
    given += ["--qgraph-datastore-records", "--save-qgraph", str(graph), "-d", "instrument='Empty'"]
    for arguments in (["qgraph", *given], ["pre-exec-init-qbb", repo, str(graph)]):
        subprocess.run([pipetask, *arguments], check=True, stdout=subprocess.DEVNULL)
    with PredictedQuantumGraph.open(str(graph)) as reader:
        reader.read_thin_graph()
        return [str(quantum) for quantum in reader.finish().quantum_only_xgraph]


def fork(place: Path, quanta: Sequence[str]) -> dict[str, float]:
    """Run quanta as the engine does, one job for each; returns a job's mean processor time in seconds."""
    told: list[str] = []
    stack = Stack(str(place / "run.qg"), told.append)
    used = 0.0
    for quantum in quanta:
        argv = command(place, quantum)
        entry = stack.entry(argv, os.environ, {})
        if entry is None:
            raise SystemExit(f"the job is not forked: {told}")
        pid = keep(Task(argv, dict(os.environ), str(place), place / "log", entry))
        _, status, usage = os.wait4(pid, 0)
        if status:
            raise SystemExit((place / "log").read_text(encoding="utf-8"))
        used += usage.ru_utime + usage.ru_stime
    return {"cpu": used / len(quanta)}


if __name__ == "__main__":
    what, where, *rest = sys.argv[1:]
    print(json.dumps(make(Path(where), int(rest[0])) if what == "make" else fork(Path(where), rest)))
