"""What was asked lately, such as which collections the Butler showed: a pass does not ask for that again."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from cmcompile.ledger.safe_file import read_own, replace
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import stamp

#: After so long a collection is asked for again: to import the stack costs more than all else in a pass.
AGAIN = timedelta(hours=1)


class Lately(Protocol):
    """Remembers what was asked lately."""

    def unseen(self, runs: Collection[str]) -> frozenset[str]:
        """Return what was not asked lately."""

    def saw(self, runs: Iterable[str]) -> None:
        """Keep that it was asked now."""


class Present:
    """Names of what was asked, kept in a file beside the clone; without it, everything is asked for.

    Parameters
    ----------
    path
        The file; nobody else may be able to write it.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    def lately(self, runs: Collection[str]) -> bool:
        """Tell whether all of some collections were seen within `AGAIN`."""
        return not self.unseen(runs)

    def unseen(self, runs: Collection[str]) -> frozenset[str]:
        """Return those of some collections that were not seen within `AGAIN`."""
        return frozenset(runs) - self._seen().keys()

    def saw(self, runs: Iterable[str]) -> None:
        """Keep that collections were seen now."""
        now = stamp(self._clock.now())
        seen = {**self._seen(), **dict.fromkeys(runs, now)}
        data = json.dumps(seen, indent=0, sort_keys=True).encode()
        with contextlib.suppress(OSError):  # then they are asked for once more
            replace(self._path, data, durable=False)

    def _seen(self) -> dict[str, str]:
        """Return what is not too old, nor from a time that is still to come."""
        try:
            found = json.loads(read_own(self._path))
            now = self._clock.now()
            begin, end = stamp(now - AGAIN), stamp(now)
            return {run: text for run, text in found.items() if begin < text <= end}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}
