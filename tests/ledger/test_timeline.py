"""Which tip was there when, and who added what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ledger_builder import Builder, git, shallow

from cmcompile.ledger.git_store import GitStore
from cmcompile.ledger.memory_store import MemoryRemote, MemoryStore
from cmcompile.ledger.timeline import MomentError, commits_of, tip_at
from cmcompile.model.ledger import Entry, Tip

START = datetime(2026, 11, 18, 12, tzinfo=UTC)


class Ticking(MemoryStore):
    """One commit every twelve hours; counts how far history is read."""

    def __init__(self) -> None:
        self.times = 0
        self.read_entries = 0
        super().__init__(MemoryRemote(now=self._now), "c")
        self.tips: list[Tip] = []
        for number in range(6):
            base = self.tips[-1] if self.tips else None
            made = self.commit(base, {f"runs/step1/00/{number}.json": b"x"}, f"commit {number}")
            self.push(made)
            self.tips.append(made.tip)

    def _now(self) -> datetime:
        self.times += 1
        return START + timedelta(hours=12 * (self.times - 1))

    def history(self, tip: Tip) -> Iterator[Entry]:
        for entry in super().history(tip):
            self.read_entries += 1
            yield entry


@pytest.fixture
def store() -> Ticking:
    return Ticking()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2026-11-18", 0),
        ("2026-11-19", 2),
        ("2026-11-30", 5),
        ("2026-11-18T12:00", 0),
        ("2026-11-18T23:59:59", 0),
        ("2026-11-19T00:00:00Z", 1),
        ("2026-11-19 00:00", 1),
        ("2026-11-19T01:00+01:00", 1),
        ("2026-11-19T00:59+01:00", 0),
        (" 2026-11-19 ", 2),
        ("~0", 5),
        ("~2", 3),
        ("~5", 0),
    ],
)
def test_moments(store: Ticking, text: str, number: int) -> None:
    assert tip_at(store, store.tips[-1], text) == store.tips[number]


def test_commits(store: Ticking) -> None:
    for tip in store.tips:
        assert tip_at(store, store.tips[-1], tip.commit) == tip
        assert tip_at(store, store.tips[-1], tip.commit[:12].upper()) == tip
    with pytest.raises(MomentError, match=f"no commit of the ledger is {store.tips[3].commit}"):
        tip_at(store, store.tips[2], store.tips[3].commit)


def test_a_moment_is_looked_for_from_the_end(store: Ticking) -> None:
    tip_at(store, store.tips[-1], "2026-11-20T12:00")
    assert store.read_entries == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-11-17", "the ledger begins with .* of 2026-11-18T12:00:00Z"),
        ("2026-11-18T11:59", "nothing so early"),
        ("~6", "nothing so early"),
        ("2026-13-01", "there is no such date"),
        ("2026-11-31T00:00", "there is no such date"),
        ("2026-11-19T25:00", "there is no such date"),
        ("9999-12-31", "there is no such date"),
        ("yesterday", "is no date and no commit"),
        ("", "is no date and no commit"),
        ("cm/c", "is no date and no commit"),
        ("abc", "is no date and no commit"),
        ("0000000", "no commit of the ledger is 0000000"),
        ("--all", "is no date and no commit"),
    ],
)
def test_what_is_no_moment(store: Ticking, text: str, words: str) -> None:
    with pytest.raises(MomentError, match=words):
        tip_at(store, store.tips[-1], text)


def test_digits_that_mean_several_commits(store: Ticking, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [
        Entry(f"abcd{n}", "t", (f"abcd{n - 1}",) if n else (), "A", "2026-01-01T00:00:00Z", "", ())
        for n in (1, 0)
    ]
    monkeypatch.setattr(store, "history", lambda tip: iter(entries))
    with pytest.raises(MomentError, match=r"2 commits of the ledger \(abcd1, abcd0\)"):
        tip_at(store, Tip("abcd1", "t"), "abcd")
    assert tip_at(store, Tip("abcd1", "t"), "abcd0").commit == "abcd0"


def test_a_history_that_is_too_short(tmp_path: Path) -> None:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "--quiet")
    builder = Builder(root, "c").begin()
    builder.commits += [{"README.md": str(n).encode()} for n in range(5)]
    commits = builder.plant()
    clone = GitStore(shallow(root, tmp_path / "clone", "c", 3), "c", None)
    tip = clone.tip()
    assert tip is not None
    assert tip_at(clone, tip, "~2").commit == commits[3]
    assert tip_at(clone, tip, "2026-11-01T05:30").commit == commits[5]
    for text in ("~3", "2026-10-30", "2026-11-01T02:30"):
        with pytest.raises(
            MomentError, match=f"history that is there begins with {commits[3][:12]}.*unshallow"
        ):
            tip_at(clone, tip, text)
    with pytest.raises(MomentError, match="only a part of its history is there"):
        tip_at(clone, tip, commits[0])


def test_who_added_what(store: Ticking) -> None:
    found = commits_of(store, store.tips[-1], ["runs/step1/00/4.json", "runs/step1/00/3.json", "nothing"])
    assert found["runs/step1/00/4.json"].commit == store.tips[4].commit
    assert found["runs/step1/00/3.json"].message == "commit 3"
    assert found["runs/step1/00/3.json"].at == "2026-11-20T00:00:00Z"
    assert found["runs/step1/00/3.json"].author == "Test Author <author@test.invalid>"
    assert len(found) == 2


def test_the_walk_ends_with_the_last_file_found(store: Ticking) -> None:
    commits_of(store, store.tips[-1], ["runs/step1/00/4.json"])
    assert store.read_entries == 2
    commits_of(store, store.tips[-1], [])
    assert store.read_entries == 2
