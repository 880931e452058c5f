"""A data repository in which RUN collections appear when runs end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from cmcompile.model.outcome import Failure, Outcome, Quantum
from cmcompile.model.tagged import TagContent, content_of
from cmcompile.model.usage import Usage
from cmcompile.model.wms import NoAnswer
from cmcompile.sim.far.farm import Farm
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.quanta import told, usual
from cmcompile.sim.far.runs import Run
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.tags import Dataset, fits
from cmcompile.sim.far.took import took

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
    stored
        What else is there: types and data ids of datasets, by collection.
    tags
        Tagged collections: the datasets that each holds.
    chained, tagged, retired
        All that was made and removed: time, and what.
    down
        Whether it does not answer.
    measures
        Whether quanta left metadata that tell what they took.
    """

    def __init__(self, world: World, farm: Farm) -> None:
        self.world = world
        self.collections: dict[str, Outcome] = {}
        self.chains: dict[str, tuple[str, ...]] = {}
        self.chained: list[tuple[float, str, tuple[str, ...]]] = []
        self.stored: dict[str, tuple[tuple[str, str], ...]] = {}
        self.tags: dict[str, frozenset[Dataset]] = {}
        self.tagged: list[tuple[float, str, frozenset[Dataset]]] = []
        self.retired: list[tuple[float, str]] = []
        self.down = self.measures = False
        self._quanta: dict[str, tuple[Quantum, ...]] = {}
        self._begun: dict[str, float] = {}
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

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        """Return what the quanta took that succeeded, where anything is measured here."""
        if self._lost("butler.usage"):
            return _NO_REPLY
        lacking = [run for run in runs if run not in self.collections]
        if lacking or not self.measures:
            return _absent(lacking) if lacking else NoAnswer("nothing was measured")
        answer = took([(self._begun[run], *part) for run, part in zip(runs, self._parts(runs), strict=True)])
        self.world.point("butler.usage answered")
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

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        """Let a tagged collection hold what is asked for.

        A run holds a dataset ``<task>_log`` for each quantum, and a ``<task>Out`` where that succeeded.
        """
        fault = self.world.point("butler.tag", (*_FAULTS, Fault.NOT_ARRIVED))
        if fault in (Fault.TOO_MANY, Fault.NOT_ARRIVED) or self.down:
            return _NO_REPLY
        found = self._chosen(collection, sources, datasets, where)
        if not isinstance(found, NoAnswer) and self.tags.get(collection) != found:
            self.tags[collection] = found
            self.tagged.append((self.world.now, collection, found))
            self.world.note(f"{collection} is tagged: {len(found)}")
        self.world.point("butler.tag answered")
        if fault is Fault.REPLY_LOST:
            return _NO_REPLY
        return found if isinstance(found, NoAnswer) else content_of(frozenset(map(":".join, found)))

    def _chosen(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> frozenset[Dataset] | NoAnswer:
        if collection in self.collections or collection in self.chains or collection in self.stored:
            return NoAnswer(f"{collection} is a {self._kind(collection)} collection, and was left as it is")
        chosen: dict[tuple[str, str], str] = {}
        for source in sources:
            held = self._held(source)
            if held is None:
                return _absent([source])
            try:
                fitting = [(k, i, run) for run, k, i in held if k in datasets and fits(where, i)]
            except ValueError as error:
                return NoAnswer(str(error))
            for kind, data_id, run in fitting:
                chosen.setdefault((kind, data_id), run)
        if not chosen:
            return NoAnswer(f"no {' or '.join(datasets)} fits; {collection} was left as it is")
        return frozenset((run, kind, data_id) for (kind, data_id), run in chosen.items())

    def _kind(self, collection: str) -> str:
        return "CHAINED" if collection in self.chains else "RUN"

    def _held(self, collection: str) -> tuple[Dataset, ...] | None:
        """Return what a collection holds; None: there is none."""
        if collection in self.chains:
            return tuple(d for child in self.chains[collection] for d in self._held(child) or ())
        if collection in self.tags:
            return tuple(sorted(self.tags[collection]))
        if collection in self.stored:
            return tuple((collection, kind, data_id) for kind, data_id in self.stored[collection])
        if collection not in self.collections:
            return None
        bad = {failure.quantum for failure in self.collections[collection].failures}
        every = self._quanta[collection]
        logs = [(collection, f"{quantum.task}_log", quantum.data_id) for quantum in every]
        good = [quantum for quantum in every if quantum not in bad]
        return (*logs, *((collection, f"{quantum.task}Out", quantum.data_id) for quantum in good))

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
        for name, held in self.tags.items():
            self.tags[name] = frozenset(dataset for dataset in held if dataset[0] != run)

    def _ended(self, run: Run) -> None:
        if run.outcome is not None:
            self.collections[run.job.output_run] = run.outcome
            self._quanta[run.job.output_run] = run.job.quanta or usual(run.job.output_run)
            self._begun[run.job.output_run] = run.taken


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
