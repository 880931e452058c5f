"""A spool: each signal once, none half, nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from signal_examples import K, read_spool, stored, write

from cmcompile.batch.run_files import SIGNALS
from cmcompile.model.signal import Unread
from cmcompile.signals.codec import encode
from cmcompile.signals.spool import SPOOL, SpoolError, read_signal
from cmcompile.signals.write import new_name, put


def test_the_wrapper_and_the_readers_mean_the_same_directory() -> None:
    assert SPOOL == SIGNALS


def test_each_signal_is_told(tmp_path: Path) -> None:
    first, second = stored(K.BEGUN, 1), stored(K.ENDED, 2, exit_=0)
    write(tmp_path, second, first)
    assert read_spool(tmp_path).signals == (first, second)
    assert read_signal(tmp_path, "1-9-aaaa.json") is None


def test_a_spool_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert read_spool(tmp_path / "none").signals == ()


def test_a_spool_that_can_not_be_read_is_no_empty_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolError, match="can't be read: Not a directory"):
        read_spool(tmp_path / "file")


def test_what_is_no_signal_is_told_until_it_is_mended(tmp_path: Path) -> None:
    good = stored(K.BEGUN, 1)
    (tmp_path / good.name).write_bytes(encode(good.signal)[:-20])
    assert read_spool(tmp_path).unread == (Unread(good.name, "it is not JSON, or was cut"),)
    write(tmp_path, good)
    assert read_spool(tmp_path) == ((good,), ())


def test_what_is_no_plain_file_holds_nobody_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "1-1-aaaa.json")
    (tmp_path / "1-2-aaaa.json").symlink_to("/dev/zero")
    (tmp_path / "1-3-aaaa.json").mkdir()
    (tmp_path / "readme.txt").write_text("hello")
    found = read_spool(tmp_path)
    assert found.signals == ()
    assert {u.name[:3] for u in found.unread} == {"1-1", "1-2", "1-3"}


def test_a_file_without_end_is_not_read_whole(tmp_path: Path) -> None:
    with (tmp_path / "1-1-aaaa.json").open("wb") as file:
        file.truncate(1 << 40)
    assert "longer than" in read_spool(tmp_path).unread[0].why


_WRITER = """\
import sys
from cmcompile.signals.write import new_name, put
head = b'{"v":1,"run":"r","job":1,"kind":"message","at":"2026-11-20T08:00:00Z","message":"'
data = head + b"x" * 1990 + b'"}'
print("ready", flush=True)
while True:
    put(sys.argv[1], new_name(1), data)
"""


def test_a_killed_writer_leaves_no_half_signal(tmp_path: Path) -> None:
    for turn in range(10):
        with subprocess.Popen([sys.executable, "-c", _WRITER, tmp_path], stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(0.005 * (turn + 1))
            writer.send_signal(signal.SIGKILL)
    found = read_spool(tmp_path)
    assert found.signals
    assert found.unread == ()


def test_what_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "1-1-aaaa.json").mkdir()
    with pytest.raises(OSError, match="Is a directory"):
        put(str(tmp_path), "1-1-aaaa.json", b"x")
    assert [path.name for path in tmp_path.iterdir()] == ["1-1-aaaa.json"]


def test_names_are_not_given_twice() -> None:
    assert len({new_name(1) for _ in range(1000)}) == 1000
