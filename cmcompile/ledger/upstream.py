"""Where a ledger branch stands now: the branch of a remote, or of the repository itself.

Each keeps a ref of its own, ``refs/cmcompile/…``, for the tip last seen. Remote-tracking refs can't serve:
a plain ``git fetch`` moves them back without a word when the remote's branch was rewound.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cmcompile.git import refs, remote
from cmcompile.git.answer import Answer, Verdict, plain
from cmcompile.git.refs import Ref
from cmcompile.model.ledger import Commit, HistoryError, LedgerError, UnreachableError

_HEADS = "refs/heads/"
_REMOTE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_-]+)*")
#: Others may fetch or push at the same moment, so that git must be asked anew.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Local:
    """The branch of this repository is the ledger."""

    root: Path
    branch: str

    @property
    def seen(self) -> str:
        """The ref of the tip last seen."""
        return f"refs/cmcompile/local/{self.branch}"

    def known(self) -> Ref | None:
        """Return the tip last seen."""
        found = refs.refs(self.root, self.seen, _HEADS + self.branch)
        return found.get(self.seen) or found.get(_HEADS + self.branch)

    def tip(self) -> Ref | None:
        """Return the tip now, and remember it."""
        for _ in range(_TRIES):
            found = refs.refs(self.root, self.seen, _HEADS + self.branch)
            seen, now = found.get(self.seen), found.get(_HEADS + self.branch)
            if seen is not None and (now is None or not refs.leads_to(self.root, seen.commit, now.commit)):
                raise HistoryError(_forked(self.branch, seen.commit, _commit(now), self._ways(seen.commit)))
            if now is None or seen == now:
                return now
            if not refs.swap(self.root, {self.seen: (_commit(seen), now.commit)}):
                return now
        raise LedgerError(f"git can't set {self.seen}")

    def push(self, commit: Commit) -> Answer:
        """Swap the branch."""
        found = refs.refs(self.root, self.seen, _HEADS + self.branch)
        now, seen = found.get(_HEADS + self.branch), found.get(self.seen)
        if now is not None and now.commit == commit.tip.commit:
            return Answer(Verdict.DONE, "")
        if _commit(now) != commit.base or _commit(seen) not in (None, commit.base):
            return Answer(Verdict.MOVED, "")
        moves = {
            _HEADS + self.branch: (commit.base, commit.tip.commit),
            self.seen: (_commit(seen), commit.tip.commit),
        }
        words = refs.swap(self.root, moves)
        if not words:
            return Answer(Verdict.DONE, "")
        again = refs.refs(self.root, _HEADS + self.branch, self.seen)
        moved = again != found or "File exists" in words
        return Answer(Verdict.MOVED if moved else Verdict.REFUSED, words)

    def _ways(self, seen: str) -> str:
        return (
            f"bring it back with 'git update-ref {_HEADS}{self.branch} {seen}', or, when it was meant, say so"
            f" with 'git update-ref -d {self.seen}'"
        )


@dataclass(frozen=True, slots=True)
class Upstream:
    """The branch of a remote is the ledger.

    Attributes
    ----------
    shallow
        Whether only the newest commit is fetched where nothing is known yet.
    """

    root: Path
    branch: str
    remote: str
    shallow: bool

    def __post_init__(self) -> None:
        if not _REMOTE.fullmatch(self.remote) or self.remote.endswith(".lock"):
            raise LedgerError(f"{self.remote!r} can't be the name of a git remote")

    @property
    def seen(self) -> str:
        """The ref of the tip last seen."""
        return f"refs/cmcompile/remotes/{self.remote}/{self.branch}"

    @property
    def tracking(self) -> str:
        """The ref that git itself keeps."""
        return f"refs/remotes/{self.remote}/{self.branch}"

    def known(self) -> Ref | None:
        """Return the tip last seen, by this class or by git."""
        found = refs.refs(self.root, self.seen, self.tracking)
        return found.get(self.seen) or found.get(self.tracking)

    def tip(self) -> Ref | None:
        """Ask for the tip, and remember it."""
        before = self._remembered()
        depth = 1 if before is None and (self.shallow or refs.is_shallow(self.root)) else None
        words = ""
        for _ in range(_TRIES):
            try:
                words = remote.fetch(self.root, self.remote, _HEADS + self.branch, self.seen, depth)
            except remote.LateError as error:
                raise UnreachableError(f"{self.branch} of {self.remote} can't be fetched: {error}") from None
            seen = refs.refs(self.root, self.seen).get(self.seen)
            if not words or self._is_tip(seen):
                return seen
        raise UnreachableError(f"{self.branch} of {self.remote} can't be fetched: {words}")

    def push(self, commit: Commit) -> Answer:
        """Swap the remote's branch."""
        seen = refs.refs(self.root, self.seen).get(self.seen)
        if seen is not None and seen.commit not in (commit.base, commit.tip.commit):
            return Answer(Verdict.MOVED, "")
        answer = remote.push(self.root, self.remote, _HEADS + self.branch, commit.base, commit.tip.commit)
        if answer.verdict is Verdict.DONE and (seen is None or seen.commit == commit.base):
            # Where it fails another has seen more by now.
            refs.swap(self.root, {self.seen: (commit.base if seen else None, commit.tip.commit)})
        if answer.verdict is Verdict.MOVED:
            return self._apart(commit) or answer
        return answer

    def _apart(self, commit: Commit) -> Answer | None:
        """Tell, after a swap that failed, whether what is pushed to is another repository than is read.

        The one pushed to is asked first: of one repository, the second answer can only be further on.
        """
        address = remote.push_address(self.root, self.remote)
        if not address:
            return None
        pushed, read = (
            remote.ask(self.root, where, _HEADS + self.branch) for where in (address, self.remote)
        )
        known = {remote.Asked.THERE, remote.Asked.ABSENT}
        apart = {pushed.asked, read.asked} <= known and read.commit == (commit.base or "") != pushed.commit
        return Answer(Verdict.REFUSED, self._two_addresses(address)) if apart else None

    def _two_addresses(self, address: str) -> str:
        return (
            f"{self.remote} is read from one address and pushed to another, {plain(address)}, and"
            f" {self.branch} is not the same at both: a ledger needs one; see 'git config remote."
            f"{self.remote}.pushurl', and settings url.….pushInsteadOf"
        )

    def _remembered(self) -> Ref | None:
        """Return the tip last seen; what only git has seen counts from now on."""
        found = refs.refs(self.root, self.seen, self.tracking)
        if self.seen not in found and self.tracking in found:
            refs.swap(self.root, {self.seen: (None, found[self.tracking].commit)})
        return found.get(self.seen) or found.get(self.tracking)

    def _is_tip(self, seen: Ref | None) -> bool:
        """Tell, after a fetch that failed, whether what was seen is the tip all the same.

        False asks for another fetch. What is seen was read before the remote is asked, so the remote can only
        be further on.
        """
        said = remote.ask(self.root, self.remote, _HEADS + self.branch)
        match said.asked:
            case remote.Asked.NO_REMOTE:
                raise LedgerError(f"there is no git remote '{self.remote}'")
            case remote.Asked.NO_ANSWER:
                raise UnreachableError(f"remote '{self.remote}' can't be asked: {said.words}")
        if seen is None:
            return said.asked is remote.Asked.ABSENT
        if said.commit == seen.commit:
            return True
        if not said.commit or refs.leads_to(self.root, seen.commit, said.commit) is False:
            ways = self._ways(seen.commit, said.commit)
            if address := remote.push_address(self.root, self.remote):
                ways = self._two_addresses(address)
            raise HistoryError(_forked(f"{self.branch} of {self.remote}", seen.commit, said.commit, ways))
        return False

    def _ways(self, seen: str, now: str) -> str:
        """Say how to bring the branch back, and how to agree with what it is now."""
        head = _HEADS + self.branch
        if now:
            force = f"--force-with-lease={head}:{now} "
            meant = f"git fetch {self.remote} +{head}:{self.seen}"
        else:
            force = ""
            meant = f"git update-ref -d {self.seen} && git update-ref -d {self.tracking}"
        back = f"git push {force}{self.remote} {seen}:{head}"
        return f"bring it back with '{back}', or, when it was meant, say so with '{meant}'"


def _forked(where: str, seen: str, now: str | None, ways: str) -> str:
    there = f"now it stands at {now}, which does not follow" if now else "now it is gone"
    return f"the ledger {where} was seen at {seen}, and {there}; {ways}"


def _commit(ref: Ref | None) -> str | None:
    return None if ref is None else ref.commit
