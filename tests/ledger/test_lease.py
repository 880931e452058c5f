"""The lease of a campaign's passes, in real clones of a real remote."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_builder import git

from cmcompile.git import remote
from cmcompile.git.identity import identity
from cmcompile.git.stream import make_commit
from cmcompile.ledger.lease import CampaignLease, Holder
from cmcompile.ledger.lease_file import lease_bytes, read_lease
from cmcompile.ledger.lease_kept import kept
from cmcompile.model.body import Process
from cmcompile.model.lease import Lease

REF = "refs/cmcompile/leases/c"
SECONDS = 300


@dataclass
class Machine:
    """A host with clocks of its own, of which no other host can ask anything."""

    name: str
    dead: set[str] = field(default_factory=set)
    wall: datetime = datetime(2026, 11, 20, 8, tzinfo=UTC)
    passed: float = 1000.0

    def here(self) -> Process:
        return Process(self.name, "boot", 7)

    def alive(self, process: Process) -> bool | None:
        return False if process.host in self.dead else None

    def now(self) -> datetime:
        return self.wall

    def sleep(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.passed += seconds

    def holder(self) -> Holder:
        return Holder(self, self, SECONDS, lambda: self.passed)


@dataclass
class Side:
    """A machine with a clone, and the lease as it sees it."""

    machine: Machine
    root: Path
    lease: CampaignLease


@pytest.fixture(params=["remote", "local"])
def sides(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Side, Side]:
    bare = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(bare))
    found = []
    for name in ("one", "two"):
        machine, root = Machine(name), tmp_path / name
        if request.param == "remote":
            git(tmp_path, "clone", "--quiet", bare.as_uri(), str(root))
        else:
            root = tmp_path / "one"
            git(tmp_path, "init", "--quiet", str(root))
        lease = CampaignLease(root, "c", "origin" if request.param == "remote" else None, machine.holder())
        found.append(Side(machine, root, lease))
    return found[0], found[1]


def test_one_has_it_and_the_other_is_told_who(sides: tuple[Side, Side]) -> None:
    one, two = sides
    assert one.lease.take().mine
    turn = two.lease.take()
    assert not turn.mine
    assert turn.holder is not None
    person = identity(one.root).author
    assert (turn.holder.process.host, turn.holder.by, turn.holder.seconds) == ("one", person, SECONDS)
    assert not two.lease.held


def test_what_is_given_back_is_free_at_once(sides: tuple[Side, Side]) -> None:
    one, two = sides
    assert one.lease.take().mine
    one.lease.give_back()
    assert two.lease.take().mine
    assert not one.lease.take().mine
    one.lease.give_back()
    assert not one.lease.take().mine, "nobody gives back what another one has"


def test_it_is_renewed_before_it_ends_and_not_at_each_pass(sides: tuple[Side, Side]) -> None:
    one, two = sides
    assert one.lease.take().mine
    before = stands(one)
    for machine in (one.machine, two.machine):
        machine.sleep(SECONDS / 3 - 1)
    assert one.lease.take().mine
    assert stands(one) == before
    for machine in (one.machine, two.machine):
        machine.sleep(2)
    assert one.lease.take().mine
    assert stands(one) != before
    for machine in (one.machine, two.machine):
        machine.sleep(SECONDS - 1)
    assert not two.lease.take().mine


def test_it_ends_by_the_clock(sides: tuple[Side, Side]) -> None:
    one, two = sides
    assert one.lease.take().mine
    two.machine.sleep(SECONDS - 1)
    assert not two.lease.take().mine
    two.machine.sleep(2)
    assert two.lease.take().mine
    one.machine.sleep(SECONDS + 1)
    turn = one.lease.take()
    assert turn.holder is not None
    assert turn.holder.process.host == "two"


def test_a_clock_that_is_ahead_keeps_it_no_longer_than_its_length(sides: tuple[Side, Side]) -> None:
    one, two = sides
    one.machine.wall += timedelta(days=400)
    assert one.lease.take().mine
    assert not two.lease.take().mine
    two.machine.sleep(SECONDS - 1)
    assert not two.lease.take().mine
    two.machine.sleep(2)
    assert two.lease.take().mine


def test_a_process_that_is_known_dead_has_none(sides: tuple[Side, Side]) -> None:
    one, two = sides
    assert one.lease.take().mine
    two.machine.dead.add("one")
    assert two.lease.take().mine


def test_a_process_takes_up_what_it_has(sides: tuple[Side, Side]) -> None:
    one, _ = sides
    assert one.lease.take().mine
    again = CampaignLease(one.root, "c", "origin" if has_remote(one) else None, one.machine.holder())
    assert again.take().mine


def test_both_at_once(sides: tuple[Side, Side]) -> None:
    one, two = sides
    for side in sides:
        side.lease._ask = lambda: ""  # type: ignore[method-assign]  # both have seen that there is none
    assert one.lease.take().mine
    del two.lease._ask
    assert two.lease._swap("").value == "moved"
    assert not two.lease.held
    assert not two.lease.take().mine


@pytest.mark.parametrize(
    "data", [b"", b"[]", b"{}", b'{"process": {"host": 1}}', b"\xff", b"[" * 100_000], ids=range(6)
)
def test_what_can_not_be_read_is_in_nobodys_way(sides: tuple[Side, Side], data: bytes) -> None:
    one, two = sides
    made = make_commit(one.root, None, {"lease.json": data}, "x", identity(one.root)).commit
    if has_remote(one):
        git(one.root, "push", "--quiet", "origin", f"{made}:{REF}")
    else:
        git(one.root, "update-ref", REF, made)
    assert two.lease.take().mine


@pytest.mark.parametrize("sides", ["remote"], indirect=True)
def test_one_that_can_not_be_read_now_is_not_taken_over(
    sides: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = sides
    assert one.lease.take().mine
    before = stands(one)
    monkeypatch.setattr(remote, "bring", lambda *args: "fatal: early EOF")
    turn = two.lease.take()
    assert (turn.mine, turn.why) == (True, "fatal: early EOF"), "it is not known whose turn it is"
    assert not two.lease.held
    assert stands(one) == before


@pytest.mark.parametrize("sides", ["remote"], indirect=True)
def test_one_that_was_given_back_meanwhile_is_taken(
    sides: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = sides
    assert one.lease.take().mine
    bring = remote.bring

    def late(root: Path, name: str, branch: str) -> str:
        one.lease.give_back()
        return bring(root, name, branch)

    monkeypatch.setattr(remote, "bring", late)
    turn = two.lease.take()
    assert (turn.mine, turn.why) == (True, "")
    assert two.lease.held


def test_a_remote_that_is_not_there_lets_the_pass_be_made(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", str(tmp_path))
    git(tmp_path, "remote", "add", "origin", str(tmp_path / "nowhere"))
    turn = CampaignLease(tmp_path, "c", "origin", Machine("one").holder()).take()
    assert turn.mine
    assert "nowhere" in turn.why


def test_it_is_renewed_while_a_long_pass_goes_on(sides: tuple[Side, Side]) -> None:
    one, _ = sides
    assert one.lease.take().mine
    before = stands(one)
    one.lease._holder = replace(one.machine.holder(), seconds=1)
    with kept(one.lease):
        end = time.monotonic() + 20
        while stands(one) == before and time.monotonic() < end:
            time.sleep(0.05)
        assert stands(one) != before
    assert one.lease.held
    after = stands(one)
    assert one.lease.take().mine
    assert stands(one) == after


def test_a_file_says_what_it_is_made_from() -> None:
    lease = Lease(Process("h", "b", 3, "17"), "Ada", "2026-11-20T08:00:00Z", 300)
    assert read_lease(lease_bytes(lease)) == lease
    for seconds in (0, -5, 10**9, True):
        assert read_lease(lease_bytes(replace(lease, seconds=seconds))) is None


def has_remote(side: Side) -> bool:
    return bool(git(side.root, "remote"))


def stands(side: Side) -> str:
    if has_remote(side):
        return git(side.root, "ls-remote", "origin", REF)
    return git(side.root, "for-each-ref", REF)
