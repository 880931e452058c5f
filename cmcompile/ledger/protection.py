"""What a remote would let be done to a ledger branch, found out on another branch."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from cmcompile.git.answer import Answer, Verdict
from cmcompile.git.errors import GitError
from cmcompile.git.identity import identity
from cmcompile.git.remote import Asked, ask, push
from cmcompile.git.stream import make_commit
from cmcompile.ledger.names import PREFIX
from cmcompile.model.ledger import LedgerError, UnreachableError

#: Rules on ``cm/*`` hold for it, and no campaign can have its name. It is always the same one: where the
#: remote lets nothing be deleted, as it should, one branch stays, however often it is asked.
CHECK_BRANCH = f"{PREFIX}_check"
_REF = f"refs/heads/{CHECK_BRANCH}"
_README = b"Made by cmcompile to find out what may be done to branches cm/*. It may be deleted.\n"


class Allowed(Enum):
    """Whether the remote lets something be done."""

    ALLOWED = "allowed"
    REFUSED = "refused"
    CANNOT_TELL = "cannot tell"


@dataclass(frozen=True, slots=True)
class RemoteChecks:
    """What the remote lets be done to branches ``cm/*`` by who asks.

    Attributes
    ----------
    create
        A new branch; must be allowed.
    rewrite
        Replacing its commits; should be refused.
    delete
        Should be refused.
    left
        The branch that stays at the remote because it could not be deleted; empty: none.
    advice
        What to set at the remote, in sentences.
    words
        What git and the remote said, where something was refused or can't be told.
    """

    create: Allowed
    rewrite: Allowed
    delete: Allowed
    left: str
    advice: tuple[str, ...]
    words: tuple[str, ...]


def remote_checks(root: Path, remote: str) -> RemoteChecks:
    """Find out what a remote lets be done to ledger branches, without touching one.

    A branch ``cm/_check`` is pushed, overwritten, and deleted. Where it can't be deleted it stays, so this is
    done only when a person asks for it.

    Parameters
    ----------
    root
        A directory in the repository.
    remote
        The name of the remote.

    Raises
    ------
    UnreachableError
        When the remote can't be asked.
    LedgerError
        When there is no such remote, or git can't make a commit.
    """
    try:
        return _Trial(root, remote).checks()
    except GitError as error:
        raise LedgerError(str(error)) from None


class _Trial:
    """The check branch, and what became of each thing tried."""

    def __init__(self, root: Path, remote: str) -> None:
        self._root = root
        self._remote = remote
        self._words: list[str] = []
        self._at = self._asked()

    def checks(self) -> RemoteChecks:
        """Try all, and clean up where the remote lets it."""
        first, second = self._commits()
        delete = self._try(None) if self._at else Allowed.CANNOT_TELL  # it stayed from an earlier time
        create = Allowed.CANNOT_TELL if self._at else self._try(first)
        rewrite = self._try(second) if self._at else Allowed.CANNOT_TELL
        if self._at and delete is not Allowed.REFUSED:
            delete = self._try(None)
        left = CHECK_BRANCH if self._asked() else ""
        return RemoteChecks(
            create, rewrite, delete, left, _advice(create, rewrite, delete), tuple(self._words)
        )

    def _asked(self) -> str | None:
        said = ask(self._root, self._remote, _REF)
        if said.asked is Asked.NO_REMOTE:
            raise LedgerError(f"there is no git remote '{self._remote}'")
        if said.asked is Asked.NO_ANSWER:
            raise UnreachableError(f"remote '{self._remote}' can't be asked: {said.words}")
        return said.commit or None

    def _commits(self) -> tuple[str, str]:
        """Make two commits, neither of which follows the other."""
        who = identity(self._root)
        files = {"README.md": _README}
        first, second = (make_commit(self._root, None, files, text, who) for text in ("Check", "Check again"))
        return first.commit, second.commit

    def _try(self, new: str | None) -> Allowed:
        """Move the branch, or delete it."""
        answer = push(self._root, self._remote, _REF, self._at, new)
        if answer.verdict is Verdict.DONE:
            self._at = new
        else:
            self._words.append(answer.words)
        return _allowed(answer)


def _allowed(answer: Answer) -> Allowed:
    match answer.verdict:
        case Verdict.DONE:
            return Allowed.ALLOWED
        case Verdict.REFUSED:
            return Allowed.REFUSED
    return Allowed.CANNOT_TELL


def _advice(create: Allowed, rewrite: Allowed, delete: Allowed) -> tuple[str, ...]:
    """Say what to set at the remote."""
    advice = []
    if create is Allowed.REFUSED:
        advice.append("Let those who submit, and CI, push to branches cm/* directly.")
    if rewrite is Allowed.ALLOWED:
        advice.append(
            "Refuse forced pushes to cm/*: 'receive.denyNonFastForwards = true' at a plain git remote, or a"
            " branch protection rule for cm/*."
        )
    if delete is Allowed.ALLOWED:
        advice.append(
            "Refuse to delete cm/*: 'receive.denyDeletes = true' at a plain git remote, or a branch "
            "protection rule for cm/*."
        )
    return tuple(advice)
