"""A data repository in which RUN collections appear when runs end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from cmcompile.model.outcome import Failure, Outcome, Quantum
from cmcompile.model.wms import NoAnswer
from cmcompile.sim.far.farm import Farm
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.quanta import told, usual
from cmcompile.sim.far.runs import Run
from cmcompile.sim.far.scheduler import World

_FAULTS = (Fault.REPLY_LOST, Fault.TOO_MANY)
#: The quanta of a run, and what became of them.
_Part: TypeAlias = tuple[Sequence[Quantum], Outcome]
_NO_REPLY = NoAnswer("the Butler gave no reply")


class SimButler:
    """Simulates one data repository; implements ``Butler``.

    A collection appears when a run ends, but not when it is cancelled: nothing registers the outputs then.

    Attributes
    ----------
    collections
        RUN collections that are there, each with the outcome of its run.
    chains
        Chained collections, by name.
    chained, retired
        All that was made and removed: time, and what.
    down
        Whether it does not answer.
    """

    def __init__(self, world: World, farm: Farm) -> None:
        self.world = world
        self.collections: dict[str, Outcome] = {}
        self.chains: dict[str, tuple[str, ...]] = {}
        self.chained: list[tuple[float, str, tuple[str, ...]]] = []
        self.retired: list[tuple[float, str]] = []
        self.down = False
        self._quanta: dict[str, tuple[Quantum, ...]] = {}
        farm.ended.append(self._ended)

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> Outcome | NoAnswer:
        """Return what became of the quanta; no answer where one of the collections is not there."""
        if self._lost("butler.outcome"):
            return _NO_REPLY
        lacking = [run for run in runs if run not in self.collections]
        former = [run for run in earlier if run in self.collections and run not in runs]
        answer = _absent(lacking) if lacking else folded(self._parts(runs), self._parts(former))
        self.world.point("butler.outcome answered")
        return answer

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs without a collection."""
        if self._lost("butler.missing"):
            return _NO_REPLY
        answer = frozenset(run for run in runs if run not in self.collections)
        self.world.point("butler.missing answered")
        return answer

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Define a chained collection anew; no answer where one of the runs has no collection."""
        fault = self.world.point("butler.chain", (*_FAULTS, Fault.NOT_ARRIVED))
        lacking = [run for run in runs if run not in self.collections and run not in self.chains]
        if fault in (Fault.TOO_MANY, Fault.NOT_ARRIVED) or self.down:
            return _NO_REPLY
        if not lacking:
            self.chains[collection] = tuple(runs)
            self.chained.append((self.world.now, collection, tuple(runs)))
            self.world.note(f"{collection} is chained: {' '.join(runs)}")
        self.world.point("butler.chain answered")
        if fault is Fault.REPLY_LOST:
            return _NO_REPLY
        return _absent(lacking) if lacking else None

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Remove the outputs of runs, one after the other, also of those that are gone."""
        fault = self.world.point("butler.retire", (*_FAULTS, Fault.NOT_ARRIVED))
        if fault in (Fault.TOO_MANY, Fault.NOT_ARRIVED) or self.down:
            return _NO_REPLY
        for run in runs:
            self._remove(run, "is retired")
            self.retired.append((self.world.now, run))
            self.world.point("butler.retire removed")
        return _NO_REPLY if fault is Fault.REPLY_LOST else None

    def delete_by_hand(self, run: str) -> None:
        """Remove the outputs of a run, as a person does, past cmcompile."""
        self.world.fire(Fault.HAND_DELETE, run)
        self._remove(run, "is deleted")

    def _parts(self, runs: Sequence[str]) -> list[_Part]:
        return [(self._quanta[run], self.collections[run]) for run in runs]

    def _lost(self, label: str) -> bool:
        return self.world.point(label, _FAULTS) is not None or self.down

    def _remove(self, run: str, how: str) -> None:
        if self.collections.pop(run, None) is not None:
            self.world.note(f"{run} {how}")

    def _ended(self, run: Run) -> None:
        if run.outcome is not None:
            self.collections[run.job.output_run] = run.outcome
            self._quanta[run.job.output_run] = run.job.quanta or usual(run.job.output_run)


def _absent(runs: Sequence[str]) -> NoAnswer:
    return NoAnswer(f"there is no collection {', '.join(runs)}")


def folded(parts: Sequence[_Part], earlier: Sequence[_Part] = ()) -> Outcome:
    """Put the quanta and outcomes of runs together, oldest first; of each quantum the newest counts.

    Parameters
    ----------
    earlier
        What the runs follow: not counted, only what failed there and succeeded now is cleared.
    """
    newest: dict[Quantum, Failure | None] = {}
    for quanta, outcome in parts:
        failed = {failure.quantum: failure for failure in outcome.failures}
        newest.update({quantum: failed.get(quantum) for quantum in quanta})
    failures = tuple(failure for failure in newest.values() if failure is not None)
    bad = {failure.quantum for _, outcome in (*earlier, *parts) for failure in outcome.failures}
    cleared = sorted(quantum for quantum in bad if quantum in newest and newest[quantum] is None)
    return told(tuple(newest), failures, tuple(cleared))
