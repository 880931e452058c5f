"""A spool in memory: what it keeps outlives the processes of its host."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cmcompile.ledger.spool import Aside, Kept, Spool
from cmcompile.model.event import Draft
from cmcompile.model.ledger import LedgerError
from cmcompile.model.transaction import Proposal
from cmcompile.sim.far.scheduler import World


class MemorySpool(Spool):
    """Keeps proposals as `cmcompile.ledger.spool.Spool` does, with boundaries around each effect."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(Path(name))
        self._world = world
        self._files: dict[Path, Proposal] = {}
        self._last = 0

    def __len__(self) -> int:
        return len(self._files)

    def keep(self, proposal: Proposal) -> Kept:
        """Keep a proposal.

        Raises
        ------
        LedgerError
            When it has no events.
        """
        if not proposal.drafts:
            raise LedgerError("a proposal without events can't be kept")
        self._world.point("spool.keep")
        self._last += 1
        kept = Kept(self.directory / f"{self._last:09d}-{proposal.drafts[0].id}.json", proposal)
        self._files[kept.path] = proposal
        self._world.note(f"keeps {', '.join(draft.kind for draft in proposal.drafts)} on disk")
        self._world.point("spool.kept")
        return kept

    def remove(self, kept: Kept) -> None:
        """Take a proposal out."""
        self._world.point("spool.remove")
        self._files.pop(kept.path, None)

    def kept(self) -> Iterator[Kept | Aside]:
        """Return what is kept, oldest first."""
        for path, proposal in list(self._files.items()):
            yield Kept(path, proposal)

    def reply(self, draft: Draft) -> None:
        """Keep the reply that a child got."""
        self.keep(Proposal((draft,), message=f"submitted {draft.subject}"))
