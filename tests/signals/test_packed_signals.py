"""The kept file of a spool: it is quick, and without it all is the same."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from signal_examples import K, read_spool, spooled, stored, write

from cmcompile.model.signal import Stored, Unread
from cmcompile.signals import packed as room
from cmcompile.signals.codec import encode
from cmcompile.signals.fold import fold_signals
from cmcompile.signals.packed import Packed, jobs_of, prune
from cmcompile.signals.spool import SpoolError, read_signal

LONG_AGO = (1, 1)


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    write(tmp_path / "signals", stored(K.BEGUN, 1), stored(K.ENDED, 2, exit_=0), stored(K.BEGUN, 1, 2))
    return tmp_path / "signals"


def truth(spool: Path) -> object:
    return fold_signals(read_spool(spool).signals)


def test_a_spool_is_folded_with_and_without_a_cache(spool: Path, tmp_path: Path) -> None:
    assert jobs_of(spool) == jobs_of(spool, tmp_path / "kept") == truth(spool)
    assert jobs_of(tmp_path / "none") == {}


def test_only_what_is_new_is_read(spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs_of(spool, tmp_path / "kept")
    read: list[str] = []

    def seen(place: Path, name: str) -> Stored | Unread | None:
        read.append(name)
        return read_signal(place, name)

    monkeypatch.setattr(room, "read_signal", seen)
    late = stored(K.ENDED, 5, 2, exit_=1)
    write(spool, late)
    assert jobs_of(spool, tmp_path / "kept") == truth(spool)
    assert read == [late.name]


def test_a_spool_that_is_as_it_was_is_not_listed(
    spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(spool, LONG_AGO)
    before = jobs_of(spool, tmp_path / "kept")
    monkeypatch.setattr(room, "names_of", lambda _: pytest.fail("it was listed"))
    assert jobs_of(spool, tmp_path / "kept") == before


def test_one_that_has_just_changed_is_listed_again(spool: Path, tmp_path: Path) -> None:
    jobs_of(spool, tmp_path / "kept")
    seen = spool.stat()
    write(spool, stored(K.ENDED, 5, 2, exit_=1))
    os.utime(spool, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    assert jobs_of(spool, tmp_path / "kept") == truth(spool)


@pytest.mark.parametrize("harm", ["cut", "flip", "empty", "other", "gone"])
def test_a_kept_file_that_is_harmed_changes_nothing(spool: Path, tmp_path: Path, harm: str) -> None:
    os.utime(spool, LONG_AGO)
    jobs_of(spool, tmp_path / "kept")
    (path,) = (tmp_path / "kept").iterdir()
    data = path.read_bytes()
    at = data.index(b"begun")
    path.write_bytes(
        {
            "cut": data[:-9],
            "flip": data[:at] + b"ended" + data[at + 5 :],
            "empty": b"",
            "other": b"x" * 5000,
            "gone": data,
        }[harm]
    )
    if harm == "gone":
        path.unlink()
    assert jobs_of(spool, tmp_path / "kept") == truth(spool)


def test_one_of_another_version_is_not_believed(
    spool: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.utime(spool, LONG_AGO)
    jobs_of(spool, tmp_path / "kept")
    (path,) = (tmp_path / "kept").iterdir()
    before = path.read_bytes()
    monkeypatch.setattr("cmcompile.signals.kept.VERSION", 99)
    assert jobs_of(spool, tmp_path / "kept") == truth(spool)
    assert path.read_bytes() != before


def test_signals_that_were_removed_count_no_more(spool: Path, tmp_path: Path) -> None:
    jobs_of(spool, tmp_path / "kept")
    (spool / stored(K.ENDED, 2).name).unlink()
    (spool / stored(K.BEGUN, 1, 2).name).unlink()
    assert jobs_of(spool, tmp_path / "kept") == truth(spool)
    assert list(jobs_of(spool, tmp_path / "kept")) == [1]


def test_what_can_not_be_kept_is_folded_all_the_same(spool: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("a file is in the way")
    assert jobs_of(spool, tmp_path / "kept") == truth(spool)


def test_a_spool_that_can_not_be_read_is_no_empty_one(tmp_path: Path) -> None:
    (tmp_path / "signals").write_text("")
    with pytest.raises(SpoolError):
        jobs_of(tmp_path / "signals", tmp_path / "kept")
    assert [p for p in (tmp_path / "kept").iterdir() if p.suffix == ".tmp"] == []


def test_files_without_a_signal_are_counted_each_time(spool: Path, tmp_path: Path) -> None:
    (spool / "9-1-aaaa.json").write_text("{")
    os.utime(spool, LONG_AGO)
    for _ in range(2):
        with Packed(spool, tmp_path / "kept") as found:
            assert [u.name for u in found.unread] == ["9-1-aaaa.json"]
            assert found.counts().unread == 1
            assert found.counts().jobs == 2


def test_what_could_not_be_looked_into_is_looked_at_again(spool: Path, tmp_path: Path) -> None:
    (spool / "9-1-aaaa.json").symlink_to("nowhere")
    os.utime(spool, LONG_AGO)
    jobs_of(spool, tmp_path / "kept")
    (spool / "9-1-aaaa.json").unlink()
    write(spool, stored(K.BEGUN, 1, 9))
    os.utime(spool, LONG_AGO)
    assert 9 in jobs_of(spool, tmp_path / "kept")


def test_what_was_half_written_and_mended_where_it_is_is_read(spool: Path, tmp_path: Path) -> None:
    late = stored(K.ENDED, 5, 2, exit_=1)
    (spool / late.name).write_bytes(encode(late.signal)[:-9])
    os.utime(spool, LONG_AGO)
    assert not jobs_of(spool, tmp_path / "kept")[2].has_ended
    write(spool, late)
    os.utime(spool, LONG_AGO)  # to write into a file is no change of its directory
    assert jobs_of(spool, tmp_path / "kept")[2].exit == 1


def test_what_nobody_has_used_for_long_is_removed(spool: Path, tmp_path: Path) -> None:
    write(tmp_path / "old", stored(K.BEGUN, 1))
    write(tmp_path / "used", stored(K.BEGUN, 1))
    for name in ("used", "old"):
        os.utime(tmp_path / name, LONG_AGO)
        jobs_of(tmp_path / name, tmp_path / "kept")
    for path in (tmp_path / "kept").iterdir():
        os.utime(path, LONG_AGO)
    jobs_of(tmp_path / "used", tmp_path / "kept")
    jobs_of(spool, tmp_path / "kept")
    prune(tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 2
    assert jobs_of(tmp_path / "old", tmp_path / "kept") == truth(tmp_path / "old")
    prune(tmp_path / "none")


@settings(max_examples=40, deadline=None)
@given(passes=st.lists(st.lists(spooled(), max_size=6), max_size=4), data=st.data())
def test_any_passes_give_what_one_pass_gives(
    tmp_path_factory: pytest.TempPathFactory, passes: list[list[Stored]], data: st.DataObject
) -> None:
    root = tmp_path_factory.mktemp("passes")
    (root / "signals").mkdir()
    told: set[str] = set()
    for signals in passes:
        # The same name is the same signal: a file is never written again with something else.
        fresh = {s.name: s for s in signals if s.name not in told}
        told |= fresh.keys()
        write(root / "signals", *fresh.values())
        if data.draw(st.booleans()):
            names = sorted(path.name for path in (root / "signals").iterdir())
            for name in data.draw(st.lists(st.sampled_from(names), max_size=2) if names else st.just([])):
                (root / "signals" / name).unlink(missing_ok=True)
        assert jobs_of(root / "signals", root / "kept") == truth(root / "signals")
