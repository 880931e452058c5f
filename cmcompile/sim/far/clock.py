"""Clocks of the simulated world."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

#: When the world begins.
EPOCH = datetime(2026, 11, 20, 8, tzinfo=UTC)


class Time(Protocol):
    """What a clock needs of a world."""

    now: float

    def sleep(self, seconds: float) -> None:
        """Wait."""


class WorldClock:
    """The world's time, wrong by so many seconds; implements ``Clock``."""

    def __init__(self, time: Time, skew: float = 0.0) -> None:
        self._time = time
        self.skew = skew

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return EPOCH + timedelta(seconds=self._time.now + self.skew)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self._time.sleep(seconds)
