"""A workload system whose answers get lost, come late, or lack something."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.sim.far.farm import Farm
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.runs import HAND, Call, Job, Run
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.settings import Settings

__all__ = ["Settings", "SimWms"]

_ASKING = (Fault.REPLY_LOST, Fault.TOO_MANY, Fault.LATE)
_LISTING = (*_ASKING, Fault.EMPTY, Fault.TRUNCATED, Fault.DUPLICATED)
_CALLING = (Fault.REPLY_LOST, Fault.TOO_MANY, Fault.LATE, Fault.NOT_ARRIVED, Fault.CALL_TWICE)
_NO_REPLY = NoAnswer("no reply")
_TOO_MANY = NoAnswer("too many requests (429)")
_DOWN = NoAnswer("the service is down")


class SimWms(Farm):
    """Simulates all workload systems of a campaign; implements ``Wms``.

    A task that calls passes a boundary before and after each request. Called from outside of any task, by a
    test, nothing goes wrong. What lives inside, and what people do by hand, is in `Farm`.

    Attributes
    ----------
    calls
        All submissions and restarts by tasks, also those that never arrived, in the order in which they were
        made.
    down
        Systems that do not answer.
    """

    def __init__(self, world: World, settings: Settings | None = None) -> None:
        super().__init__(world, settings)
        self.calls: list[Call] = []
        self.down: set[WmsRef] = set()

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return the runs whose names begin with one of some prefixes, as far as they are shown."""
        starts = tuple(prefixes)
        answer = self._list("wms.find", where, lambda run: run.name.startswith(starts))
        self.world.point("wms.find answered")
        return answer

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids, as far as they are shown."""
        asked = frozenset(run_ids)
        answer = self._list("wms.look", where, lambda run: run.run_id in asked)
        self.world.point("wms.look answered")
        return answer if isinstance(answer, NoAnswer) else {run.run_id: run for run in answer}

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask for the end of a run; it ends some time later."""
        fault = self.world.point("wms.cancel", _CALLING)

        def arrive() -> str:
            run = self._known(where, run_id)
            if run is not None:
                self.stop(run)
            return run_id

        answer = self._request(where, fault, f"cancel run {run_id}", arrive)
        self.world.point("wms.cancel answered")
        return answer if isinstance(answer, NoAnswer) else None

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return a command."""
        return f"simwms cancel {where.where} {run_id}".replace("  ", " ")

    def settling(self, where: WmsRef) -> float:
        """Return what is promised."""
        return self.settings.settling

    def submit(self, where: WmsRef, job: Job) -> str | NoAnswer:
        """Take a run; return its id. Each call that arrives makes one: it is not idempotent."""
        fault = self.world.point("wms.submit", _CALLING)
        call = self._called("submit", where, job.name, job.claim, job.gate)

        def arrive() -> str:
            run = self.take(where, job, call.by)
            call.arrived = self.world.now if call.arrived is None else call.arrived
            call.run_ids.append(run.run_id)
            return run.run_id

        answer = self._request(where, fault, f"submit {job.name}", arrive)
        self.world.point("wms.submit answered")
        return answer

    def restart(self, where: WmsRef, run_id: str, claim: str = "", gate: str = "") -> str | NoAnswer:
        """Register that a run is to be taken up again, under the same id; return that.

        It is taken up some time later. A run that is not over, or not known, is refused.
        """
        fault = self.world.point("wms.restart", _CALLING)
        known = self._known(where, run_id)
        call = self._called("restart", where, known.name if known else "", claim, gate)

        def arrive() -> str | NoAnswer:
            call.arrived = self.world.now if call.arrived is None else call.arrived
            if known is None or known.live:
                return NoAnswer(f"run {run_id} can't be restarted")
            self.register(known, claim, gate)
            call.run_ids.append(run_id)
            return run_id

        answer = self._request(where, fault, f"restart run {run_id}", arrive)
        self.world.point("wms.restart answered")
        return answer

    def _known(self, where: WmsRef, run_id: str) -> Run | None:
        run = self.runs.get(run_id)
        return run if run is not None and run.where == where else None

    def _called(self, kind: str, where: WmsRef, name: str, claim: str, gate: str) -> Call:
        task = self.world.current()
        by = HAND if task is None else task.name
        live = tuple(run.run_id for run in self.live())
        awaiting = tuple(run.run_id for run in self.runs.values() if run.restarts)
        call = Call(kind, where, name, by, claim, gate, self.world.now, live, awaiting)
        self.calls.append(call)
        self.world.note(f"calls: {kind} {name}, claim {claim or '-'}, gate {gate or '-'}")
        return call

    def _request(
        self, where: WmsRef, fault: Fault | None, what: str, arrive: Callable[[], str | NoAnswer]
    ) -> str | NoAnswer:
        """Carry out a request that changes something, or not, or late."""
        if fault is Fault.TOO_MANY or where in self.down:
            return _DOWN if where in self.down else _TOO_MANY
        timeout = self.settings.timeout
        if fault is Fault.LATE:
            late = timeout + self.world.choices.seconds("late request", timeout)
            self.world.later(late, f"arrives late: {what}", arrive)
        elif fault is not Fault.NOT_ARRIVED:
            answer = arrive()
            if fault is Fault.CALL_TWICE:
                arrive()
            if fault is not Fault.REPLY_LOST:
                return answer
        self.world.sleep(timeout)
        return _NO_REPLY

    def _list(
        self, label: str, where: WmsRef, wanted: Callable[[Run], bool]
    ) -> tuple[RunSeen, ...] | NoAnswer:
        """Ask for a list."""
        there = any(run.where == where and wanted(run) for run in self.runs.values())
        fault = self.world.point(label, _LISTING if there else _ASKING)
        if fault is Fault.TOO_MANY or where in self.down:
            return _DOWN if where in self.down else _TOO_MANY
        if fault is Fault.REPLY_LOST:
            self.world.sleep(self.settings.timeout)
            return _NO_REPLY
        now = self.world.now
        shown = [r for r in self.runs.values() if r.visible <= now and r.where == where and wanted(r)]
        answer = tuple(seen(run, tells=self.settings.tells) for run in shown)
        if fault is Fault.LATE:
            seconds = self.world.choices.seconds("late answer", self.settings.timeout / 6)
            self.world.sleep(min(seconds, self.settings.timeout))
        return self._garbled(answer, fault)

    def _garbled(self, answer: tuple[RunSeen, ...], fault: Fault | None) -> tuple[RunSeen, ...]:
        if fault is Fault.EMPTY:
            return ()
        if fault is Fault.DUPLICATED:
            return answer * 2
        if fault is Fault.TRUNCATED and answer:
            at = self.world.choices.pick("lacking from", len(answer))
            rest = answer[at + 1 :] if self.world.choices.pick("lacking", 2) else ()
            return answer[:at] + rest
        return answer


def seen(run: Run, *, tells: bool) -> RunSeen:
    """Return a run as it is shown."""
    outcome = run.outcome if tells and not run.live else None
    return RunSeen(run.run_id, run.name, run.state, run.state.upper(), str(run.changed), outcome)
