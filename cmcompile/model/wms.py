"""A workload system, as `apply` and `reconcile` see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from cmcompile.model.body import WmsRef
from cmcompile.model.outcome import Outcome

#: Of a run whose supervisor on this machine is gone: the word of its record.
LOST = "SUPERVISOR_GONE"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A source could not be asked, or what it answered can't be trusted: nothing is known."""

    why: str


@dataclass(frozen=True, slots=True)
class RunSeen:
    """A run, as a workload system shows it now.

    Attributes
    ----------
    name
        Exactly as shown.
    state
        ``submitted``, ``running``, ``held``, ``succeeded``, ``partial``, ``failed`` or ``cancelled``.
    wms_state
        The system's own word.
    changed
        A text that differs after each change of the run's state, such as the time of the last one: it tells
        that a restart was taken up.
    outcome
        With an end, where the system itself tells.
    """

    run_id: str
    name: str
    state: str
    wms_state: str
    changed: str = ""
    outcome: Outcome | None = None


class Wms(Protocol):
    """All workload systems that a campaign uses; each call names the one that is meant.

    No method retries anything, and none waits longer than the system's own time-out.
    """

    def find(self, where: WmsRef, prefixes: Sequence[str]) -> tuple[RunSeen, ...] | NoAnswer:
        """Return all runs, old and new, whose names begin with one of some prefixes.

        What is not shown may exist all the same: it may be too new, or the answer incomplete.
        """

    def look(self, where: WmsRef, run_ids: Sequence[str]) -> Mapping[str, RunSeen] | NoAnswer:
        """Return runs by their ids; one that is not shown is left out."""

    def cancel(self, where: WmsRef, run_id: str) -> NoAnswer | None:
        """Ask for the end of a run; it may be repeated. None: the system took it."""

    def cancel_command(self, where: WmsRef, run_id: str) -> str:
        """Return the command with which a person ends a run."""

    def settling(self, where: WmsRef) -> float:
        """Return after how many seconds a run that was taken is shown, as far as is known."""
