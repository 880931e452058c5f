"""The outputs of batch steps, as far as they are judged; implements ``Butler`` for their runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cmcompile.model.batch import JobFact
from cmcompile.model.errors import CmcompileError
from cmcompile.model.outcome import Outcome
from cmcompile.model.tagged import TagContent
from cmcompile.model.usage import Usage
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.outcome import Judged, outcome_of
from cmcompile.observe.batch.places import Places
from cmcompile.observe.batch.runs import BatchRuns

_NO_COLLECTIONS = "a batch step has no collections of a Butler: its outputs are files"


class BatchOutputs:
    """What runs of batch steps left; implements ``Butler``.

    Parameters
    ----------
    area
        The directory that submit directories are below.
    runs
        Asks the batch systems how jobs stand.
    """

    def __init__(self, area: Path, runs: BatchRuns) -> None:
        self._places = Places(area)
        self._runs = runs

    def has(self, run: str) -> bool:
        """Tell whether an output run is of a batch step."""
        return self._places.of_run(run) is not None

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> Outcome | NoAnswer:
        """Return what became of the jobs of some runs."""
        try:
            judged: list[Judged] = []
            for run in (*runs, *filter(self.has, earlier)):
                one = self._judged(run)
                if isinstance(one, NoAnswer):
                    return one
                judged.append(one)
            return outcome_of(judged[: len(runs)], judged[len(runs) :])
        except (OSError, CmcompileError, ValueError) as error:
            return NoAnswer(f"what runs left can't be read: {error}")

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        """Return nothing: jobs of a batch step leave no metadata."""
        return Usage()

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs that have no submit directory."""
        return frozenset(run for run in runs if not self.has(run))

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Say that there is nothing to chain."""
        return NoAnswer(_NO_COLLECTIONS)

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        """Say that there is nothing to tag."""
        return NoAnswer(_NO_COLLECTIONS)

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Say that files are not removed here."""
        return NoAnswer(f"{_NO_COLLECTIONS}, and cmcompile removes none; see docs/batch.md")

    def facts(self, run: str) -> dict[int, JobFact] | NoAnswer:
        """Return how each job stands that a run has given to its batch system, by number."""
        judged = self._judged(run)
        return judged if isinstance(judged, NoAnswer) else dict(judged.facts)

    def _judged(self, run: str) -> Judged | NoAnswer:
        place = self._places.of_run(run)
        if place is None:
            return NoAnswer(f"there is no submit directory of {run} here")
        answer = self._runs.jobs(place)
        return answer if isinstance(answer, NoAnswer) else Judged(place, answer)
