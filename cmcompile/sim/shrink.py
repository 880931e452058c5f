"""Making a failing run small: choices are taken out or made dull as long as it still fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import monotonic
from typing import TypeAlias

#: Tells whether choices still fail in the same way; it returns those that were really asked for, or None.
Fails: TypeAlias = Callable[[Sequence[int]], Sequence[int] | None]


class _Shrinking:
    def __init__(self, made: Sequence[int], fails: Fails, most: int, seconds: float) -> None:
        self.best = _trimmed(made)
        self._fails = fails
        self._left = most
        self._until = monotonic() + seconds

    @property
    def spent(self) -> bool:
        return self._left <= 0 or monotonic() > self._until

    def accept(self, tried: Sequence[int]) -> bool:
        """Try other choices, and keep them if they are simpler and still fail."""
        tried = _trimmed(tried)
        if self.spent or _size(tried) >= _size(self.best):
            return False
        self._left -= 1
        asked = self._fails(tried)
        if asked is None:
            return False
        self.best = min((tried, _trimmed(asked)), key=_size)
        return True

    def cut(self) -> bool:
        """Leave out the end."""
        changed, step = False, len(self.best) // 2
        while step:
            while len(self.best) > step and self.accept(self.best[:-step]):
                changed = True
            step //= 2
        return changed

    def blocks(self, change: Callable[[list[int], int, int], list[int]], biggest: int) -> bool:
        """Change blocks of choices, from the end to the beginning, in smaller and smaller ones."""
        changed, step = False, biggest
        while step and not self.spent:
            at = len(self.best) - step
            while at >= 0 and not self.spent:
                if self.accept(change(list(self.best), at, step)):
                    changed = True
                at -= step
            step //= 2
        return changed

    def values(self) -> bool:
        """Make single choices smaller."""
        changed = False
        for at in range(len(self.best) - 1, -1, -1):
            while at < len(self.best) and self.best[at] > 1 and not self.spent:
                tried = list(self.best)
                tried[at] //= 2
                if not self.accept(tried):
                    break
                changed = True
        return changed


def shrink(made: Sequence[int], fails: Fails, most: int = 1500, seconds: float = 60.0) -> tuple[int, ...]:
    """Return simpler choices that fail in the same way.

    Parameters
    ----------
    fails
        Runs the world with choices.
    most, seconds
        So many runs are made at most, and for about so long.
    """
    work = _Shrinking(made, fails, most, seconds)
    while not work.spent:
        changed = work.cut()
        size = max(len(work.best) // 4, 1)
        changed |= work.blocks(lambda c, at, n: c[:at] + [0] * n + c[at + n :], size)
        changed |= work.blocks(lambda c, at, n: c[:at] + c[at + n :], min(size, 64))
        changed |= work.values()
        if not changed:
            break
    return work.best


def _trimmed(made: Sequence[int]) -> tuple[int, ...]:
    """Leave out what is dull at the end: past the end everything is."""
    size = len(made)
    while size and made[size - 1] == 0:
        size -= 1
    return tuple(made[:size])


def _size(made: Sequence[int]) -> tuple[int, int, int]:
    """Return how simple choices are: how many are not dull, how many there are, how large they are."""
    return sum(map(bool, made)), len(made), sum(made)
