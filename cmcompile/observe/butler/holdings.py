"""Counts what a RUN collection holds, by the registry and by the records of the datastore."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cmcompile.model.holding import Held
from cmcompile.observe.butler.graphs import NoGraphError, find, pipeline

#: So many datasets are looked up in the datastore at once.
BATCH = 5000
#: What follows the label of a task in the names of what each task writes.
_SUFFIXES = ("_metadata", "_log", "_config")

#: Is told how many datasets were counted so far.
Tell = Callable[[int], None]


def holdings(butler: Any, area: Path, run: str, tell: Tell) -> tuple[Held, ...]:
    """Return what a RUN collection holds, in the order of the pipeline, what no task makes at the end.

    Parameters
    ----------
    area
        The graph of the run, below it, tells which task makes what; where it is gone, only the names of
        metadata, logs and configurations tell.
    """
    kinds = sorted(butler.collections.get_info(run, include_summary=True).dataset_types)
    tasks, makers = _makers(area, run)
    found, counted = [], 0
    for kind in kinds:
        refs = butler.query_datasets(kind, collections=run, find_first=False, limit=None, explain=False)
        if refs:
            found.append(Held(makers.get(kind) or _named(kind), kind, len(refs), _room(butler, refs)))
        counted += len(refs)
        tell(counted)
    place = {task: number for number, task in enumerate(tasks)}
    last = len(place)
    return tuple(sorted(found, key=lambda h: (not h.task, place.get(h.task, last), h.task, h.dataset_type)))


def _makers(area: Path, run: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the tasks in order, and by dataset type the task that makes it."""
    try:
        graph = pipeline(find(area, run))
    except NoGraphError:
        return (), {}
    makers = {}
    for kind in graph.dataset_types:
        maker = graph.producer_of(kind)
        if maker is not None:
            makers[str(kind)] = str(maker.label)
    return tuple(graph.tasks), makers


def _named(kind: str) -> str:
    return next((kind.removesuffix(suffix) for suffix in _SUFFIXES if kind.endswith(suffix)), "")


def _room(butler: Any, refs: Sequence[Any]) -> int | None:
    """Return the bytes of datasets; None where the store is remote, or does not know all sizes.

    What jobs write with a quantum graph is recorded without its size (daf_butler 30.0.11): files of this
    machine are looked at instead, one by one.
    """
    store = getattr(butler, "_datastore", None)
    if store is None:
        return None
    files: dict[tuple[str, str], int] = {}
    stored = 0
    for start in range(0, len(refs), BATCH):
        for name, records in store.export_records(refs[start : start + BATCH]).items():
            stored += len(records.records)
            for tables in records.records.values():
                # Several datasets may share a file, and one may be in several files.
                files.update(((name, i.path), i.file_size) for items in tables.values() for i in items)
    if stored < len(refs):
        return None
    return _on_disk(butler, refs) if any(size < 0 for size in files.values()) else sum(files.values())


def _on_disk(butler: Any, refs: Sequence[Any]) -> int | None:
    """Return the bytes of the files of datasets; None where one is not on this machine, or is gone."""
    paths: set[str] = set()
    for start in range(0, len(refs), BATCH):
        for found in butler._datastore.getManyURIs(refs[start : start + BATCH]).values():
            uris = (*((found.primaryURI,) if found.primaryURI else ()), *found.componentURIs.values())
            if not all(uri.isLocal for uri in uris):
                return None
            paths.update(uri.ospath for uri in uris)
    try:
        return sum(Path(path).stat().st_size for path in paths)
    except OSError:
        return None
