"""The Butler, as far as outputs are judged, collected and removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from cmcompile.model.outcome import Outcome
from cmcompile.model.wms import NoAnswer


class Butler(Protocol):
    """One data repository."""

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> Outcome | NoAnswer:
        """Return what became of the quanta of some runs, oldest first, the newest counting.

        Parameters
        ----------
        runs
            What is counted. There is no answer while one of them has no collection.
        earlier
            What these follow, oldest first; it is not counted. ``cleared`` names the quanta that failed in
            one of these, or in an older one of ``runs``, and succeeded in the newest of ``runs`` that has
            them.
            One without a collection is passed over: nothing of it is left.
        """

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs of which there is no collection.

        A run has one only when it ends: of one that did not, this proves nothing.
        """

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Define a chained collection anew, in this order; it may be repeated. None: it is done."""

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Remove the outputs of runs; it may be repeated. None: it is done."""
