"""What every store of a ledger must do; the same tests for all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from repositories import Clones, seeded
from store_worlds import GitWorld, LocalWorld, MemoryWorld, RemoteWorld, World

from cmcompile.model.ledger import (
    Commit,
    HistoryError,
    LedgerError,
    LedgerStore,
    Push,
    RefusedError,
    Tip,
    UnreachableError,
)

LEDGER = {"ledger.json": b"{}\n"}
CLAIMED = "runs/step1/0a/1-11/w00/0001-claimed.json"
OTHER = "runs/step1/ff/2-11/w00/0001-claimed.json"
ACCEPTED = "groups/step1/0a/1-11/0001-accepted.json"
CHAINED = "steps/step1/0001-chained.json"


@pytest.fixture(params=["memory", "git", "local"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Return a ledger of each kind."""
    return made(request.param, tmp_path)


@pytest.fixture(params=["memory", "git"])
def remote_world(request: pytest.FixtureRequest, tmp_path: Path) -> RemoteWorld:
    """Return a ledger of each kind that has a remote."""
    found = made(request.param, tmp_path)
    assert isinstance(found, MemoryWorld | GitWorld)
    return found


def made(kind: str, tmp_path: Path) -> MemoryWorld | GitWorld | LocalWorld:
    if kind == "memory":
        return MemoryWorld()
    remote = seeded(tmp_path)
    return GitWorld(remote, Clones(remote)) if kind == "git" else LocalWorld(remote)


def append(store: LedgerStore, files: Mapping[str, bytes], message: str = "An event") -> Commit:
    """Add files to the tip, and expect to win."""
    commit = store.commit(store.tip(), files, message)
    assert store.push(commit) is Push.DONE
    assert store.tip() == commit.tip
    return commit


def test_nothing_there(world: World) -> None:
    store = world.clone()
    assert store.tip() is None
    assert store.known() is None


def test_create(world: World) -> None:
    store = world.clone()
    commit = store.commit(None, LEDGER, "Ledger")
    assert commit.base is None
    assert world.branch() is None, "a commit is no push"
    assert store.push(commit) is Push.DONE
    assert world.branch() == commit.tip.commit
    assert store.tip() == store.known() == commit.tip
    assert world.clone().tip() == commit.tip


def test_second_create_loses(world: World) -> None:
    first, second = world.clone(), world.clone()
    commit, late = first.commit(None, LEDGER, "One"), second.commit(None, LEDGER, "Two")
    assert first.push(commit) is Push.DONE
    assert second.push(late) is Push.MOVED
    assert second.tip() == commit.tip
    assert second.push(late) is Push.MOVED
    assert world.branch() == commit.tip.commit


def test_append_and_read(world: World) -> None:
    store = world.clone()
    append(store, LEDGER)
    data = bytes(range(256)) * 3
    commit = append(store, {CLAIMED: data, CHAINED: b"", "runs/step1/0a/1-11/w00/a b/Ü.yaml": b"no newline"})
    other = world.clone()
    tip = other.tip()
    assert tip == commit.tip
    files = other.files(tip)
    assert list(other.read(files.values())) == list(dict.fromkeys(files.values()))
    found = other.read(files.values())
    assert {path: found[oid] for path, oid in files.items()} == {
        "ledger.json": b"{}\n",
        CLAIMED: data,
        CHAINED: b"",
        "runs/step1/0a/1-11/w00/a b/Ü.yaml": b"no newline",
    }


def test_replace(world: World) -> None:
    store = world.clone()
    append(store, {"status.json": b"1", CLAIMED: b"x"})
    tip = append(store, {"status.json": b"2"}).tip
    files = store.files(tip)
    assert set(files) == {"status.json", CLAIMED}
    below = append(store, {"status.json/x": b"3"}).tip
    assert set(store.files(below)) == {"status.json/x", CLAIMED}
    assert store.read([files["status.json"]]) == {files["status.json"]: b"2"}


def test_stale_base_is_moved(world: World) -> None:
    first, second = world.clone(), world.clone()
    base = append(first, LEDGER).tip
    assert second.tip() == base
    late = second.commit(base, {CLAIMED: b"late"}, "Late")
    won = append(first, {CLAIMED: b"won"})
    assert second.push(late) is Push.MOVED
    assert second.tip() == won.tip
    assert second.push(late) is Push.MOVED
    assert world.branch() == won.tip.commit


def test_two_race_and_one_wins(world: World) -> None:
    stores = [world.clone() for _ in range(4)]
    base = append(stores[0], LEDGER).tip
    assert [store.tip() for store in stores] == [base] * 4
    commits = [store.commit(base, {CLAIMED: b"same"}, "Claim") for store in stores]
    answers = [store.push(commit) for store, commit in zip(stores, commits, strict=True)]
    assert sorted(answer.value for answer in answers) == ["done", "moved", "moved", "moved"]
    winner = commits[answers.index(Push.DONE)]
    assert {store.tip() for store in stores} == {winner.tip}


def test_same_call_makes_two_commits(world: World) -> None:
    first, second = world.clone(), world.clone()
    append(first, LEDGER)
    base = first.tip()
    assert second.tip() == base
    one, two, three = (s.commit(base, {CLAIMED: b"x"}, "Claim") for s in (first, first, second))
    assert len({one.tip.commit, two.tip.commit, three.tip.commit}) == 3
    assert one.tip.tree == two.tip.tree == three.tip.tree


def test_push_twice_is_harmless(world: World) -> None:
    first, second = world.clone(), world.clone()
    commit = append(first, LEDGER)
    assert first.push(commit) is Push.DONE
    assert world.branch() == commit.tip.commit
    assert second.tip() == commit.tip
    later = append(second, {CLAIMED: b"x"})
    assert first.push(commit) is Push.MOVED, "its base is not the tip"
    assert world.branch() == later.tip.commit


def test_history(world: World) -> None:
    store = world.clone()
    one = append(store, LEDGER | {CLAIMED: b"1"}, "One\n\nMore words\n:0 of it")
    two = append(store, {CHAINED: b"2"}, "Two")
    three = append(store, {"ledger.json": b"3", CLAIMED + "/x": b"4"}, "Three")
    before, after = store.files(two.tip), store.files(three.tip)
    entries = list(store.history(three.tip))
    assert [entry.commit for entry in entries] == [c.tip.commit for c in (three, two, one)]
    assert [entry.tree for entry in entries] == [c.tip.tree for c in (three, two, one)]
    assert [entry.parents for entry in entries] == [(two.tip.commit,), (one.tip.commit,), ()]
    assert [entry.message.splitlines()[0] for entry in entries] == ["Three", "Two", "One"]
    assert entries[2].message.startswith("One\n\nMore words\n:0 of it")
    assert {entry.author for entry in entries} == {"Test Author <author@test.invalid>"}
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", entry.at) for entry in entries)
    assert {(c.path, c.before, c.after) for c in entries[2].changes} == {
        (path, None, oid) for path, oid in before.items() if path != CHAINED
    }
    assert [(c.path, c.before, c.after) for c in entries[1].changes] == [(CHAINED, None, before[CHAINED])]
    assert {(c.path, c.before, c.after) for c in entries[0].changes} == {
        ("ledger.json", before["ledger.json"], after["ledger.json"]),
        (CLAIMED, before[CLAIMED], None),
        (CLAIMED + "/x", None, after[CLAIMED + "/x"]),
    }
    assert store.complete(three.tip)
    assert next(iter(store.history(two.tip))).commit == two.tip.commit
    assert [store.made_at(c.tip) for c in (three, two, one)] == [entry.at for entry in entries]


def test_shards(world: World) -> None:
    store = world.clone()
    foreign = {"runs/README": b"", "runs/step1/loose": b"", "plans/ab.json": b"", "steps/loose": b""}
    one = append(store, LEDGER | foreign).tip
    assert store.shards(one) == {}
    two = append(store, {CLAIMED: b"1", OTHER: b"2", ACCEPTED: b"3", CHAINED: b"4"}).tip
    before = store.shards(two)
    assert list(before) == ["groups/step1/0a", "runs/step1/0a", "runs/step1/ff", "steps/step1"]
    three = append(store, {"runs/step1/0a/1-11/w00/0002-prepared.json": b"5", "runs/step2/0a/x/y": b"6"}).tip
    after = store.shards(three)
    assert {path for path in after if after[path] != before.get(path)} == {"runs/step1/0a", "runs/step2/0a"}
    assert before.keys() < after.keys()
    assert store.shards(two) == before


def test_files_below(world: World) -> None:
    store = world.clone()
    tip = append(store, LEDGER | {CLAIMED: b"1", OTHER: b"2", ACCEPTED: b"3", CHAINED: b"4"}).tip
    whole = store.files(tip)
    assert store.files(tip, ["runs/step1/0a"]) == {CLAIMED: whole[CLAIMED]}
    assert set(store.files(tip, ["runs/step1/0a/", "steps/step1"])) == {CLAIMED, CHAINED}
    assert set(store.files(tip, ["runs", "ledger.json"])) == {CLAIMED, OTHER, "ledger.json"}
    assert store.files(tip, []) == {}
    assert store.files(tip, ["runs/step1/0", "nowhere", "runs/step1/0*"]) == {}
    many = [f"runs/step1/{n:02x}" for n in range(256)]
    assert set(store.files(tip, many)) == {CLAIMED, OTHER}
    assert store.files(tip, [""]) == whole


def test_read_absent(world: World) -> None:
    store = world.clone()
    tip = append(store, LEDGER | {CLAIMED: b"1"}).tip
    oid = store.files(tip)[CLAIMED]
    for wrong in ("0" * 40, "nonsense", tip.tree, f"{oid}\n{oid}", ""):
        with pytest.raises(LedgerError):
            store.read([oid, wrong])
    assert store.read([]) == {}
    assert store.read([oid, oid]) == {oid: b"1"}


@pytest.mark.parametrize(
    "path", ["", "/x", "a//b", "../x", "a/./b", ".git/config", "a/.GIT/b", "a\nb", "a\0b"]
)
def test_odd_paths_are_refused(world: World, path: str) -> None:
    with pytest.raises(LedgerError):
        world.clone().commit(None, {path: b""}, "Odd")


def test_a_path_in_another_is_refused(world: World) -> None:
    with pytest.raises(LedgerError):
        world.clone().commit(None, {"a/b": b"", "a": b""}, "Odd")


def rewound(world: World, store: LedgerStore) -> tuple[Tip, str]:
    first = append(store, LEDGER)
    last = append(store, {CLAIMED: b"1"})
    world.set_branch(first.tip.commit)
    return last.tip, first.tip.commit


def deleted(world: World, store: LedgerStore) -> tuple[Tip, None]:
    last = append(store, LEDGER)
    world.set_branch(None)
    return last.tip, None


def forked(world: World, store: LedgerStore) -> tuple[Tip, str]:
    base = append(store, LEDGER)
    last = append(store, {CLAIMED: b"1"})
    world.set_branch(base.tip.commit)
    fork = append(world.clone(), {CLAIMED: b"2"}) if not isinstance(world, LocalWorld) else None
    if fork is None:
        fork = store.commit(base.tip, {CLAIMED: b"2"}, "Fork")
        world.set_branch(fork.tip.commit)
    return last.tip, fork.tip.commit


@pytest.mark.parametrize("harm", [rewound, deleted, forked])
def test_history_must_go_on(world: World, harm: object) -> None:
    store = world.clone()
    assert callable(harm)
    last, there = harm(world, store)
    for _ in range(2):
        with pytest.raises(HistoryError) as raised:
            store.tip()
        assert last.commit in str(raised.value)
        assert (there or "gone") in str(raised.value)
        assert store.known() == last, "what was known is not forgotten"
    assert store.push(store.commit(last, {OTHER: b""}, "On what was known")) is Push.MOVED
    assert store.push(store.commit(None, LEDGER, "Anew")) is Push.MOVED
    assert world.branch() == there
    if there is not None:
        tree = next(iter(store.history(Tip(there, "")))).tree
        assert store.push(store.commit(Tip(there, tree), {OTHER: b""}, "On what is there")) is Push.MOVED
    assert world.branch() == there


def test_refused(world: World) -> None:
    store = world.clone()
    base = append(store, LEDGER).tip
    commit = store.commit(base, {CLAIMED: b"1"}, "Claim")
    world.refuse()
    with pytest.raises(RefusedError, match="no thanks"):
        store.push(commit)
    assert store.tip() == base
    assert world.branch() == base.commit


def test_unreachable(remote_world: RemoteWorld) -> None:
    store = remote_world.clone()
    base = append(store, LEDGER).tip
    commit = store.commit(base, {CLAIMED: b"1"}, "Claim")
    remote_world.down()
    with pytest.raises(UnreachableError):
        store.tip()
    with pytest.raises(UnreachableError):
        store.push(commit)
    assert store.known() == base
    assert set(store.files(base)) == {"ledger.json"}


def test_lost_reply(remote_world: RemoteWorld) -> None:
    store = remote_world.clone()
    base = append(store, LEDGER).tip
    commit = store.commit(base, {CLAIMED: b"1"}, "Claim")
    remote_world.lose_reply()
    assert store.push(commit) is Push.UNCLEAR
    assert remote_world.branch() == commit.tip.commit
    assert store.tip() == commit.tip
    assert store.push(commit) is Push.DONE
    assert remote_world.branch() == commit.tip.commit


def test_lost_push(remote_world: RemoteWorld) -> None:
    store = remote_world.clone()
    base = append(store, LEDGER).tip
    commit = store.commit(base, {CLAIMED: b"1"}, "Claim")
    remote_world.lose()
    assert store.push(commit) is Push.UNCLEAR
    assert remote_world.branch() == base.commit
    assert store.tip() == base
    assert store.push(commit) is Push.DONE


def test_lost_reply_to_create(remote_world: RemoteWorld) -> None:
    store = remote_world.clone()
    commit = store.commit(None, LEDGER, "Ledger")
    remote_world.lose_reply()
    assert store.push(commit) is Push.UNCLEAR
    assert store.push(commit) is Push.DONE
    assert store.tip() == commit.tip
