"""The Butler, as far as outputs are judged, collected and removed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from cmcompile.model.outcome import Outcome
from cmcompile.model.tagged import TagContent
from cmcompile.model.usage import Usage
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

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        """Return what the quanta of some runs took that left metadata, those that succeeded.

        Of a task with many quanta some are read, and stand for all. There is no answer while one of the runs
        has no collection.
        """

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs of which there is no collection.

        A run has one only when it ends: of one that did not, this proves nothing.
        """

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Define a chained collection anew, in this order; it may be repeated. None: it is done."""

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        """Let a tagged collection hold exactly the datasets that are asked for; it may be repeated.

        There is no answer, and nothing is changed, where no dataset fits, or where the name is taken by a
        collection of another type.

        Parameters
        ----------
        sources
            The collections to choose from; of a dataset that several hold, that of the first counts.
        datasets
            Dataset types.
        where
            A Butler query; empty: all datasets of these types.
        """

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Remove the outputs of runs; it may be repeated. None: it is done."""


@runtime_checkable
class Listing(Protocol):
    """A `Butler` that lists what is below outputs, whoever wrote it."""

    def below(self, outputs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the RUN collections whose names are one of some outputs, a slash, and one part more."""


def below(butler: Butler, outputs: Sequence[str]) -> frozenset[str] | NoAnswer:
    """Return the RUN collections just below some outputs, where a Butler can list them."""
    if isinstance(butler, Listing):
        return butler.below(outputs)
    return NoAnswer("this Butler does not list collections")
