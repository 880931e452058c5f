"""What the making of a graph leaves out: quanta whose outputs are there already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cmcompile.model.outcome import Quantum
from cmcompile.sim.far.quanta import usual
from cmcompile.sim.far.runs import Run

_SKIP = re.compile(rb"--skip-existing-in ([^\s'\"]+)")


def not_there(
    quanta: tuple[Quantum, ...], files: Mapping[str, bytes], runs: Iterable[Run], output_run: str
) -> tuple[Quantum, ...]:
    """Return the quanta that the graph of a submission has.

    Parameters
    ----------
    quanta
        All that the group is to make; none: those that are usual for its output.
    files
        As BPS is handed them; the collections whose outputs are taken over stand in their options.
    """
    named = {
        name for data in files.values() for some in _SKIP.findall(data) for name in some.decode().split(",")
    }
    if not named:
        return quanta
    there = {quantum for run in runs if run.job.output_run in named for quantum in _made(run)}
    return tuple(quantum for quantum in quanta or usual(output_run) if quantum not in there)


def _made(run: Run) -> set[Quantum]:
    if run.outcome is None:
        return set()
    bad = {failure.quantum for failure in run.outcome.failures}
    return set(run.job.quanta or usual(run.job.output_run)) - bad
