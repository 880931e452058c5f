"""What is special about some plugins of BPS: the one place that knows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Habits:
    """How a plugin differs from what BPS leads to expect.

    Attributes
    ----------
    blocks
        Its submission returns only when the run is over, and gives no id: it is run by a supervisor.
    restarts_by_path
        It restarts a run by its submit directory; others by the id of the run.
    has_records
        Its runs are recorded below the directory that `cmcompile.engine.record.home_of` gives.
    """

    blocks: bool = False
    restarts_by_path: bool = False
    has_records: bool = False


_USUAL = Habits()
#: By the last part of the class.
_HABITS = {
    "EngineService": Habits(has_records=True),
    "HTCondorService": Habits(restarts_by_path=True),
    "ParslService": Habits(blocks=True, restarts_by_path=True, has_records=True),
}


def habits_of(service: str) -> Habits:
    """Return the habits of a plugin class."""
    return _HABITS.get(service.rpartition(".")[2], _USUAL)
