"""The spool: facts that outlive the process that saw them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from event_samples import AT, BODIES, ID
from hypothesis import given
from hypothesis import strategies as st
from ledgers import begin, draft, ids_on, ledger_on, proposal, workflow

from cmcompile.ledger import safe_file
from cmcompile.ledger.memory_store import MemoryRemote
from cmcompile.ledger.spool import ASIDE, Aside, Kept, Spool, from_bytes, to_bytes
from cmcompile.ledger.transact import flush
from cmcompile.model import event as e
from cmcompile.model.ledger import LedgerError
from cmcompile.model.transaction import Proposal


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "deep" / "spool")


def fact(group: str) -> Proposal:
    return proposal(draft(workflow(group), e.Observed("running", "running"), ID))


def names(spool: Spool) -> list[str]:
    return sorted(path.name for path in spool.directory.iterdir())


@given(st.lists(st.sampled_from(sorted(BODIES)), min_size=1), st.binary(max_size=9), st.text(max_size=9))
def test_a_proposal_comes_back(chosen: list[str], data: bytes, message: str) -> None:
    drafts = tuple(
        e.Draft(subject, f"{n:016x}", AT, "ci", body, ID if subject.workflow else "")
        for n, (subject, body) in enumerate(BODIES[name] for name in chosen)
    )
    asked = Proposal(drafts, {"runs/x": data, "README.md": b""}, message)
    assert from_bytes(to_bytes(asked)) == asked


def test_proposals_come_in_the_order_in_which_they_were_kept(spool: Spool) -> None:
    facts = [fact(str(number)) for number in range(12)]
    for item in facts:
        spool.keep(item)
    assert [item.proposal for item in Spool(spool.directory).kept() if isinstance(item, Kept)] == facts


def test_a_removed_proposal_is_gone_and_removing_it_twice_is_fine(spool: Spool) -> None:
    first, second = spool.keep(fact("1")), spool.keep(fact("2"))
    spool.remove(first)
    spool.remove(first)
    assert names(spool) == [second.path.name]


def test_an_empty_or_absent_spool_holds_nothing(spool: Spool) -> None:
    assert list(spool.kept()) == []


def test_a_proposal_is_on_the_disk_before_keep_returns(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append((os.fstat(handle).st_mode & 0o040000) != 0)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    spool.keep(fact("1"))
    # The file, then its name in the directory.
    assert synced == [False, True]


def test_a_writer_that_dies_leaves_no_half_file(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    first = spool.keep(fact("1"))

    def dies(handle: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", dies)
    with pytest.raises(KeyboardInterrupt):
        spool.keep(fact("2"))
    assert names(spool) == [first.path.name]


def test_files_of_others_and_half_written_ones_are_left_alone(spool: Spool) -> None:
    kept = spool.keep(fact("1"))
    for name in (".000000002-ab.json.x.tmp", "notes.txt", "2-ab.json", f"000000003-ab.json{ASIDE}"):
        (spool.directory / name).write_text("{", encoding="utf-8")
    assert [item.path for item in spool.kept()] == [kept.path]


BROKEN = {
    "empty": b"",
    "no json": b"{",
    "not text": b"\xff\xfe",
    "another thing": b"[]",
    "a number": b"1",
    "too deep": b"[" * 100_000,
    "of another format": b'{"format": 2}',
    "without events": b'{"format": 1, "events": [], "files": {}, "message": ""}',
    "with a foreign event": to_bytes(fact("1")).replace(b"observed", b"unheard"),
    "with a bad subject": to_bytes(fact("1")).replace(b'"step1"', b'"../up"'),
    "with a wrong file": to_bytes(fact("1")).replace(b'"files": {}', b'"files": {"a": "%"}'),
    "with a file of no text": to_bytes(fact("1")).replace(b'"files": {}', b'"files": {"a": 1}'),
    "with no message": to_bytes(fact("1")).replace(b'"Some events"', b"1"),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_file_that_cant_be_read_is_put_aside_and_told_and_others_are_sent(
    spool: Spool, broken: str
) -> None:
    remote = MemoryRemote()
    begin(remote)
    spool.keep(fact("1"))
    bad = spool.keep(fact("2")).path
    bad.write_bytes(BROKEN[broken])
    good = fact("3")
    spool.keep(good)
    told: list[str] = []
    ledger = ledger_on(remote, spool=spool, tell=told.append)
    flushed = flush(ledger)
    aside = bad.with_name(bad.name + ASIDE)
    assert len(flushed.landed) == 2
    assert [item.path for item in flushed.aside] == [aside]
    assert aside.read_bytes() == BROKEN[broken]
    assert len(told) == 1
    assert str(aside) in told[0]
    assert good.drafts[0].id in ids_on(remote)
    assert names(spool) == [aside.name]
    assert flush(ledger).aside == ()


def test_a_file_put_aside_does_not_stand_in_the_way(spool: Spool) -> None:
    bad = spool.keep(fact("1")).path
    bad.write_bytes(b"{")
    (aside,) = spool.kept()
    assert isinstance(aside, Aside)
    spool.keep(fact("2"))
    assert len(names(spool)) == 2


def test_a_directory_that_cant_be_read_is_told(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    spool.keep(fact("1"))

    def refuse(self: Path) -> None:
        raise PermissionError("no")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(LedgerError, match="no"):
        list(spool.kept())
    with pytest.raises(LedgerError, match="no"):
        spool.keep(fact("2"))


def test_a_full_disk_is_told(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(LedgerError, match="No space left"):
        spool.keep(fact("1"))
    assert names(spool) == []


def test_what_cant_be_written_as_an_event_is_told(spool: Spool) -> None:
    with pytest.raises(LedgerError):
        spool.keep(proposal(draft(workflow("1"), e.Accepted(()))))
    with pytest.raises(LedgerError):
        spool.keep(Proposal(()))


def test_files_are_for_their_owner_only(spool: Spool, tmp_path: Path) -> None:
    assert spool.keep(fact("1")).path.stat().st_mode & 0o077 == 0
    safe_file.replace(tmp_path / "a", b"x", durable=False)
    assert (tmp_path / "a").read_bytes() == b"x"
