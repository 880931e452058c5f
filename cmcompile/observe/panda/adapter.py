"""PanDA behind the port: iDDS says how a run stands, the monitor spares asking it of each that goes on.

What the monitor says alone changes no state to one that is final, failed or absent: of all that it shows,
only this is believed, that a run of a known id and name goes on as it should, or is as it was.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from cmcompile.model.body import WmsRef
from cmcompile.model.jobs import Details
from cmcompile.model.wms import Known, NoAnswer, RunSeen, Shown, Wanted
from cmcompile.observe.panda.idds import UNTOLD
from cmcompile.observe.panda.monitor import Monitor, Polled
from cmcompile.observe.panda.monitored import WorkflowSeen
from cmcompile.observe.panda.statuses import PLAIN
from cmcompile.observe.wms.plugins import Ask, PluginSystems
from cmcompile.observe.wms.states import ENDED

#: Where a submission is made twice, the first run has an id just before the one that is told: so many are
#: looked at, where no monitor shows both.
_BEFORE = 3
#: Runs that the observer is asked for at once: it has the time of one request for all of them.
_AT_ONCE = 20


class PandaRuns(PluginSystems):
    """Runs of PanDA; implements ``Wms`` and ``Refreshing``.

    Parameters
    ----------
    observer
        As of `PluginSystems`.
    monitor
        None: there is none, and iDDS is asked for each run.
    """

    def __init__(self, observer: Ask, monitor: Monitor | None = None) -> None:
        super().__init__(observer)
        self._monitor = monitor

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return all runs whose names begin with one of some prefixes.

        iDDS lists one id for each name: of two runs with one name it hides one. The monitor shows both, where
        it answers; what it shows is asked of iDDS.
        """
        if not prefixes:
            return ()
        found = super().find(where, prefixes)
        if isinstance(found, NoAnswer):
            return found
        known = {run.run_id for run in found}
        more = [one.run_id for one in self._listed(prefixes) if one.run_id not in known]
        others = self.look(where, more) if more else {}
        if isinstance(others, NoAnswer):
            return others
        return (*found, *(run for run in others.values() if run.name.startswith(tuple(prefixes))))

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids."""
        found: dict[str, RunSeen] = {}
        for some in _parts(run_ids):
            answer = super().look(where, some)
            if isinstance(answer, NoAnswer):
                return answer
            found |= answer
        return found

    def refresh(self, where: WmsRef, wanted: Wanted) -> Shown | NoAnswer:
        """Return how runs stand.

        Cost: where nothing is open, nothing; else a request to the monitor and two more for each 100 runs
        that go on, and one to iDDS for each run that is not as it should be, and for each pattern of names.
        """
        if wanted.is_nothing:
            return Shown({}, wanted.over)
        polled = self._polled(wanted)
        runs = {} if polled is None else dict(_plain(polled, wanted))
        asked = [*wanted.sure, *(id_ for id_ in wanted.going if id_ not in runs)]
        asked += [id_ for id_, known in wanted.settled.items() if not _is_as(polled, id_, known)]
        asked += [] if polled is None else _strange(polled, wanted, asked)
        answer = self._each(where, asked)
        if isinstance(answer, NoAnswer):
            return answer
        told, untold = answer
        known = {*wanted.going, *wanted.sure, *wanted.settled, *wanted.over, *asked}
        prefixes = (*wanted.lost, *wanted.watched) if polled is not None else wanted.prefixes
        others = self._unknown(where, prefixes, known)
        if isinstance(others, NoAnswer):
            return others
        twins = self._twins(where, wanted, known) if polled is None else {}
        shown = {**twins, **runs, **told, **{run.run_id: run for run in others}}
        kept = wanted.settled.keys() - set(asked)
        return Shown(shown, (wanted.over | kept) - shown.keys(), untold)

    def explains(self, where: WmsRef) -> bool:
        """Tell whether there is a monitor."""
        del where
        return self._monitor is not None

    def input_of(self, where: WmsRef, job_id: str) -> str | NoAnswer:
        """Return the name of the input that a job was given: one request to the monitor."""
        del where
        return NoAnswer("no monitor is set") if self._monitor is None else self._monitor.input_of(job_id)

    def log_of(self, where: WmsRef, link: str) -> str | NoAnswer:
        """Return the end of a log, from the monitor's host or one that is named."""
        del where
        return NoAnswer("no monitor is set") if self._monitor is None else self._monitor.log_of(link)

    def details(
        self, where: WmsRef, names: Mapping[str, str], since: datetime | None = None
    ) -> Details | NoAnswer:
        """Return the tasks and failed jobs of runs, as the monitor shows them; no state rests on them.

        Parameters
        ----------
        names
            Of the runs, by id.
        since
            When the oldest of them was made.
        """
        del where
        if self._monitor is None:
            return NoAnswer("no monitor is set")
        return self._monitor.details(tuple(names), self._monitor.days(since), names)

    def _polled(self, wanted: Wanted) -> Polled | None:
        """Return what the monitor shows; None: it is not there, it has no answer, or it is of no use."""
        if self._monitor is None or not wanted.going:
            return None
        polled = self._monitor.poll(tuple(wanted.going), wanted.since)
        return None if isinstance(polled, NoAnswer) else polled

    def _listed(self, prefixes: Sequence[str]) -> list[WorkflowSeen]:
        shown = NoAnswer("") if self._monitor is None else self._monitor.workflows()
        starts = tuple(prefixes)
        return [] if isinstance(shown, NoAnswer) else [w for w in shown.values() if w.name.startswith(starts)]

    def _each(
        self, where: WmsRef, run_ids: Sequence[str]
    ) -> tuple[Mapping[str, RunSeen], Mapping[str, str]] | NoAnswer:
        """Ask iDDS about runs one by one; return those that it tells, and why others can't be told, by id."""
        told: dict[str, RunSeen] = {}
        untold: dict[str, str] = {}
        for some in _parts(run_ids):
            answer = self._ask("each", where, some)
            if isinstance(answer, NoAnswer):
                return answer
            sound = self._sound(tuple(run for run in answer if run.state != UNTOLD and run.run_id in some))
            if isinstance(sound, NoAnswer):
                return sound
            told |= {run.run_id: run for run in sound}
            untold |= {run.run_id: run.wms_state for run in answer if run.state == UNTOLD}
        return told, untold

    def _twins(self, where: WmsRef, wanted: Wanted, known: set[str]) -> Mapping[str, RunSeen]:
        """Return runs with the very names of new ones, and ids just before theirs; no answer finds none."""
        names: dict[str, str] = {}
        for run_id in sorted(wanted.fresh & wanted.going.keys(), key=lambda one: (len(one), one)):
            if run_id.isascii() and run_id.isdecimal():
                near = range(max(1, int(run_id) - _BEFORE), int(run_id))
                names |= {str(id_): wanted.going[run_id] for id_ in near if str(id_) not in known}
        asked = tuple(names)[-_AT_ONCE:]
        answer = self._each(where, asked) if asked else ({}, {})
        if isinstance(answer, NoAnswer):
            return {}
        return {id_: run for id_, run in answer[0].items() if run.name == names[id_]}

    def _unknown(
        self, where: WmsRef, prefixes: Sequence[str], known: set[str]
    ) -> tuple[RunSeen, ...] | NoAnswer:
        """Ask iDDS for runs with such names that are not known."""
        if not prefixes:
            return ()
        answer = self._ask("find", where, prefixes, sorted(known))
        if isinstance(answer, NoAnswer):
            return answer
        return self._sound(tuple(run for run in answer if run.name.startswith(tuple(prefixes))))


def _plain(polled: Polled, wanted: Wanted) -> Iterator[tuple[str, RunSeen]]:
    """Return the runs that go on as they should, by all that the monitor shows of them."""
    stuck = {task.run_id for task in polled.details.tasks if task.state in ("held", "")}
    for run_id, name in wanted.going.items():
        seen = polled.workflows.get(run_id)
        if seen is None or seen.name != name or seen.status not in PLAIN:
            continue
        if seen.all_tasks_over or run_id in stuck:
            continue
        # `changed` is as iDDS gives it for a run that goes on.
        yield run_id, RunSeen(run_id, name, seen.state, seen.status, seen.status)


def _is_as(polled: Polled | None, run_id: str, known: Known) -> bool:
    """Tell whether the monitor shows a run that is over as it was: that changes nothing."""
    seen = None if polled is None else polled.workflows.get(run_id)
    return seen is not None and (seen.name, seen.state) == (known.name, known.state)


def _strange(polled: Polled, wanted: Wanted, asked: Sequence[str]) -> list[str]:
    """Return ids of runs with names of the campaign that are not known, or that go on after their end."""
    starts = tuple(wanted.prefixes)
    known = {*wanted.going, *wanted.settled, *asked}
    return [
        one.run_id
        for one in polled.workflows.values()
        if one.name.startswith(starts)
        and one.run_id not in known
        and (one.run_id not in wanted.over or one.state not in ENDED)
    ]


def _parts(run_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    ids = tuple(dict.fromkeys(run_ids))
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
