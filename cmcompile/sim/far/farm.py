"""The lives of runs inside the simulated workload system."""

from __future__ import annotations

import math
from collections.abc import Callable

from cmcompile.model.body import WmsRef
from cmcompile.sim.far.faults import Fault
from cmcompile.sim.far.quanta import Fates, state_of, usual
from cmcompile.sim.far.runs import HAND, Job, Origin, Run
from cmcompile.sim.far.scheduler import World
from cmcompile.sim.far.settings import Settings

#: The first id; each further one is greater by one.
_FIRST = 1001


class Farm:
    """Takes runs, and lets them go through their lives by virtual time.

    Attributes
    ----------
    runs
        All there ever were, by id, in the order in which they were taken.
    ended
        Called with each run that ends.
    fates
        What becomes of quanta.
    """

    def __init__(self, world: World, settings: Settings | None = None) -> None:
        self.world = world
        self.settings = settings or Settings()
        self.runs: dict[str, Run] = {}
        self.ended: list[Callable[[Run], None]] = []
        self.fates = Fates(world.choices)

    def live(self, where: WmsRef | None = None) -> tuple[Run, ...]:
        """Return the runs that are live now."""
        return tuple(run for run in self.runs.values() if run.live and where in (None, run.where))

    def take(self, where: WmsRef, job: Job, by: str) -> Run:
        """Take a run."""
        now = self.world.now
        run = Run(str(_FIRST + len(self.runs)), where, job, by, now, now)
        run.intervals.append((now, math.inf))
        run.origins.append(Origin("submitted", job.claim, job.gate))
        run.causes.append((job.claim, job.gate))
        self.runs[run.run_id] = run
        self.world.note(f"run {run.run_id} {job.name} is taken, asked for by {by}")
        if self.world.drawn(Fault.HIDDEN):
            seconds = self.world.choices.seconds("hidden", self.settings.hidden)
            run.visible += seconds
            self.world.fire(Fault.HIDDEN, f"run {run.run_id} for {seconds} s")
        self._after(run, self.settings.waits, self._begin)
        return run

    def register(self, run: Run, claim: str = "", gate: str = "") -> None:
        """Register a restart, which is taken up later, if the run is over then."""
        run.restarts += 1
        run.causes.append((claim, gate))
        self.world.note(f"restart of run {run.run_id} is registered")

        def take_up() -> None:
            run.restarts -= 1
            if not run.live:
                self._go_on(run, Origin("restarted", claim, gate))

        self.world.later(self._span("restart", self.settings.waits), "", take_up)

    def end(self, run_id: str, state: str = "") -> None:
        """End a live run now.

        Parameters
        ----------
        state
            ``succeeded``, ``failed`` or ``cancelled``; empty: as its quanta went.
        """
        run = self.runs[run_id]
        if not run.live:
            return
        run.outcome = None
        if state != "cancelled":
            quanta = run.job.quanta or usual(run.job.output_run)
            fails = self.settings.fails if not state else lambda _: state == "failed"
            run.outcome = self.fates.decide(quanta, self.settings.failing, self.settings.again, fails)
            state = state or state_of(run.outcome)
        run.intervals[-1] = (run.intervals[-1][0], self.world.now)
        self._turn(run, state)
        for told in self.ended:
            told(run)
        if state in ("partial", "failed") and self.world.drawn(Fault.REOPENED):
            self._after(run, self.settings.runs, lambda run: self.reopen(run.run_id))

    def reopen(self, run_id: str) -> None:
        """Take a run that is over back to running, under the same id."""
        run = self.runs[run_id]
        if not run.live:
            run.reopened += 1
            self.world.fire(Fault.REOPENED, f"run {run_id}")
            self._go_on(run, Origin("reopened"))

    def by_hand(self, where: WmsRef, job: Job) -> str:
        """Submit a run as a person does, past cmcompile; return its id."""
        self.world.fire(Fault.HAND_SUBMIT, job.name)
        return self.take(where, job, HAND).run_id

    def restart_by_hand(self, run_id: str) -> None:
        """Restart a run as a person does, past cmcompile."""
        self.world.fire(Fault.HAND_RESTART, f"run {run_id}")
        self.register(self.runs[run_id])

    def cancel_by_hand(self, run_id: str) -> None:
        """Cancel a run as a person does, past cmcompile."""
        self.world.fire(Fault.HAND_CANCEL, f"run {run_id}")
        self.stop(self.runs[run_id])

    def stop(self, run: Run) -> None:
        """End a run as cancelled, some time later."""
        delay = self._span("cancel", self.settings.waits / 5)
        self.world.later(delay, "", lambda: self.end(run.run_id, "cancelled"))

    def _begin(self, run: Run) -> None:
        if self.settings.holding and self.world.choices.chance("held", self.settings.holding):
            self._turn(run, "held")
            self._after(run, self.settings.runs, self._run)
        else:
            self._run(run)

    def _run(self, run: Run) -> None:
        self._turn(run, "running")
        lasts = self.settings.lasts
        typical = self.settings.runs if lasts is None else lasts(run.job)
        self._after(run, typical, lambda run: self.end(run.run_id))

    def _go_on(self, run: Run, origin: Origin) -> None:
        self.world.note(f"run {run.run_id} is {origin.how}")
        run.origins.append(origin)
        run.outcome = None
        run.intervals.append((self.world.now, math.inf))
        self._run(run)

    def _turn(self, run: Run, state: str) -> None:
        run.state = state
        run.changed += 1
        self.world.note(f"run {run.run_id} is {state}")

    def _after(self, run: Run, typical: float, act: Callable[[Run], None]) -> None:
        """Let something happen to a run later, unless its state changed meanwhile."""
        before = run.changed

        def effect() -> None:
            if run.changed == before:
                act(run)

        self.world.later(self._span("life", typical), "", effect)

    def _span(self, label: str, typical: float) -> float:
        return typical + self.world.choices.seconds(label, typical)
