"""The lease of a campaign's passes: a ref beside the ledger, swapped as the ledger is.

It spares two loops each other's work, and nothing more: a pass is as safe without it. So whatever goes wrong
with it lets the pass be made. See ``docs/adr/0030-a-lease-saves-work.md``.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cmcompile.git import refs, remote
from cmcompile.git.answer import Verdict
from cmcompile.git.errors import GitError
from cmcompile.git.identity import identity
from cmcompile.git.revision import Revision
from cmcompile.git.run import run
from cmcompile.git.stream import make_commit
from cmcompile.ledger.lease_file import FILE, lease_bytes, read_lease
from cmcompile.ledger.names import branch
from cmcompile.model.child import Host
from cmcompile.model.errors import SourceError
from cmcompile.model.lease import Lease, Turn, is_over
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import stamp

#: No branch: a push to it starts no job, and no clone fetches it.
_PREFIX = "refs/cmcompile/leases/"
#: Others may take it at the same moment.
_TRIES = 3
_OURS = Turn(True)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who asks for leases, and what their time and life are told by.

    Attributes
    ----------
    seconds
        How long a lease holds.
    passed
        Seconds of a clock that only goes forward.
    """

    host: Host
    clock: Clock
    seconds: int
    passed: Callable[[], float] = time.monotonic

    def lease(self, by: str) -> Lease:
        """Return what is written now."""
        return Lease(self.host.here(), by, stamp(self.clock.now()), self.seconds)


class CampaignLease:
    """The lease of one campaign, as one process sees it.

    Attributes
    ----------
    remote
        The one that has the ledger; None: it is this repository.
    """

    def __init__(self, root: Path, campaign: str, remote: str | None, holder: Holder) -> None:
        self.remote = remote
        self._root = root
        self._ref = f"{_PREFIX}{branch(campaign).partition('/')[2]}"
        self._holder = holder
        self._own = ""
        self._taken = 0.0
        self._theirs = ("", 0.0)

    @property
    def every(self) -> float:
        """After how many seconds it is renewed."""
        return self._holder.seconds / 3

    @property
    def held(self) -> bool:
        """Whether it was ours when it was taken or renewed last."""
        return bool(self._own)

    def take(self) -> Turn:
        """Take the lease, or renew it where a third of it is over."""
        try:
            if self._own and self._holder.passed() - self._taken < self.every:
                return _OURS
            return self._take()
        except (GitError, SourceError) as error:
            return Turn(True, why=str(error))

    def renew(self) -> None:
        """Write that it goes on; where that can't be done, others may make passes too."""
        try:
            if self._own:
                self._swap(self._own)
        except (GitError, SourceError):
            return

    def give_back(self) -> None:
        """Let others have it at once; where that can't be done, it ends by itself."""
        own, self._own = self._own, ""
        try:
            if own:
                self._push(own, None)
        except GitError:
            return

    def _take(self) -> Turn:
        if self._own and self._swap(self._own) in (Verdict.DONE, Verdict.UNREACHED):
            return _OURS
        for _ in range(_TRIES):
            stands = self._ask()
            if stands and (found := self._in_force(stands)) is not None:
                return Turn(False, found)
            verdict = self._swap(stands)
            if verdict is Verdict.DONE:
                return _OURS
            if verdict in (Verdict.REFUSED, Verdict.UNREACHED):
                return Turn(True, why=f"{self._ref} can't be pushed to {self.remote or 'this repository'}")
        return Turn(True, why=f"{self._ref} moves while it is taken")

    def _in_force(self, stands: str) -> Lease | None:
        """Return the lease that stands, unless it is over, or is nothing that can be read."""
        now = self._holder.passed()
        if self._theirs[0] != stands:
            self._theirs = (stands, now)
        lease = self._read(stands)
        if lease is None or lease.process == self._holder.host.here():
            return None
        alive = self._holder.host.alive(lease.process)
        unchanged = now - self._theirs[1]
        over = is_over(lease, self._holder.clock.now(), alive=alive, unchanged=unchanged)
        return None if over else lease

    def _read(self, commit: str) -> Lease | None:
        if self.remote is not None and run(self._root, "cat-file", "-e", commit).code != 0:
            why = remote.bring(self._root, self.remote, self._ref)
            # One that can't be had, and still stands, may be in force.
            if why and self._ask() == commit:
                raise GitError(why)
        try:
            return read_lease(Revision(self._root, commit).read(FILE))
        except (GitError, SourceError):
            return None

    def _swap(self, old: str) -> Verdict:
        """Put our lease where another one, or none, stands."""
        who = replace(identity(self._root), signs=False)
        files = {FILE: lease_bytes(self._holder.lease(who.author))}
        # A renewal within the same second is another commit all the same.
        message = f"Whose turn it is\n\nNonce: {secrets.token_hex(8)}\n"
        made = make_commit(self._root, None, files, message, who).commit
        verdict = self._push(old, made)
        if verdict is Verdict.DONE or (verdict is Verdict.UNCLEAR and self._ask() == made):
            self._own, self._taken = made, self._holder.passed()
            return Verdict.DONE
        if old == self._own and verdict is not Verdict.UNREACHED:
            self._own = ""
        return verdict

    def _ask(self) -> str:
        """Return the commit that stands there; empty: none."""
        if self.remote is None:
            found = refs.refs(self._root, self._ref).get(self._ref)
            return "" if found is None else found.commit
        said = remote.ask(self._root, self.remote, self._ref)
        if said.asked not in (remote.Asked.THERE, remote.Asked.ABSENT):
            raise GitError(said.words or f"there is no remote {self.remote}")
        return said.commit

    def _push(self, old: str, new: str | None) -> Verdict:
        if self.remote is not None:
            return remote.push(self._root, self.remote, self._ref, old or None, new).verdict
        if new is None:
            run(self._root, "update-ref", "-d", self._ref, old)
            return Verdict.DONE
        words = refs.swap(self._root, {self._ref: (old or None, new)})
        return Verdict.DONE if not words else Verdict.MOVED
