"""What simulated quanta took: the figures follow from their names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from zlib import crc32

from cmcompile.model.outcome import Outcome, Quantum
from cmcompile.model.stamp import stamp
from cmcompile.model.usage import QuantumUsage, Usage, task_usage
from cmcompile.sim.far.clock import EPOCH


def took(runs: Iterable[tuple[float, Sequence[Quantum], Outcome]]) -> Usage:
    """Return what quanta took that succeeded.

    Parameters
    ----------
    runs
        Of each when it began, in seconds of the world, its quanta, and what became of them.
    """
    found: dict[str, list[QuantumUsage]] = {}
    for begun, quanta, outcome in runs:
        bad = {failure.quantum for failure in outcome.failures}
        for quantum in quanta:
            if quantum not in bad:
                found.setdefault(quantum.task, []).append(_of(quantum, begun))
    return Usage(tuple(task_usage(task, len(some), some) for task, some in found.items()))


def _of(quantum: Quantum, begun: float) -> QuantumUsage:
    """Return 5 to 15 minutes of CPU, a tenth more of wall time, and 1 to 2 GiB."""
    chance = crc32(f"{quantum.task} {quantum.data_id}".encode())
    cpu = 300_000 + chance % 600_000
    wall = cpu * 11 // 10
    start = EPOCH + timedelta(seconds=begun)
    ended = stamp(start + timedelta(milliseconds=wall))
    return QuantumUsage(stamp(start), ended, cpu, wall, 1024 + chance % 1024)
