"""The Butler, as far as outputs are judged, collected and removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cmcompile.model.outcome import Outcome
from cmcompile.model.wms import NoAnswer


class Butler(Protocol):
    """One data repository."""

    def outcome(self, runs: Sequence[str]) -> Outcome | NoAnswer:
        """Return what became of the quanta of some runs, oldest first, the newest counting."""

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs of which there is no collection.

        A run has one only when it ends: of one that did not, this proves nothing.
        """

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Define a chained collection anew, in this order; it may be repeated. None: it is done."""

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Remove the outputs of runs; it may be repeated. None: it is done."""
