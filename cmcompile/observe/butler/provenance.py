"""Reads the quantum provenance graph of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cmcompile.model.outcome import UNREAD, Quantum
from cmcompile.observe.butler.attempts import Attempts, End
from cmcompile.observe.butler.graphs import Graph
from cmcompile.observe.butler.said import line

#: So many logs of failed quanta are read, for their messages; the others are named without.
LOGS = 1000
#: So many metadata are read of quanta that succeeded without all of their outputs.
METADATA = 20_000
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
        self._metadata: dict[tuple[Quantum, str], Any] = {}
        self._read = self._looked = 0

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

    def caveat(self, quantum: Quantum, run: str) -> str:
        """Return with which caveat a quantum succeeded: the names of the stack's flags, joined; empty: none.

        The metadata are read only where an output is missing, as the stack's "lazy" does. To read all took as
        much CPU as all else (3 s for 6000 quanta on a local disk), and a remote store is asked once for each.
        The stack's own reading gives up at the first that is gone.
        """
        from lsst.daf.butler import DatasetNotFoundError

        ref = self._metadata.get((quantum, run))
        if ref is None:
            return ""
        self._looked += 1
        if self._looked > METADATA:
            return UNREAD
        try:
            return _named(self._butler.get(ref, storageClass="TaskMetadata"))
        except (FileNotFoundError, DatasetNotFoundError):
            return UNREAD

    def _attempts(self, key: Any) -> Attempts:
        info = self._graph.get_quantum_info(key)
        quantum = Quantum(key.task_label, text_of(info["data_id"].required))
        for run, one in info["runs"].items():
            self._logs[quantum, run] = one.log_ref
            if _ENDS[one.status.name] is End.SUCCESSFUL and not self._whole(key, run):
                self._metadata[quantum, run] = one.metadata_ref
        ends = {run: _ENDS[one.status.name] for run, one in info["runs"].items()}
        return Attempts(quantum, ends, self._mixed(key) if len(ends) > 1 else ())

    def _whole(self, key: Any, run: str) -> bool:
        """Tell whether a quantum made all of its outputs in a run."""
        return all(
            self._graph.get_dataset_info(output)["runs"][run].produced
            for output in self._graph.iter_outputs_of(key)
        )

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


def _named(metadata: Any) -> str:
    """Return the names of the flags in the metadata of a quantum; empty where a stack wrote none."""
    from lsst.pipe.base import QuantumSuccessCaveats

    try:
        number = int(metadata["quantum"]["caveats"])
    except LookupError:
        return ""
    try:
        flags = QuantumSuccessCaveats(number)
    except ValueError:  # of a newer stack
        return f"caveats {number}"
    return str(flags.name) if flags else ""


def _short(message: str) -> str:
    """Return the exception alone, where the message names task and data id as well."""
    _, found, exception = message.partition("Exception ")
    return line(exception if found else message)
