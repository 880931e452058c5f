"""What a child does where the workload system is simulated."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from cmcompile.model.child import NotReady, Order, Preparation, Ready, Reply
from cmcompile.model.outcome import Quantum
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import stamp
from cmcompile.sim.served.client import ServedWms

#: How preparing goes is said in these variables; a child must be given them.
VARIABLES = "CMCOMPILE_SIMULATED_*"
#: Seconds that preparing takes.
PREPARING = "CMCOMPILE_SIMULATED_PREPARING"
#: Preparing fails with this message; that of some groups where ``GROUP=`` stands before it.
FAILING = "CMCOMPILE_SIMULATED_FAILING"
#: The number of quanta of a group.
QUANTA = "CMCOMPILE_SIMULATED_QUANTA"
#: A failure that says so may be tried again.
_TRANSIENT = "transient"
_FILE = "submit.yaml"
_GRAPH = "graph.json"
_CONDITION = re.compile(r"(\w+) (?:in \(([^()]+)\)|= (\d+))")
_TASK = "isr"
_USUAL = 4


class ServedDriver:
    """Writes the files of an order, and submits to a served far side; implements ``Driver``.

    Parameters
    ----------
    scratch
        The directory below which each claim has one of its own.
    environ
        What says how preparing goes.
    """

    def __init__(self, wms: ServedWms, scratch: Path, clock: Clock, environ: Mapping[str, str]) -> None:
        self._wms = wms
        self._scratch = scratch
        self._clock = clock
        self._environ = environ

    def prepare(self, order: Order) -> Preparation:
        """Write the files, and a graph."""
        time.sleep(float(self._environ.get(PREPARING, "0")))
        if (message := self._fails(order)) is not None:
            return NotReady(message, transient=_TRANSIENT in message)
        home = self._scratch / order.claim
        for path, data in order.files.items():
            target = home / path
            if not target.resolve().is_relative_to(home.resolve()):
                return NotReady(f"{path} is outside of the scratch directory")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        quanta = self._quanta(order)
        graph = json.dumps([[quantum.task, quantum.data_id] for quantum in quanta]).encode()
        home.mkdir(parents=True, exist_ok=True)
        (home / _GRAPH).write_bytes(graph)
        return Ready({_GRAPH: sha256(graph).hexdigest()}, len(quanta))

    def call(self, order: Order) -> Reply:
        """Submit, once."""
        return self._wms.call(order, self._quanta(order), lambda: stamp(self._clock.now()))

    def _quanta(self, order: Order) -> tuple[Quantum, ...]:
        return quanta_of(order, int(self._environ.get(QUANTA, _USUAL)))

    def _fails(self, order: Order) -> str | None:
        said = self._environ.get(FAILING, "")
        group, separator, message = said.partition("=")
        if not separator:
            return said or None
        return message if group == order.subject.group else None


def quanta_of(order: Order, number: int) -> tuple[Quantum, ...]:
    """Return so many quanta, spread over the ids that the last condition of the query names.

    So a rescue of the same data has the same ones.
    """
    about = order.subject
    found = _CONDITION.findall(order.files.get(_FILE, b"").decode("utf-8", "replace"))
    name, many, one = found[-1] if found else ("group", f"{about.step}/{about.group}", "")
    ids = [id_.strip() for id_ in (many or one).split(",")]
    each = -(-number // len(ids))
    return tuple(Quantum(_TASK, f"detector={n % each}, {name}={ids[n // each]}") for n in range(number))
