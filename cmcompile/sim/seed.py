"""One seed: a run of the world, judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

from cmcompile.sim.coverage import Coverage, coverage
from cmcompile.sim.far.choices import Choices
from cmcompile.sim.far.task import KillAt
from cmcompile.sim.git_far import InGit
from cmcompile.sim.invariants import broken
from cmcompile.sim.play import Play
from cmcompile.sim.scene import InMemory, Scene
from cmcompile.sim.setup import Setup, chosen
from cmcompile.sim.story import Broken, story

#: An attribute of a module or a class, and what stands there while a seed runs: a guard left out.
Patch: TypeAlias = tuple[object, str, object]
#: In git each transaction takes tens of milliseconds: fewer passes are made.
_FEWER = 3


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one run.

    Attributes
    ----------
    choices
        What was chosen, as it may be replayed.
    trace
        Who did what, and when; empty where nobody asked for it and nothing is broken.
    """

    seed: int
    choices: tuple[int, ...]
    broken: tuple[Broken, ...]
    coverage: Coverage
    trace: str = ""


def run_seed(
    seed: int,
    *,
    replay: Sequence[int] | None = None,
    store: str = "memory",
    patches: Sequence[Patch] = (),
    trace: bool = False,
    setup: Callable[[Choices], Setup] = chosen,
    kill_at: KillAt | None = None,
) -> Ran:
    """Run the world once, and judge it.

    Parameters
    ----------
    replay
        Choices to take instead of drawing them from the seed.
    store
        ``memory``, or ``git`` for a bare remote with a clone for each runner.
    patches
        What is put in the place of production code meanwhile.
    kill_at
        A crash that happens whatever is chosen.
    """
    choices = Choices(seed, replay)
    with _patched(patches), _far(store) as far:
        made = setup(choices)
        if store == "git":
            made.passes //= _FEWER
        scene = Scene(choices, made, kill_at=kill_at, far=far)
        play = Play(scene)
        try:
            play.run()
            told = story(play)
            found = broken(told)
            counts = coverage(told)
        finally:
            scene.world.close()
    text = scene.world.told() if trace or found else ""
    return Ran(seed, tuple(choices.made), found, counts, text)


@contextmanager
def _far(store: str) -> Iterator[Callable[..., InMemory | InGit]]:
    if store == "memory":
        yield InMemory
        return
    with TemporaryDirectory(prefix="cmcompile-sim-") as home:
        yield lambda world: InGit(world, Path(home))


@contextmanager
def _patched(patches: Sequence[Patch]) -> Iterator[None]:
    before = [(owner, name, getattr(owner, name)) for owner, name, _ in patches]
    try:
        for owner, name, value in patches:
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)
