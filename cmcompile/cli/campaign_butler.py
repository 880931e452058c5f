"""The Butler repository of a campaign; it is found out when it is first asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.model.butler import below
from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.model.butler import Butler
    from cmcompile.model.outcome import Outcome
    from cmcompile.model.tagged import TagContent
    from cmcompile.model.usage import Usage


class CampaignButler:
    """The one repository that the groups of a campaign are written to; implements ``Butler``.

    Parameters
    ----------
    configs
        Returns the repositories that the groups name.
    area
        Where BPS runs.
    """

    def __init__(self, configs: Callable[[], Sequence[str]], area: Path) -> None:
        self._configs = configs
        self._area = area
        self._known: dict[str, Butler] = {}

    def outcome(self, runs: Sequence[str], earlier: Sequence[str] = ()) -> Outcome | NoAnswer:
        """Return what became of the quanta of some runs."""
        butler = self._butler()
        return butler if isinstance(butler, NoAnswer) else butler.outcome(runs, earlier)

    def usage(self, runs: Sequence[str]) -> Usage | NoAnswer:
        """Return what the quanta of some runs took."""
        butler = self._butler()
        return butler if isinstance(butler, NoAnswer) else butler.usage(runs)

    def missing(self, runs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the runs of which there is no collection."""
        butler = self._butler()
        return butler if isinstance(butler, NoAnswer) else butler.missing(runs)

    def chain(self, collection: str, runs: Sequence[str]) -> NoAnswer | None:
        """Define a chained collection anew."""
        butler = self._butler()
        return butler if isinstance(butler, NoAnswer) else butler.chain(collection, runs)

    def tag(
        self, collection: str, sources: Sequence[str], datasets: Sequence[str], where: str
    ) -> TagContent | NoAnswer:
        """Let a tagged collection hold what is asked for."""
        butler = self._butler()
        if isinstance(butler, NoAnswer):
            return butler
        return butler.tag(collection, sources, datasets, where)

    def retire(self, runs: Sequence[str]) -> NoAnswer | None:
        """Remove the outputs of runs."""
        butler = self._butler()
        return butler if isinstance(butler, NoAnswer) else butler.retire(runs)

    def below(self, outputs: Sequence[str]) -> frozenset[str] | NoAnswer:
        """Return the RUN collections just below some outputs."""
        butler = self._butler()
        return butler if isinstance(butler, NoAnswer) else below(butler, outputs)

    def _butler(self) -> Butler | NoAnswer:
        configs = list(self._configs())
        if not configs:
            return NoAnswer("no group of the campaign says which Butler repository it is for")
        if len(configs) > 1:
            some = ", ".join(configs[:3])
            return NoAnswer(
                f"the groups of the campaign are for {len(configs)} Butler repositories ({some}), and one "
                "campaign can have one: set the same `payload.butlerConfig` for all"
            )
        config = configs[0]
        if config not in self._known:
            from cmcompile.observe.butler.repository import Repository

            self._known[config] = Repository(config, self._area)
        return self._known[config]
