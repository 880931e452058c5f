"""The ledger as a `Book`: each word of it reaches the ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import begin, claim_of, draft, ids_on, ledger_on, proposal, workflow, write

from cmcompile.ledger.desk import LedgerBook
from cmcompile.ledger.memory_store import MemoryRemote
from cmcompile.ledger.spool import Spool
from cmcompile.model import event as e
from cmcompile.model.ledger import LedgerError, UnreachableError
from cmcompile.model.transaction import Book, Landed, Proposal, Sight, Spooled, Stop, Stopped

THIRD = workflow("3")


@pytest.fixture
def remote() -> MemoryRemote:
    made = MemoryRemote()
    begin(made)
    return made


def book_on(remote: MemoryRemote, spool: Spool | None = None) -> Book:
    """Return it as who submits knows it; that it is one is checked by mypy here."""
    return LedgerBook(ledger_on(remote, spool=spool))


def test_a_look_asks_for_the_tip_each_time(remote: MemoryRemote) -> None:
    book = book_on(remote)
    first = book.look()
    assert not first.state.groups
    write(ledger_on(remote), claim_of(THIRD))
    second = book.look()
    assert first.tip != second.tip
    assert list(second.state.groups) == [("step1", "3")]


def test_no_ledger_is_an_error() -> None:
    with pytest.raises(LedgerError, match="ledger init"):
        book_on(MemoryRemote()).look()


def test_the_directory_is_that_of_the_events(remote: MemoryRemote) -> None:
    book = book_on(remote)
    claim = claim_of(THIRD)
    file = f"{book.directory(THIRD)}/submit.yaml"
    result = book.record(Proposal((claim,), {file: b"a: 1\n"}, "A claim"))
    assert isinstance(result, Landed)
    assert book.look().state.groups["step1", "3"].workflows[0].claim_id == claim.claim
    assert claim.id in ids_on(remote)


def test_a_decision_is_judged_on_what_is_there(remote: MemoryRemote) -> None:
    book = book_on(remote)
    judged: list[Sight] = []

    def judge(sight: Sight) -> Proposal | Stop:
        judged.append(sight)
        there = ("step1", "3") in sight.state.groups
        return Stop("it is claimed", 4) if there else proposal(claim_of(THIRD))

    assert isinstance(book.decide(judge), Landed)
    stopped = book.decide(judge)
    assert isinstance(stopped, Stopped)
    assert stopped.stop == Stop("it is claimed", 4)
    assert [bool(sight.state.groups) for sight in judged] == [False, True]


def test_facts_are_kept_while_the_remote_is_away(remote: MemoryRemote, tmp_path: Path) -> None:
    book = book_on(remote, Spool(tmp_path / "spool"))
    claim = claim_of(THIRD)
    assert isinstance(book.record(proposal(claim)), Landed)
    seen = draft(THIRD, e.Observed("running", "r", "1"), claim.claim)
    remote.down = True
    kept = book.record(lambda sight: proposal(seen))
    assert isinstance(kept, Spooled)
    assert kept.path.is_file()
    remote.down = False
    assert isinstance(book.decide(lambda sight: Stop("nothing to do")), Stopped)
    assert seen.id in ids_on(remote)


def test_a_file_is_that_of_the_tip_that_was_looked_at(remote: MemoryRemote) -> None:
    book = book_on(remote)
    first = book.look()
    assert book.file(first, "README.md") is None
    assert isinstance(book.decide(lambda _: Proposal((), {"README.md": b"new"}, "page")), Landed)
    assert book.file(first, "README.md") is None
    assert book.file(book.look(), "README.md") == b"new"


def test_what_was_seen_last_is_not_asked_for_again(remote: MemoryRemote, tmp_path: Path) -> None:
    book = book_on(remote, Spool(tmp_path / "spool"))
    remote.down = True
    with pytest.raises(UnreachableError):
        book.seen()
    remote.down = False
    assert not book.seen().state.groups
    remote.down = True
    assert not book.seen().state.groups
    remote.down = False
    assert isinstance(book.decide(lambda _: proposal(claim_of(THIRD))), Landed)
    remote.down = True
    assert book.seen().state.groups, "what it wrote itself it knows"
    remote.down = False
    other = book_on(remote)
    assert isinstance(other.decide(lambda _: proposal(claim_of(workflow("4")))), Landed)
    assert len(book.seen().state.groups) == 1
    assert isinstance(book.decide(lambda _: Stop("nothing to do")), Stopped)
    remote.down = True
    assert len(book.seen().state.groups) == 2, "what a judge was shown"
    with pytest.raises(UnreachableError):
        book.look()
    with pytest.raises(UnreachableError):
        book.seen()
