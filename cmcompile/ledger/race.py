"""The tries of one transaction: commits that are pushed until one of them is seen on a tip."""

from __future__ import annotations

from cmcompile.ledger.book import Ledger
from cmcompile.ledger.placing import place
from cmcompile.ledger.sighting import Attempt, Sighting, look
from cmcompile.model.ledger import Commit, Push, Tip
from cmcompile.model.transaction import Proposal


class Race:
    """The attempts of one transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.backoff = ledger.backoff()
        self.attempts: list[Attempt] = []
        #: A pushed commit that may be on the branch, or may still get there.
        self.open: Commit | None = None
        self.unclear = 0
        #: Ids of own events that somebody else has written.
        self.taken: frozenset[str] = frozenset()

    def look(self, tip: Tip) -> Sighting | None:
        """Look for the events of all attempts; those whose base is gone can't land any more."""
        if not self.attempts:
            return None
        seen = look(self._ledger.store, tip, self.attempts)
        if seen is not None and not seen.ours:
            self.taken |= {event.draft.id for event in seen.events}
            seen = None
        if seen is None and self.open is not None and self.open.base != tip.commit:
            self.open = None
        return seen

    def commit(self, tip: Tip, proposal: Proposal) -> Commit | None:
        """Make a commit on a tip; None: all that is proposed is there already."""
        placed = place(self._ledger.store, tip, proposal)
        if not placed.files:
            return None
        commit = self._ledger.store.commit(tip, placed.files, proposal.message)
        self.attempts.append(Attempt(proposal, commit, placed.events, placed.before))
        return commit

    def push(self, commit: Commit) -> None:
        """Push the newest commit, or push it again; wait where it was not taken."""
        self.backoff.tries += 1
        answer = self._ledger.store.push(commit)
        if answer is not Push.MOVED:
            self.open = commit
        if answer is Push.UNCLEAR:
            self.unclear += 1
        if answer is not Push.DONE:
            self.backoff.wait()

    def failed(self) -> None:
        """Wait after the remote could not be reached."""
        self.backoff.tries += 1
        self.backoff.wait()

    def forget(self) -> None:
        """Look for the attempts so far no more: what came of them is known."""
        self.attempts.clear()
        self.open = None
