"""One run of the world: from an empty ledger to a campaign that is settled, or waits for a person."""

from __future__ import annotations

import math

from cmcompile.model.states import GroupState
from cmcompile.plan.standing import Judged
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.faults import Rates
from cmcompile.sim.far.task import KillAt
from cmcompile.sim.hand import meddle
from cmcompile.sim.person import Person
from cmcompile.sim.runner import Runner, Work
from cmcompile.sim.scene import Scene
from cmcompile.sim.setup import Setup

_SETTLED = frozenset({GroupState.ACCEPTED, GroupState.REJECTED, GroupState.SUPERSEDED})
#: The calm end: so many passes at most, so far apart at least, in seconds.
_ROUNDS, _APART = 200, 4000.0
_MONTH = 30 * 86400.0
#: A person looks so often at most before everything becomes calm.
_LOOKS = 1000


class Play:
    """Runners, a person, and what they do until the campaign is settled.

    Attributes
    ----------
    rounds
        How many passes it took after everything became calm.
    found
        Where all groups stand at the end.
    hidden
        For how long each run was not shown before everything became calm, by id, in seconds.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.runners = [Runner(scene, n + 1, host) for n, host in enumerate(scene.setup.runners)]
        self.person = Person(scene)
        self.rounds = 0
        self.found: Judged | None = None
        self.hidden: dict[str, float] = {}
        self._left = scene.setup.passes
        self._meddled = 0
        self._calm = False

    def run(self) -> None:
        """Play to the end."""
        scene = self.scene
        for runner in self.runners:
            self._next(runner)
        if scene.setup.active:
            self._look_later()
        scene.world.run(until=lambda: self._left <= 0)
        self.calm_down()
        self.found = self.person.judged()
        scene.world.close()

    # The rough part.

    def _next(self, runner: Runner) -> None:
        world = self.scene.world
        delay = min(world.choices.seconds("next pass", self.scene.setup.every), _MONTH)
        world.later(delay, "", lambda: self._begin(runner))

    def _begin(self, runner: Runner) -> None:
        if self._left <= 0:
            return
        self._left -= 1
        if runner.task is None or not runner.task.alive or self.scene.world.choices.chance("overlaps", 0.3):
            runner.begin(interrupts=self.scene.setup.interrupts)
        self._next(runner)

    def _look_later(self) -> None:
        world = self.scene.world
        # Choices that were made dull would have a person look again at once, and time stand still.
        delay = max(1.0, min(world.choices.seconds("next look", self.scene.setup.answers), _MONTH))
        world.later(delay, "", self._look)

    def _look(self) -> None:
        if self._calm or self._meddled >= _LOOKS:
            return
        self._meddled += 1
        meddle(self.scene, self._meddled)
        self.person.look()
        if self._left > 0 and all(
            p.standing.state in _SETTLED for p in self.person.judged().positions.values()
        ):
            self._left = min(self._left, 4)
        self._look_later()

    # The calm end.

    def calm_down(self) -> None:
        """Let nothing go wrong any more, wait for who still sleeps, and pass until nothing changes."""
        scene, world = self.scene, self.scene.world
        self._calm = True
        self._left = 0
        world.rates = Rates(scene.setup.rates.switch)
        scene.wms.down.clear()
        scene.butler.down = False
        scene.line.down_until = 0.0
        self.hidden = {run.run_id: run.visible - run.taken for run in scene.wms.runs.values()}
        for run in scene.wms.runs.values():
            run.visible = min(run.visible, world.now)
        scene.setup.preparing.transient = 0.0
        scene.setup.settings.tells = True
        world.run()
        last = Runner(scene, 0, 0)
        quiet = 0
        for self.rounds in range(1, _ROUNDS + 1):
            before, newest = scene.far.at(), scene.branch.newest
            for runner in (last, *self.runners):
                if runner is last or len(runner.clone.spool):
                    runner.clone.anew()
                    runner.begin(Work.RECONCILE)
                    world.run()
            if scene.setup.active:
                self.person.look(calm=True)
            quiet = quiet + 1 if (before, newest) == (scene.far.at(), scene.branch.newest) else 0
            if quiet > 1 or world.exhausted:
                break
            world.run(world.now + _APART, lambda: False)
            world.run(math.inf, lambda: not scene.wms.live())


def play(choices: Choices, setup: Setup, kill_at: KillAt | None = None) -> Play:
    """Play one run."""
    made = Play(Scene(choices, setup, kill_at=kill_at))
    made.run()
    return made
