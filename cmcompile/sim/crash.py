"""A crash at every single boundary: of the process that applies, of its child, or of both."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.outcome import Quantum
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.task import KillAt, Victims
from cmcompile.sim.invariants import broken
from cmcompile.sim.play import Play
from cmcompile.sim.scene import Scene
from cmcompile.sim.setup import Setup, calm
from cmcompile.sim.story import Broken, Story, story


def points() -> Iterator[KillAt]:
    """Return every crash that can happen in a run in which nothing else goes wrong."""
    tasks = played().world.tasks.values()
    for task in tasks:
        variants = (Victims.ALONE, Victims.CHILD, Victims.BOTH) if task.children else (Victims.ALONE,)
        for boundary in range(1, task.passed + 1):
            for victims in variants:
                yield KillAt(task.name, boundary, victims)


def crashed(kill_at: KillAt) -> tuple[Broken, ...]:
    """Let a crash happen, and somebody else finish; return what does not hold."""
    return broken(played(kill_at))


def played(kill_at: KillAt | None = None) -> Story:
    """Return a run of three steps, of which the first needs a rescue, by passes one after the other."""
    scene = Scene(Choices.dull(), _setup(), kill_at=kill_at)
    play = Play(scene)
    try:
        play.run()
        return story(play)
    finally:
        scene.world.close()


def _setup() -> Setup:
    made = calm("rescue")
    made.passes = 0
    made.settings.fails = _Once()
    return made


class _Once:
    """Lets one quantum fail, the first time that it is tried."""

    def __init__(self) -> None:
        self._tried = False

    def __call__(self, quantum: Quantum) -> bool:
        if self._tried or quantum.task != "isr":
            return False
        self._tried = True
        return True
