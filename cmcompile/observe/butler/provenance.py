"""Reads the quantum provenance graph of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmcompile.model.outcome import Quantum
from cmcompile.observe.butler.attempts import Attempts, End
from cmcompile.observe.butler.graphs import Graph
from cmcompile.observe.butler.said import line

#: So many logs of failed quanta are read, for their messages; the others are named without.
LOGS = 1000
#: `logging.ERROR`.
_ERROR = 40
_ENDS = {
    "SUCCESSFUL": End.SUCCESSFUL,
    "FAILED": End.FAILED,
    "BLOCKED": End.BLOCKED,
    "LOGS_MISSING": End.WONKY,
    "METADATA_MISSING": End.UNKNOWN,
}


class Provenance:
    """What the quanta of some graphs left in a Butler.

    Parameters
    ----------
    butler
        May be read only.
    graphs
        One of each run; they are taken in the order in which they were made.
    """

    def __init__(self, butler: Any, graphs: Sequence[Graph]) -> None:
        from lsst.pipe.base.quantum_provenance_graph import QuantumProvenanceGraph

        self._butler = butler
        ordered = [graph.quanta for graph in sorted(graphs, key=lambda graph: graph.time)]
        self._graph = QuantumProvenanceGraph(butler, ordered, read_caveats=None, use_qbb=False)
        self._logs: dict[tuple[Quantum, str], Any] = {}
        self._read = 0

    def attempts(self) -> list[Attempts]:
        """Return all quanta."""
        return [self._attempts(key) for keys in self._graph.quanta.values() for key in keys]

    def why(self, quantum: Quantum, run: str) -> str:
        """Return the last error in the log of a failed quantum; empty where none can be read."""
        from lsst.daf.butler import DatasetNotFoundError

        self._read += 1
        if self._read > LOGS:
            return ""
        try:
            records = self._butler.get(self._logs[quantum, run])
        except (LookupError, FileNotFoundError, DatasetNotFoundError):
            return ""
        errors = [record.message for record in records if record.levelno >= _ERROR]
        return _short(errors[-1]) if errors else ""

    def _attempts(self, key: Any) -> Attempts:
        info = self._graph.get_quantum_info(key)
        quantum = Quantum(key.task_label, text_of(info["data_id"].required))
        for run, one in info["runs"].items():
            self._logs[quantum, run] = one.log_ref
        ends = {run: _ENDS[one.status.name] for run, one in info["runs"].items()}
        return Attempts(quantum, ends, self._mixed(key) if len(ends) > 1 else ())

    def _mixed(self, key: Any) -> tuple[str, ...]:
        found = {
            run
            for output in self._graph.iter_outputs_of(key)
            for run, one in self._graph.get_dataset_info(output)["runs"].items()
            if one.visible
        }
        return tuple(sorted(found)) if len(found) > 1 else ()


def text_of(data_id: Mapping[str, object]) -> str:
    """Return a data id as text, its dimensions sorted."""
    return ", ".join(f"{name}={value}" for name, value in sorted(data_id.items()))


def _short(message: str) -> str:
    """Return the exception alone, where the message names task and data id as well."""
    _, found, exception = message.partition("Exception ")
    return line(exception if found else message)
