"""Benches over a real Butler; ``sky``, which imports the stack, is imported only when one is used."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cmcompile.model.outcome import Quantum
from cmcompile.observe.butler.repository import Repository


class SkyBench:
    """A small sky; keeps what ``contracts.butler.ButlerBench`` says.

    Parameters
    ----------
    repo
        The directory of the repository.
    area
        Where the graphs of workflows are written.
    """

    def __init__(self, repo: Path, area: Path) -> None:
        self.repo, self.area = repo, area
        self.butler = Repository(str(repo), area)

    def ended(self, run: str, quanta: Mapping[Quantum, bool]) -> None:
        import sky

        sky.execute(self.repo, self.area, run, quanta)

    def chained(self, collection: str) -> tuple[str, ...] | None:
        from lsst.daf.butler import Butler, MissingCollectionError

        with Butler.from_config(str(self.repo)) as butler:
            try:
                return tuple(butler.collections.get_info(collection).children)
            except MissingCollectionError:
                return None

    def tagged(self, collection: str) -> frozenset[tuple[str, str]] | None:
        from lsst.daf.butler import Butler, CollectionType, MissingCollectionError

        with Butler.from_config(str(self.repo)) as butler:
            try:
                info = butler.collections.get_info(collection, include_summary=True)
            except MissingCollectionError:
                return None
            assert info.type is CollectionType.TAGGED
            refs = [
                ref
                for kind in info.dataset_types
                for ref in butler.query_datasets(kind, collections=collection, explain=False)
            ]
            ids = (", ".join(f"{k}={v}" for k, v in sorted(ref.dataId.required.items())) for ref in refs)
            return frozenset(zip((ref.run for ref in refs), ids, strict=True))

    def break_down(self) -> None:
        """Let the registry be none."""
        config = self.repo / "butler.yaml"
        text = config.read_text(encoding="utf-8")
        (self.repo / "gen3.sqlite3").write_bytes(b"this is no database" * 100)
        config.write_text(text.replace("@127.0.0.1:", "@127.0.0.1:1"), encoding="utf-8")

    def clear(self) -> None:
        """Remove all collections but the raws."""
        from lsst.daf.butler import Butler
        from sky import RAWS

        with Butler.from_config(str(self.repo), writeable=True) as butler:
            found = butler.collections.query_info("*")
            for info in found:
                if info.type.name in ("CHAINED", "TAGGED"):
                    butler.collections.x_remove(info.name)
            butler.removeRuns([i.name for i in found if i.type.name == "RUN" and i.name != RAWS])
