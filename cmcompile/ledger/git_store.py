"""The ledger as a branch of git, read and written without a checkout: ``docs/adr/0009-ledger-in-git.md``."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cmcompile.git import refs
from cmcompile.git.answer import Verdict
from cmcompile.git.answer_file import answered
from cmcompile.git.errors import GitError
from cmcompile.git.identity import Identity, identity
from cmcompile.git.log import Logged, log
from cmcompile.git.objects import TRUE, blobs, opened, true_parents
from cmcompile.git.refs import Ref
from cmcompile.git.stream import make_commit
from cmcompile.ledger.names import branch, check_paths
from cmcompile.ledger.trees import chosen, shard_trees
from cmcompile.ledger.upstream import Local, Upstream
from cmcompile.model.ledger import (
    Change,
    Commit,
    Entry,
    LedgerError,
    Push,
    RefusedError,
    Tip,
    UnreachableError,
)
from cmcompile.model.stamp import stamp

#: Git compares every entry with every directory asked for: with many it is quicker to list all.
_MAX_ASKED = 400
_LIST = ("ls-tree", "-r", "-z", "--full-tree")
#: Where the id stands in a line of the list: ``100644 blob <id>``, a tab, and the path.
_ID_AT = len("100644 blob ")


class GitStore:
    """The branch ``cm/<campaign>`` of a repository or its remote; implements ``LedgerStore``.

    Works in a working tree, clean or not, a linked one, a bare repository, and a shallow or partial clone.

    Parameters
    ----------
    root
        A directory in the repository.
    campaign
        The campaign's name.
    remote
        The name of the remote whose branch is the ledger; None: the repository's own branch is.
    shallow
        Whether to fetch the newest commit only where nothing is known of the branch; so it is done in a
        shallow clone anyway. States need no more, `complete` and `history` do.

    Raises
    ------
    LedgerError
        When the campaign or the remote has a name that git could misread.
    """

    def __init__(self, root: Path, campaign: str, remote: str | None, *, shallow: bool = False) -> None:
        self.root = root
        self.branch = branch(campaign)
        self.remote = remote
        self._place: Local | Upstream
        if remote is None:
            self._place = Local(root, self.branch)
        else:
            self._place = Upstream(root, self.branch, remote, shallow)
        self._identity: Identity | None = None

    def tip(self) -> Tip | None:
        """Ask for the tip now; see ``LedgerStore``."""
        with _as_ledger_errors():
            return _tip(self._place.tip())

    def known(self) -> Tip | None:
        """Return the tip last seen, here or by a ``git fetch``."""
        with _as_ledger_errors():
            return _tip(self._place.known())

    def shards(self, tip: Tip) -> Mapping[str, str]:
        """Return the ids of the trees that hold events, by path."""
        with _as_ledger_errors(), opened(self.root) as objects:
            return shard_trees(tip.tree, objects.subtrees)

    def files(self, tip: Tip, below: Iterable[str] | None = None) -> Mapping[str, str]:
        """Return the ids of files by path."""
        wanted = None if below is None else sorted({directory.strip("/") for directory in below})
        if wanted == []:
            return {}
        if wanted and not wanted[0]:
            wanted = None
        few = wanted is not None and len(wanted) <= _MAX_ASKED
        paths = wanted if wanted and few else []
        with _as_ledger_errors():
            try:
                with answered(self.root, TRUE, *_LIST, tip.tree, "--", *paths) as out:
                    lines = out.read().decode("utf-8", "surrogateescape").split("\0")
            except GitError as error:
                raise LedgerError(f"the ledger's files can't be listed: {error}") from None
        start, end = _ID_AT, _ID_AT + len(tip.tree)  # all ids are of one length
        found = {line[end + 1 :]: line[start:end] for line in lines if line[start - 5 : start] == "blob "}
        return found if few or wanted is None else chosen(found, wanted)

    def read(self, ids: Iterable[str]) -> Mapping[str, bytes]:
        """Return the bytes of files by id, all by one git process."""
        found: dict[str, bytes] = {}
        with _as_ledger_errors():
            for oid, data in blobs(self.root, dict.fromkeys(ids)):
                if data is None:
                    raise LedgerError(f"there is no file with the id {oid}")
                found[oid] = data
        return found

    def commit(self, base: Tip | None, files: Mapping[str, bytes], message: str) -> Commit:
        """Make a commit, by the user that git knows, signed where git is set up so.

        A random line ``Nonce:`` ends its message, so that two writers who record the same never make the same
        commit.
        """
        check_paths(list(files))
        text = f"{message.strip()}\n\nNonce: {secrets.token_hex(8)}\n"
        parent = None if base is None else base.commit
        with _as_ledger_errors():
            if self._identity is None:
                self._identity = identity(self.root)
            made = make_commit(self.root, parent, files, text, self._identity)
        return Commit(Tip(made.commit, made.tree), parent)

    def push(self, commit: Commit) -> Push:
        """Swap the tip; see ``LedgerStore``."""
        with _as_ledger_errors():
            answer = self._place.push(commit)
        match answer.verdict:
            case Verdict.DONE:
                return Push.DONE
            case Verdict.MOVED:
                return Push.MOVED
            case Verdict.UNCLEAR:
                return Push.UNCLEAR
            case Verdict.REFUSED:
                raise RefusedError(f"the push to {self.branch} was refused: {answer.words}")
            case Verdict.UNREACHED:
                raise UnreachableError(f"remote '{self.remote}' can't be reached: {answer.words}")

    def made_at(self, tip: Tip) -> str:
        """Return when the commit of a tip was made."""
        with _as_ledger_errors():
            return _time(refs.made_at(self.root, tip.commit))

    def history(self, tip: Tip) -> Iterator[Entry]:
        """Return the commits that led to a tip, newest first."""
        with _as_ledger_errors():
            for logged in log(self.root, tip.commit):
                yield self._first(logged) if not logged.parents else _entry(logged)

    def complete(self, tip: Tip) -> bool:
        """Tell whether the whole history is there."""
        with _as_ledger_errors():
            if not refs.is_shallow(self.root):
                return True
            ends = refs.first_commits(self.root, tip.commit)
            with opened(self.root) as objects:
                return not any(true_parents(raw) for raw in objects.commits(ends))

    def _first(self, logged: Logged) -> Entry:
        """Return a commit that git sees no parent of: the first of all, or the end of a shallow clone."""
        with opened(self.root) as objects:
            (raw,) = objects.commits([logged.commit])
        if parents := true_parents(raw):
            return _entry(logged, parents)
        files = self.files(Tip(logged.commit, logged.tree))
        return _entry(logged, (), tuple((path, None, oid) for path, oid in files.items()))


@contextmanager
def _as_ledger_errors() -> Iterator[None]:
    """Turn errors of git into errors of the ledger."""
    try:
        yield
    except GitError as error:
        raise LedgerError(str(error)) from None


def _tip(ref: Ref | None) -> Tip | None:
    return None if ref is None else Tip(ref.commit, ref.tree)


def _time(seconds: int) -> str:
    return stamp(datetime.fromtimestamp(seconds, UTC))


def _entry(
    logged: Logged,
    parents: tuple[str, ...] = (),
    changes: tuple[tuple[str, str | None, str | None], ...] = (),
) -> Entry:
    return Entry(
        commit=logged.commit,
        tree=logged.tree,
        parents=logged.parents or parents,
        author=logged.author,
        at=_time(logged.seconds),
        message=logged.message,
        changes=tuple(Change(*change) for change in logged.changes or changes),
    )
