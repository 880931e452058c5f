"""A child's driver that submits through BPS."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path

from cmcompile.driver import parsl, submitting
from cmcompile.driver.failures import not_ready
from cmcompile.driver.files import ClaimFiles
from cmcompile.driver.kept import digests, graph_at
from cmcompile.driver.services import Habits, habits_of
from cmcompile.driver.supervisor import SupervisionError, Supervisor
from cmcompile.driver.variables import complete, told_names
from cmcompile.engine.record import VARIABLE, RecordError, home_of
from cmcompile.model.child import NoReply, NotReady, Order, Preparation, Ready, Reply, Taken
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import stamp

#: What BPS and the programs below it may end in.
_FAILED = (Exception, SystemExit)


class BpsDriver:
    """Does what ``bps submit`` and ``bps restart`` do; implements ``Driver``, for one order.

    Parameters
    ----------
    area
        The directory that BPS runs in; absolute.
    environ
        The variables of this process; what BPS needs is added to them.
    runs
        The directory of records where a submit file names none; empty: as `home_of` finds it.
    """

    def __init__(self, area: Path, clock: Clock, environ: MutableMapping[str, str], runs: str = "") -> None:
        self._area = area
        self._clock = clock
        self._environ = environ
        self._runs = runs
        self._call: Callable[[], Reply] | None = None

    def prepare(self, order: Order) -> Preparation:
        """Make graph and files with BPS; the workload system is not asked for a run."""
        claim = ClaimFiles(self._area, order.claim)
        where = self._submit_path(order)
        try:
            if (why := _unclear(order)) is not None:
                return NotReady(why)
            self._enter(order)
            if order.restart:
                return self._restart(order)
            return self._new(order, claim)
        except (SupervisionError, RecordError) as error:
            return NotReady(str(error))
        except _FAILED as error:
            sys.stderr.write(traceback.format_exc())
            return not_ready(error, where, claim.shown_log)

    def call(self, order: Order) -> Reply:
        """Submit, or restart, once; whatever is not an id is no reply."""
        if self._call is None:
            return NoReply("nothing was prepared, so nothing was asked")
        try:
            return self._call()
        except _FAILED as error:
            sys.stderr.write(traceback.format_exc())
            return NoReply(f"BPS failed while it submitted: {type(error).__name__}: {error}")

    def _enter(self, order: Order) -> None:
        """Stand where BPS is to run, with what it needs."""
        os.chdir(self._area)
        complete(self._environ, self._area)
        runs = order.wms.where or self._runs
        if habits_of(order.wms.service).has_records and runs:
            # A restart gives the plugin no submit file that names it.
            self._environ[VARIABLE] = runs

    def _submit_path(self, order: Order) -> Path | None:
        if not order.submit_path:
            return None
        return self._area / order.submit_path.removeprefix("${PWD}/")

    # A new run.

    def _new(self, order: Order, claim: ClaimFiles) -> Preparation:
        claim.write(order.files)
        prepared = submitting.prepare(claim.submit_file)
        if (why := other_than_claimed(order, prepared)) is not None:
            return NotReady(why)
        graph = None if prepared.graph is None else graph_at(prepared.graph)
        names = told_names(self._environ, (*order.setting.variables, *order.setting.secrets))
        files = digests(self._area / prepared.submit_path, claim, graph, names, prepared.pipeline)
        habits = habits_of(order.wms.service)
        supervisor = self._supervisor(order, habits)
        if supervisor is not None:
            supervisor.check()
        self._call = lambda: self._submit(prepared, supervisor)
        return Ready(files, None if graph is None else graph.quanta)

    def _submit(self, prepared: submitting.Workflow, supervisor: Supervisor | None) -> Reply:
        if supervisor is not None:
            path = str(self._area / prepared.submit_path)
            return self._supervised(lambda: supervisor.start(path, lambda: parsl.first(prepared)))
        run_id = submitting.submit(prepared)
        if not run_id:
            return NoReply("BPS gave no id of a run")
        taken = self._taken(run_id)
        submitting.link(prepared, run_id)
        return taken

    # A run that is taken up again.

    def _restart(self, order: Order) -> Preparation:
        service = order.wms.service
        self._importable(service)
        where, habits = self._submit_path(order), habits_of(service)
        supervisor = self._supervisor(order, habits)
        if supervisor is not None:
            run = supervisor.over(order.restart)
            self._call = lambda: self._again(supervisor, run.id, run.submit_path)
            return Ready()
        run_named = order.restart
        if habits.restarts_by_path and where is not None:
            if not where.is_dir():
                return NotReady(
                    f"the submit directory {where} is not there, and {service} restarts a run from it"
                )
            run_named = str(where)
        self._call = lambda: self._restarted(service, run_named)
        return Ready()

    def _restarted(self, service: str, run: str) -> Reply:
        run_id, message = submitting.restart(service, run)
        if not run_id:
            return NoReply(f"BPS gave no id of the run: {message or 'it said nothing'}")
        return self._taken(run_id)

    def _again(self, supervisor: Supervisor, run_id: str, path: str) -> Reply:
        return self._supervised(lambda: supervisor.again(run_id, lambda: parsl.again(Path(path))))

    def _importable(self, service: str) -> None:
        from lsst.utils import doImport

        doImport(service)

    # Both.

    def _supervisor(self, order: Order, habits: Habits) -> Supervisor | None:
        return Supervisor(order, self._clock, parsl.stop) if habits.blocks else None

    def _supervised(self, start: Callable[[], str]) -> Reply:
        try:
            return self._taken(start())
        except (SupervisionError, RecordError, OSError) as error:
            return NoReply(f"the run could not be supervised: {error}")

    def _taken(self, run_id: str) -> Taken:
        return Taken(run_id, stamp(self._clock.now()))


def _unclear(order: Order) -> str | None:
    """Return why BPS and who looks for the run would not mean the same place of records."""
    where = order.wms.where
    if not habits_of(order.wms.service).has_records or not where:
        return None
    if home_of(where).is_absolute() and not set("${}") & set(where):
        return None
    return (
        f"`runsHome` is {where}, which does not mean the same everywhere: write a whole path, without "
        "variables; it may begin with ~"
    )


def other_than_claimed(order: Order, prepared: submitting.Workflow) -> str | None:
    """Return why what BPS made is not what was claimed, such as where a variable hides a key."""
    pairs = (
        ("workload system", prepared.service, order.wms.service),
        ("run name", prepared.name, order.run_name),
        ("output run", prepared.output_run, order.output_run),
        *_places(order, prepared),
    )
    for what, found, wanted in pairs:
        if found != wanted:
            return (
                f"BPS takes {found} for the {what}, and the claim says {wanted}: nobody would find the run; "
                "see which key or variable sets it"
            )
    return None


def _places(order: Order, prepared: submitting.Workflow) -> Iterator[tuple[str, str, str]]:
    """Return where the plugin itself records the run, and where it is looked for."""
    habits = habits_of(order.wms.service)
    if habits.has_records and not habits.blocks:
        yield "place of records", str(home_of(prepared.runs_home)), str(home_of(order.wms.where))
