"""What a mutant is: the protocol with one guard left out, and the invariant that must break for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cmcompile.sim.far.choices import Choices
from cmcompile.sim.seed import Patch, Ran, run_seed
from cmcompile.sim.setup import Setup, chosen
from cmcompile.sim.shrink import shrink
from cmcompile.sim.story import Broken


@dataclass(frozen=True, slots=True)
class Mutant:
    """A guard that is left out.

    Attributes
    ----------
    breaks
        The name of the invariant that breaks.
    seed
        Where it was found to break first; the search begins there, so that it is short as long as the same
        seeds give the same worlds.
    most
        So many seeds are searched at most.
    why
        What the words of the breach must hold, where an invariant has several reasons.
    setup
        The world that it is looked for in, where it shows in hardly any of those that are chosen.
    stage
        What that world needs; it is there with the guard too.
    """

    name: str
    patches: tuple[Patch, ...]
    breaks: str
    seed: int = 0
    most: int = 300
    why: str = ""
    setup: Callable[[Choices], Setup] = chosen
    stage: tuple[Patch, ...] = ()

    def ran(self, seed: int, replay: Sequence[int] | None = None, *, trace: bool = False) -> Ran:
        """Run a seed without the guard."""
        return run_seed(
            seed, patches=(*self.stage, *self.patches), setup=self.setup, replay=replay, trace=trace
        )

    def sound(self, seed: int, replay: Sequence[int] | None = None) -> Ran:
        """Run a seed with the guard."""
        return run_seed(seed, patches=self.stage, setup=self.setup, replay=replay)

    def found(self, ran: Ran) -> Broken | None:
        """Return the breach that this mutant must show."""
        return next((one for one in ran.broken if one.name == self.breaks and self.why in one.why), None)

    def first(self, start: int, most: int) -> Ran | None:
        """Search seeds in order; return the first run in which the invariant breaks."""
        runs = (self.ran(seed) for seed in range(start, start + most))
        return next((ran for ran in runs if self.found(ran) is not None), None)

    def shrunk(self, ran: Ran, most: int, seconds: float) -> Ran:
        """Return a simpler run in which the same invariant breaks."""

        def fails(choices: Sequence[int]) -> Sequence[int] | None:
            tried = self.ran(ran.seed, choices)
            return None if self.found(tried) is None else tried.choices

        return self.ran(ran.seed, shrink(ran.choices, fails, most, seconds), trace=True)
