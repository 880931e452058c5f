"""The clock of the system."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class SystemClock:
    """The time of day, and real waiting; implements ``Clock``."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
