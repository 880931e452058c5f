"""Making a ledger, knowing it again, and what its remote allows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from repositories import Clones, git, hook, seeded

from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.memory_store import Fault, MemoryRemote, MemoryStore
from cmcompile.ledger.setup import (
    Allowed,
    ExistsError,
    RemoteChecks,
    identity,
    initialise,
    remote_checks,
)
from cmcompile.model.ledger import HistoryError, LedgerError, RefusedError, UnreachableError

Pair = tuple[MemoryStore, MemoryStore]
CHECK = "refs/heads/cm/_check"
YES, NO, UNTOLD = Allowed.ALLOWED, Allowed.REFUSED, Allowed.CANNOT_TELL


@pytest.fixture
def git_remote(tmp_path: Path) -> Path:
    """Make the remote."""
    return seeded(tmp_path)


@pytest.fixture
def clone(git_remote: Path) -> Clones:
    """Make what makes clones of it."""
    return Clones(git_remote)


@pytest.fixture
def memory_pair() -> Pair:
    """Make two clones of one remote in memory."""
    remote = MemoryRemote()
    return MemoryStore(remote, "c"), MemoryStore(remote, "c")


def test_initialise(memory_pair: Pair) -> None:
    store, other = memory_pair
    done = initialise(store, "c", random=lambda: "0123456789abcdef")
    assert done.made
    assert done.tip == store.tip()
    files = store.files(done.tip)
    assert list(files) == ["ledger.json"]
    assert store.read(files.values())[files["ledger.json"]] == (
        b'{\n "campaign": "c",\n "format": 1,\n "id": "0123456789abcdef"\n}\n'
    )
    assert identity(other, done.tip) == done.identity


def test_ids_are_random(memory_pair: Pair) -> None:
    done = initialise(memory_pair[0], "c")
    assert len(done.identity.id) == 16
    int(done.identity.id, 16)
    other = MemoryStore(memory_pair[0].remote, "d")
    assert initialise(other, "d").identity.id != done.identity.id


def test_it_is_there_already(memory_pair: Pair) -> None:
    store, other = memory_pair
    done = initialise(store, "c")
    with pytest.raises(ExistsError, match=done.identity.id):
        initialise(other, "c")
    again = initialise(other, "c", again=True)
    assert (again.made, again.identity, again.tip) == (False, done.identity, done.tip)
    assert store.remote.branches == {"cm/c": done.tip.commit}


def test_another_was_first(memory_pair: Pair) -> None:
    store, other = memory_pair

    def first() -> None:
        store.remote.before_push = None
        initialise(other, "c", random=lambda: "f" * 16)

    store.remote.before_push = first
    with pytest.raises(ExistsError, match="f" * 16):
        initialise(store, "c")


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.REPLY_LOST])
def test_a_lost_answer(memory_pair: Pair, fault: Fault) -> None:
    store, _ = memory_pair
    store.remote.faults.append(fault)
    done = initialise(store, "c")
    assert done.made
    assert store.remote.branches == {"cm/c": done.tip.commit}


def test_a_push_that_never_lands(memory_pair: Pair) -> None:
    store, _ = memory_pair
    store.remote.faults.extend([Fault.LOST] * 9)
    with pytest.raises(UnreachableError):
        initialise(store, "c")


def test_what_the_store_raises(memory_pair: Pair) -> None:
    store, _ = memory_pair
    store.remote.refuses = "no thanks"
    with pytest.raises(RefusedError, match="no thanks"):
        initialise(store, "c")
    store.remote.refuses = ""
    initialise(store, "c")
    del store.remote.branches["cm/c"]
    with pytest.raises(HistoryError):
        initialise(store, "c")
    assert store.remote.branches == {}, "a ledger that has gone is not made anew"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "can't be read"),
        ("[]", "can't be read"),
        ("{}", "can't be read"),
        ("[" * 5000, "can't be read"),
        ("\xff", "can't be read"),
        ('{"format": "1", "campaign": "c", "id": "a"}', "can't be read"),
        ('{"format": true, "campaign": "c", "id": "a"}', "no format"),
        ('{"format": 0, "campaign": "c", "id": "a"}', "no format"),
        ('{"format": 2, "campaign": "c", "id": "a"}', "newer"),
        ('{"format": 1, "campaign": "other", "id": "a"}', "'other'"),
        (None, "no ledger"),
    ],
)
def test_no_ledger_of_ours(memory_pair: Pair, text: str | None, said: str) -> None:
    store, other = memory_pair
    files = {"README.md": b"x"} if text is None else {"ledger.json": text.encode("latin-1")}
    store.push(store.commit(None, files, "Foreign"))
    for again in (True, False):
        with pytest.raises(LedgerError, match=said):
            initialise(other, "c", again=again)


def test_more_keys_are_fine(memory_pair: Pair) -> None:
    store, _ = memory_pair
    text = json.dumps({"format": 1, "campaign": "c", "id": "a", "more": [1]})
    store.push(store.commit(None, {"ledger.json": text.encode()}, "By a later version"))
    assert initialise(store, "c", again=True).identity.id == "a"


def test_with_git(clone: Clones) -> None:
    store = GitStore(clone(), "c", "origin")
    done = initialise(store, "c")
    other = GitStore(clone(), "c", "origin")
    assert initialise(other, "c", again=True) == type(done)(done.tip, done.identity, False)


def branches(remote: Path) -> set[str]:
    return set(git(remote, "for-each-ref", "--format=%(refname)").splitlines())


def three(found: RemoteChecks) -> tuple[Allowed, Allowed, Allowed]:
    return found.create, found.rewrite, found.delete


def test_an_open_remote(clone: Clones, git_remote: Path) -> None:
    root = clone()
    before = branches(git_remote), branches(root)
    found = remote_checks(root, "origin")
    assert three(found) == (YES, YES, YES)
    assert found.left == ""
    assert found.words == ()
    assert len(found.advice) == 2
    assert "receive.denyNonFastForwards" in found.advice[0]
    assert "receive.denyDeletes" in found.advice[1]
    assert (branches(git_remote), branches(root)) == before


def test_a_remote_as_it_should_be(clone: Clones, git_remote: Path) -> None:
    git(git_remote, "config", "receive.denyDeletes", "true")
    git(git_remote, "config", "receive.denyNonFastForwards", "true")
    before = branches(git_remote)
    found = remote_checks(clone(), "origin")
    assert three(found) == (YES, NO, NO)
    assert found.left == "cm/_check"
    assert found.advice == ()
    assert any("deletion prohibited" in words for words in found.words)
    again = remote_checks(clone(), "origin")
    assert three(again) == (UNTOLD, NO, NO), "the same branch serves"
    assert branches(git_remote) == before | {CHECK}
    git(git_remote, "config", "receive.denyDeletes", "false")
    assert three(remote_checks(clone(), "origin")) == (YES, NO, YES), "and goes when it may"
    assert branches(git_remote) == before


def test_deletion_only_is_refused(clone: Clones, git_remote: Path) -> None:
    git(git_remote, "config", "receive.denyDeletes", "true")
    for create in (YES, UNTOLD):
        found = remote_checks(clone(), "origin")
        assert three(found) == (create, YES, NO)
        assert len(found.advice) == 1


def test_nothing_may_be_pushed(clone: Clones, git_remote: Path) -> None:
    hook(git_remote, "pre-receive", "echo protected >&2; exit 1")
    before = branches(git_remote)
    found = remote_checks(clone(), "origin")
    assert three(found) == (NO, UNTOLD, UNTOLD)
    assert "protected" in found.words[0]
    assert "push to branches cm/*" in found.advice[0]
    assert branches(git_remote) == before


def test_ledgers_are_not_touched(clone: Clones, git_remote: Path) -> None:
    store = GitStore(clone(), "c", "origin")
    done = initialise(store, "c")
    remote_checks(store.root, "origin")
    assert store.tip() == done.tip
    with pytest.raises(LedgerError):
        GitStore(store.root, "_check", "origin")


def test_a_remote_that_is_not_there(clone: Clones, git_remote: Path, tmp_path: Path) -> None:
    root = clone()
    with pytest.raises(LedgerError, match="no git remote 'other'"):
        remote_checks(root, "other")
    git_remote.rename(tmp_path / "gone")
    with pytest.raises(UnreachableError):
        remote_checks(root, "origin")
