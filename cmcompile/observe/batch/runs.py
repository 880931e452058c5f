"""Runs of batch steps: as the batch system shows them, and by what they left where it does not any more."""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from cmcompile.batch.run_files import SIGNALS, TAKEN
from cmcompile.model.batch import JobFact, is_batch
from cmcompile.model.body import WmsRef
from cmcompile.model.errors import CmcompileError
from cmcompile.model.signal import Signalled
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.batch import facts
from cmcompile.observe.batch.htcondor import CondorQueue
from cmcompile.observe.batch.places import Place, Places
from cmcompile.observe.batch.queue import Ask, Chosen, Cluster, Queue, Shown
from cmcompile.observe.batch.slurm import SlurmQueue
from cmcompile.observe.batch.standing import run_seen
from cmcompile.signals.packed import Packed
from cmcompile.signals.spool import SpoolError

#: A job is in the queue before its system replies; where the reply was lost, the request may be under way for
#: as long as connections are given: 120 s in HTCondor (SEC_TCP_SESSION_DEADLINE), less in Slurm.
SETTLING = 300.0
#: One run: its id, its name, and where it stands.
_Run: TypeAlias = tuple[str, str, Place]
#: The place of each run by its name, with the ids that it is known to have.
_WithIds: TypeAlias = Mapping[str, tuple[Place, tuple[str, ...]]]


class BatchRuns:
    """The runs of all batch systems; implements ``Wms`` for what `is_batch` tells.

    Cost: each `find` and `look` asks the batch system once for all of its jobs, and a second time only where
    it does not show jobs that never said how they ended.

    Parameters
    ----------
    area
        The directory that submit directories are below.
    ask
        Runs a command that asks a batch system.
    """

    def __init__(self, area: Path, ask: Ask) -> None:
        self._places = Places(area)
        self._queues: dict[str, Queue] = {"batch.slurm": SlurmQueue(ask), "batch.htcondor": CondorQueue(ask)}
        self._clusters: dict[WmsRef, Cluster] = {}
        self._user = pwd.getpwuid(os.geteuid()).pw_name

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return all runs whose names begin with one of some prefixes."""
        starts = tuple(prefixes)
        if not starts:
            return ()
        try:
            queue = self._queue(where)
            # Before the queue is asked: what has an id now must be shown, unless it is over.
            known = _with_ids(self._places.named(where, starts))
            shown = _shown(queue, where, lambda run_id, name: name.startswith(starts))
            return tuple(self._runs(where, queue, shown, known))
        except _NoAnswerError as error:
            return NoAnswer(str(error))
        except (OSError, CmcompileError, ValueError) as error:
            return NoAnswer(f"what runs left can't be read: {error}")

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids."""
        wanted = frozenset(run_ids)
        if not wanted:
            return {}
        try:
            queue = self._queue(where)
            known = _with_ids(self._places.by_id(where, wanted))
            shown = _shown(queue, where, lambda run_id, name: run_id in wanted)
            found = self._runs(where, queue, shown, known)
            return {run.run_id: run for run in found if run.run_id in wanted}
        except _NoAnswerError as error:
            return NoAnswer(str(error))
        except (OSError, CmcompileError, ValueError) as error:
            return NoAnswer(f"what runs left can't be read: {error}")

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask for the end of a run; of one that is over, or not shown, there is nothing to ask."""
        try:
            queue = self._queue(where)
            shown = _shown(queue, where, lambda its, name: its == run_id).get(run_id)
            if shown is not None and all(fact.state.is_over for fact in shown.jobs.values()):
                return None
            known = dict(self._places.by_id(where, frozenset((run_id,))))
            if shown is None:
                self._same_cluster(where, queue, [(run_id, place) for place in known.values()])
                return None
            if known and shown.name not in known:
                return NoAnswer(f"run {run_id} is {shown.name} now, which is another")
            for place in known.values():
                with contextlib.suppress(OSError):  # then it is judged by how many jobs were removed
                    place.keep_cancel()
        except _NoAnswerError as error:
            return NoAnswer(str(error))
        except (OSError, CmcompileError) as error:
            return NoAnswer(f"what runs left can't be read: {error}")
        return queue.cancel(where, run_id)

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return the command of the batch system."""
        return self._queue(where).cancel_command(where, run_id)

    def settling(self, where: WmsRef) -> float:
        """Return `SETTLING`."""
        return SETTLING

    def hears(self, where: WmsRef) -> bool:
        """Tell that jobs of batch steps say themselves how they stand."""
        return where.service in self._queues

    def heard(self, where: WmsRef, output_run: str) -> Signalled | NoAnswer:
        """Return what the jobs of a run have said until now."""
        place = self._places.of_run(output_run)
        if place is None:
            return NoAnswer(f"the submit directory of {output_run} is not here")
        try:
            with Packed(place.directory / SIGNALS) as said:
                return said.signalled()
        except (OSError, SpoolError) as error:
            return NoAnswer(f"what its jobs said can't be read: {error}")

    def jobs(self, place: Place) -> Mapping[int, JobFact] | NoAnswer:
        """Return how each job stands that a run has given to its batch system, by number.

        Where all of them have ended, and that was said before, nobody is asked.
        """
        where = WmsRef(place.given.service, place.given.where)
        try:
            name, ids = place.given.run, place.ids()
            for run_id in ids[-1:]:
                told = facts.told(place, run_id)
                if told.keys() >= place.numbers:
                    return told
            queue = self._queue(where)
            shown = _shown(queue, where, lambda run_id, its: run_id in ids or its == name)
            runs = self._known(where, queue, shown, {name: (place, ids)})
            if not runs:
                return NoAnswer(f"no run {name} is known")
            return self._facts(where, queue, shown, runs)[runs[-1][0]]
        except _NoAnswerError as error:
            return NoAnswer(str(error))
        except (OSError, CmcompileError, ValueError) as error:
            return NoAnswer(f"what the run left can't be read: {error}")

    def _queue(self, where: WmsRef) -> Queue:
        found = self._queues.get(where.service)
        if found is None:
            names = ", ".join(self._queues) if is_batch(where.service) else "no batch system"
            raise _NoAnswerError(f"{where.service} can't be asked; known are {names}")
        return found

    def _runs(
        self, where: WmsRef, queue: Queue, shown: Mapping[str, Shown], known: _WithIds
    ) -> list[RunSeen]:
        runs = self._known(where, queue, shown, known)
        every = self._facts(where, queue, shown, runs)
        found = [
            run_seen(run_id, name, every[run_id].values(), cancelled=place.cancelled)
            for run_id, name, place in runs
        ]
        ours = {run_id for run_id, _, _ in runs}
        # Started by hand, or from another area: only what is shown is known.
        found += [
            run_seen(one.run_id, one.name, one.jobs.values(), cancelled=False)
            for one in shown.values()
            if one.run_id not in ours
        ]
        return found

    def _known(self, where: WmsRef, queue: Queue, shown: Mapping[str, Shown], known: _WithIds) -> list[_Run]:
        """Return the runs that have a submit directory, with all of their ids."""
        by_name: dict[str, list[str]] = {}
        for one in shown.values():
            by_name.setdefault(one.name, []).append(one.run_id)
        every = dict(known)
        # They stand in the index before they are in the queue.
        new = by_name.keys() - every.keys()
        every |= {name: (place, ()) for name, place in self._places.called(where, new)}
        found: list[_Run] = []
        lacking: list[tuple[str, Place]] = []
        for name, (place, ids) in every.items():
            seen = [run_id for run_id in by_name.get(name, ()) if run_id not in ids]
            for run_id in seen:
                with contextlib.suppress(OSError):
                    place.keep_id(run_id)
            if not ids and not seen and place.has_signals() and not place.ids():
                raise _NoAnswerError(
                    f"jobs of {name} have run, and neither its reply nor the queue tells its id: write it to "
                    f"{place.given.path}/{TAKEN}"
                )
            if not ids and not seen:
                lacking.append((name, place))
            found += [(run_id, name, place) for run_id in (*ids, *seen)]
        self._same_cluster(where, queue, lacking)
        return found

    def _facts(
        self, where: WmsRef, queue: Queue, shown: Mapping[str, Shown], runs: Sequence[_Run]
    ) -> dict[str, dict[int, JobFact]]:
        """Return how the jobs of some runs stand, by the ids of these."""
        found: dict[str, dict[int, JobFact]] = {}
        lacking: dict[str, tuple[Place, frozenset[int]]] = {}
        names = {run_id: name for run_id, name, _ in runs}
        for run_id, name, place in runs:
            known = facts.told(place, run_id)
            now = _jobs(shown, run_id, name)
            jobs = {job: fact for job, fact in {**known, **now}.items() if job in place.numbers}
            facts.keep(place, run_id, jobs.values(), known)
            found[run_id] = jobs
            if left := place.numbers - jobs.keys():
                lacking[run_id] = (place, left)
        if lacking:
            self._same_cluster(where, queue, [(run_id, place) for run_id, (place, _) in lacking.items()])
            past = queue.past(where, list(lacking))
            if isinstance(past, NoAnswer):
                raise _NoAnswerError(past.why)
            for run_id, (place, left) in lacking.items():
                theirs = _jobs(past, run_id, names[run_id])
                more = {job: fact for job, fact in theirs.items() if job in left}
                more |= facts.by_signals(place, left - more.keys())
                facts.keep(place, run_id, more.values(), {})
                found[run_id] |= more | facts.unknown(left - more.keys())
        return found

    def _same_cluster(self, where: WmsRef, queue: Queue, lacking: Iterable[tuple[str, Place]]) -> None:
        """See that runs that are not shown are not shown by the system that they were given to."""
        for run, place in lacking:
            given, now = place.given, self._cluster(where, queue)
            if given.cluster and given.cluster != now.name:
                raise _NoAnswerError(
                    f"run {run} was given to {given.cluster}, and what is asked here is {now.name}"
                )
            if now.private and given.user and given.user != self._user:
                raise _NoAnswerError(
                    f"run {run} is of {given.user}, and {now.name} shows jobs to nobody but their owner "
                    f"(PrivateData): {given.user} must ask"
                )

    def _cluster(self, where: WmsRef, queue: Queue) -> Cluster:
        if where not in self._clusters:
            found = queue.cluster(where)
            if isinstance(found, NoAnswer):
                raise _NoAnswerError(found.why)
            self._clusters[where] = found
        return self._clusters[where]


class _NoAnswerError(Exception):
    """A source gave no answer; the text says why."""


def _shown(queue: Queue, where: WmsRef, chosen: Chosen) -> Mapping[str, Shown]:
    found = queue.shown(where, chosen)
    if isinstance(found, NoAnswer):
        raise _NoAnswerError(found.why)
    return found


def _jobs(shown: Mapping[str, Shown], run_id: str, name: str) -> Mapping[int, JobFact]:
    """Return the jobs of a run; a system that lost what it knew may give its id to another."""
    found = shown.get(run_id)
    return {} if found is None or found.name != name else found.jobs


def _with_ids(places: Iterable[tuple[str, Place]]) -> _WithIds:
    return {name: (place, place.ids()) for name, place in places}
