"""Runs that a process of this machine supervises: those of the embedded engine, and of Parsl.

They are read where their supervisors keep them; nothing of the stack is needed.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from cmcompile.engine.record import LIVE, RecordError, Records, Run, home_of
from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.wms.states import STATES

T = TypeVar("T")

#: The plugin whose runs `bps cancel` can end; that of Parsl has no cancel.
_ENGINE = "EngineService"
#: The BPS plugins whose runs are recorded, by the last part of their classes: one may be imported from its
#: package, or from its module.
_RECORDED = frozenset({_ENGINE, "ParslService"})
#: A record is on the disk before the supervisor lets go of the one who started it. A directory that is
#: mounted from elsewhere may show it later: by default after 60 s at most (nfs(5), ``acdirmax``).
SETTLING = 60.0


def is_recorded(where: WmsRef) -> bool:
    """Tell whether the runs of a workload system are recorded on the machine that supervises them."""
    return _class(where.service) in _RECORDED


class RecordedRuns:
    """All runs that are recorded on this machine; implements ``Wms`` for what `is_recorded` tells.

    Cost: `find` opens one file of each run in the directory, and two more of each that has such a name;
    `look` opens three files of each run that is asked for.
    """

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return all runs whose names begin with one of some prefixes."""
        starts = tuple(prefixes)

        def read(records: Records) -> tuple[RunSeen, ...]:
            return tuple(_seen(records, run) for run in records.runs() if _is(run, where, starts))

        return _read(where, read)

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids."""

        def read(records: Records) -> Mapping[str, RunSeen]:
            runs = _known(records, where, run_ids)
            return {run.id: _seen(records, run) for run in runs}

        return _read(where, read)

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask the supervisor of a run for its end; of one that is over there is nothing to ask."""

        def ask(records: Records) -> NoAnswer | None:
            if not any(_known(records, where, (run_id,))):
                return NoAnswer(f"{records.home} holds no run {run_id} of {where.service}")
            if records.standing(run_id).state in LIVE:
                records.ask_to_cancel(run_id)
            return None

        return _read(where, ask)

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return ``bps cancel``, or where there is none, what leaves the same word for the supervisor."""
        home = home_of(where.where)
        if _class(where.service) != _ENGINE:
            return shlex.join(["touch", str(Records(home).place(run_id) / "cancel")])
        command = shlex.join(["bps", "cancel", "--wms-service-class", where.service, "--id", run_id])
        # `bps cancel` reads no submit file, so it is not told where the records are.
        return f"CMCOMPILE_RUNS={shlex.quote(str(home))} {command}" if where.where else command

    def settling(self, where: WmsRef) -> float:
        """Return `SETTLING`, wherever the records are."""
        return SETTLING


def _read(where: WmsRef, read: Callable[[Records], T]) -> T | NoAnswer:
    """Read the records of a workload system; whatever is odd about them, there is no answer."""
    try:
        records = Records(home_of(where.where))
        # Somebody else's directory, or one that is not mounted, would look like one without runs.
        if not records.host:
            return NoAnswer(f"{records.home} does not exist, or holds no records of runs")
        return read(records)
    # RuntimeError: ~ of a user that is not known. The last two: a record that holds something else.
    except (RecordError, OSError, RuntimeError, ValueError, TypeError, AttributeError) as error:
        return NoAnswer(str(error) or type(error).__name__)


def _class(service: str) -> str:
    return service.rpartition(".")[2]


def _is(run: Run, where: WmsRef, starts: tuple[str, ...]) -> bool:
    return _class(run.service) == _class(where.service) and run.name.startswith(starts)


def _known(records: Records, where: WmsRef, run_ids: Iterable[str]) -> list[Run]:
    found = (records.run(run_id) for run_id in dict.fromkeys(run_ids))
    return [run for run in found if run is not None and _class(run.service) == _class(where.service)]


def _seen(records: Records, run: Run) -> RunSeen:
    standing = records.standing(run.id)
    state, word = standing.state, standing.word or standing.state
    if state not in STATES:
        raise RecordError(f"the record of run {run.id} in {records.home} says {state!r}, which is no state")
    return RunSeen(run.id, run.name, state, word, f"{standing.serial} {state}")
