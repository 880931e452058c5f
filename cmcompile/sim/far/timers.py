"""What will happen in the world by itself, in order of time."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from typing import TypeAlias

_Effect: TypeAlias = Callable[[], object]


class Timers:
    """Effects that are due at some time; of two at the same time the one that was added first comes first.

    Attributes
    ----------
    due
        When the next one is; infinity: there is none.
    """

    def __init__(self) -> None:
        self.due = math.inf
        self._heap: list[tuple[float, int, str, _Effect]] = []
        self._added = 0

    def add(self, when: float, label: str, effect: _Effect) -> None:
        """Add an effect."""
        self._added += 1
        heapq.heappush(self._heap, (when, self._added, label, effect))
        self.due = self._heap[0][0]

    def pop(self) -> tuple[str, _Effect]:
        """Take the next one out."""
        _, _, label, effect = heapq.heappop(self._heap)
        self.due = self._heap[0][0] if self._heap else math.inf
        return label, effect
