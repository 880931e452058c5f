"""The log of a served far side: every request that it received, before anything came of it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from cmcompile.sim.served.troubles import WITHOUT_EFFECT, Trouble
from cmcompile.sim.served.wire import Object, line_of

#: Requests that are not idempotent.
_CALLS = frozenset({"submit", "restart"})


@dataclass(frozen=True, slots=True)
class Entry:
    """A request, as the log has it.

    Attributes
    ----------
    at, simulated
        When: UTC with microseconds, and in seconds of the simulated world.
    trouble
        What went wrong with it; empty: nothing.
    """

    at: str
    simulated: float
    request: Object
    trouble: str = ""

    @property
    def made(self) -> bool:
        """Whether it is a submission or a restart that took effect."""
        without = {trouble.value for trouble in WITHOUT_EFFECT}
        return self.request.get("ask") in _CALLS and self.trouble not in without


class Journal:
    """An append-only file; each line is on the disk before its request is carried out."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def note(self, request: Mapping[str, object], simulated: float, trouble: Trouble | None) -> None:
        """Write a request down."""
        at = datetime.now(UTC).isoformat(timespec="microseconds")
        word = "" if trouble is None else trouble.value
        self._file.write(line_of({"at": at, "simulated": simulated, "request": request, "trouble": word}))
        self._file.flush()
        os.fsync(self._file.fileno())


def entries(path: Path) -> list[Entry]:
    """Read a log; a last line that is cut off is left out."""
    lines = path.read_bytes().split(b"\n")[:-1]
    return [Entry(**json.loads(line)) for line in lines]
