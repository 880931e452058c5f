"""The outputs of a campaign: in its Butler repository, and files of its batch steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cmcompile.model.butler import below
from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.model.butler import Butler
    from cmcompile.model.outcome import Outcome
    from cmcompile.model.tagged import TagContent
    from cmcompile.model.usage import Usage
    from cmcompile.observe.batch.outputs import BatchOutputs


class CampaignOutputs:
    """Asks the one of two that a run belongs to; implements ``Butler``.

    Parameters
    ----------
    batch
        Of runs whose submit directory holds a job table.
    butler
        Of all others.
    """

    def __init__(self, batch: BatchOutputs, butler: Butler) -> None:
        self._batch = batch
        self._butler = butler

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> Outcome | NoAnswer:
        """Return what became of the quanta, or the jobs, of some runs."""
        found, _ = self._parts(runs)
        if not found:
            return self._butler.outcome(runs, [run for run in earlier if not self._batch.has(run)])
        return self._batch.outcome(found, earlier)

    def below(self, outputs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the RUN collections just below some outputs; batch steps have none."""
        return below(self._butler, outputs)

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        """Return what the quanta, or the jobs, of some runs took."""
        found, others = self._parts(runs)
        return self._batch.usage(found) if found else self._butler.usage(others)

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs of which there are no outputs."""
        _, others = self._parts(runs)
        return self._butler.missing(others) if others else frozenset()

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Define a chained collection anew."""
        found, _ = self._parts(runs)
        return self._batch.chain(collection, runs) if found else self._butler.chain(collection, runs)

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        """Let a tagged collection hold what is asked for."""
        return self._butler.tag(collection, sources, datasets, where)

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Remove the outputs of runs."""
        found, others = self._parts(runs)
        if found:
            return self._batch.retire(found)
        return self._butler.retire(others)

    def _parts(self, runs: Sequence[str]) -> tuple[list[str], list[str]]:
        """Return the runs of batch steps, and the others."""
        found: tuple[list[str], list[str]] = ([], [])
        for run in runs:
            found[not self._batch.has(run)].append(run)
        return found
