"""Records of supervised runs: ids, states, locks, and what a crash leaves at each point."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cmcompile.engine import lock, record
from cmcompile.engine.record import LOST, Hold, RecordError, Records, Run, Standing, home_of, written

_IMPORTS = "from pathlib import Path; from cmcompile.engine.record import *"
RUN = Run("", "u_me_x", "some.Service", "/submit/x", "2026-11-20T08:00:00Z", "u/me/x")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "home")


def other_process(records: Records, code: str) -> str:
    """Do something in a process of its own, and return what it prints."""
    text = f"{_IMPORTS}; r = Records(Path({str(records.home)!r})); {code}"
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


def test_a_run_is_recorded_and_found(records: Records) -> None:
    run, hold = records.new(RUN)
    assert run.id == "1"
    assert records.run("1") == run
    assert list(records.runs()) == [run]
    assert records.standing("1") == Standing("submitted", "SUBMITTED", 2)
    hold.close()


def test_ids_are_never_given_twice(records: Records) -> None:
    assert [records.new(RUN)[0].id for _ in range(3)] == ["1", "2", "3"]
    (records.home / "count").unlink()
    assert records.new(RUN)[0].id == "4"


def test_ids_are_unique_among_processes(records: Records) -> None:
    records.make()
    code = "[print(r.new(Run('', 'n', 's', '/p', 't'))[0].id) for _ in range(20)]"
    text = f"{_IMPORTS}; r = Records(Path({str(records.home)!r})); {code}"
    many = [
        subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    ids = [line for one in many for line in one.communicate()[0].split()]
    assert sorted(map(int, ids)) == list(range(1, 61))


def test_a_run_lives_while_its_lock_is_held(records: Records) -> None:
    run, hold = records.new(RUN)
    records.set(run.id, "running", "RUNNING")
    assert other_process(records, "print(r.standing('1').state)") == "running"
    hold.close()
    assert records.standing(run.id) == Standing("failed", LOST, 5)
    assert records.standing(run.id).serial == 5


def test_what_has_ended_stays_so_without_a_lock(records: Records) -> None:
    run, hold = records.new(RUN)
    records.set(run.id, "succeeded", "SUCCEEDED")
    hold.close()
    assert records.standing(run.id).state == "succeeded"


def test_two_can_not_hold_one_run(records: Records) -> None:
    _, hold = records.new(RUN)
    assert records.hold("1") is None
    assert other_process(records, "print(r.hold('1'))") == "None"
    hold.close()
    assert records.hold("1") is not None


def test_a_child_that_inherits_the_lock_holds_it(records: Records) -> None:
    run, hold = records.new(RUN)
    os.set_inheritable(hold.descriptor, True)
    child = subprocess.Popen(["sleep", "60"], pass_fds=[hold.descriptor])
    hold.close()
    assert records.is_held(run.id)
    child.kill()
    child.wait()
    assert not records.is_held(run.id)


def test_who_looks_does_not_stand_in_the_way(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look that took the lock for a moment would let the supervisor's own attempt fail."""
    run, hold = records.new(RUN)
    hold.close()
    real = lock.is_locked
    taken: list[Hold | None] = []

    def looking(descriptor: int) -> bool:
        found = real(descriptor)
        # The look has the file open: whatever it holds, it holds now.
        taken.append(records.hold(run.id))
        return found

    monkeypatch.setattr(record, "is_locked", looking)
    assert not records.is_held(run.id)
    assert len(taken) == 1
    assert taken[0] is not None
    taken[0].close()


def test_a_run_that_is_taken_up_between_two_looks_is_not_lost(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, hold = records.new(RUN)
    hold.close()
    looks = []

    def is_held(self: Records, run_id: str) -> bool:
        looks.append(run_id)
        if len(looks) == 1:
            self.set(run_id, "submitted", "RESTARTED")
            return False
        return True

    monkeypatch.setattr(Records, "is_held", is_held)
    assert records.standing(run.id).word == "RESTARTED"


def test_a_serial_grows_also_over_a_loss(records: Records) -> None:
    run, hold = records.new(RUN)
    hold.close()
    serials = [records.standing(run.id).serial]
    records.set(run.id, "submitted", "RESTARTED")
    serials.append(records._state(run.id).serial)
    assert serials == sorted(set(serials))


@pytest.mark.parametrize("failing", ["lock", "state.json", "run.json"])
def test_a_crash_while_recording_leaves_no_run(
    records: Records, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """Whatever comes last, a run is there as a whole or not at all, and its id is not used again."""
    real = record.written

    def crash(path: Path, data: bytes) -> None:
        if path.name == failing:
            raise OSError(errno.ENOSPC, "no space")
        real(path, data)

    monkeypatch.setattr(record, "written", crash)
    if failing == "lock":
        monkeypatch.setattr(Records, "_hold", lambda *_: None)
    records.make()
    with pytest.raises((OSError, RecordError)):
        records.new(RUN)
    monkeypatch.undo()
    assert list(records.runs()) == []
    assert records.run("1") is None
    assert records.new(RUN)[0].id == "2"


def test_a_file_is_replaced_in_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    written(path, b"old")

    def crash(_: int) -> None:
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="broken"):
        written(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_another_machine_can_not_tell(records: Records) -> None:
    run, hold = records.new(RUN)
    (records.home / "host").write_text("elsewhere", encoding="utf-8")
    with pytest.raises(RecordError, match="supervised by elsewhere"):
        records.standing(run.id)
    with pytest.raises(RecordError, match="holds the runs of elsewhere"):
        records.new(RUN)
    records.set(run.id, "failed", "FAILED")
    assert records.standing(run.id).state == "failed"
    hold.close()


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"format": 99}', b'{"format": 1}'])
def test_what_can_not_be_read_is_told(records: Records, data: bytes) -> None:
    records.new(RUN)
    (records.place("1") / "run.json").write_bytes(data)
    with pytest.raises(RecordError):
        records.run("1")
    (records.place("1") / "state.json").write_bytes(data)
    with pytest.raises(RecordError):
        records.standing("1")


def test_no_records_are_told_apart_from_no_runs(records: Records) -> None:
    with pytest.raises(RecordError):
        list(records.runs())
    records.make()
    assert list(records.runs()) == []
    assert records.run("7") is None
    assert records.run("../../x") is None


def test_a_cancel_is_asked_seen_and_forgotten(records: Records) -> None:
    records.new(RUN)
    assert not records.is_asked_to_cancel("1")
    records.ask_to_cancel("1")
    records.ask_to_cancel("1")
    assert records.is_asked_to_cancel("1")
    records.forget_cancel("1")
    records.forget_cancel("1")
    assert not records.is_asked_to_cancel("1")


def test_the_place_of_the_records(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert home_of() == tmp_path / ".local/state/cmcompile/runs"
    monkeypatch.setenv("CMCOMPILE_RUNS", "/some/where")
    assert home_of() == Path("/some/where")
    assert home_of("~/runs") == tmp_path / "runs"


def test_a_run_is_plain_json(records: Records) -> None:
    records.new(RUN)
    found = json.loads((records.place("1") / "run.json").read_bytes())
    assert found["name"] == "u_me_x"
    assert found["format"] == record.FORMAT


def test_a_lock_that_was_removed_tells_nothing(records: Records) -> None:
    """What cleans old files away must not make a run that lives look like one that is over."""
    run, hold = records.new(RUN)
    records.set(run.id, "running", "RUNNING")
    (records.place(run.id) / "lock").unlink()
    with pytest.raises(RecordError, match="lock of run 1"):
        records.standing(run.id)
    with pytest.raises(RecordError, match="lock of run 1"):
        records.hold(run.id)
    records.set(run.id, "succeeded", "SUCCEEDED")
    assert records.standing(run.id).state == "succeeded"
    hold.close()


@pytest.mark.parametrize("left", [None, b"", b"\0\0", b"2"])
def test_ids_go_on_after_the_highest_whatever_was_removed(records: Records, left: bytes | None) -> None:
    for _ in range(3):
        records.new(RUN)[1].close()
    shutil.rmtree(records.place("2"))
    (records.home / "count").unlink()
    if left is not None:
        (records.home / "count").write_bytes(left)
    assert records.new(RUN)[0].id == "4"


def test_two_machines_that_begin_at_once_are_not_both_right(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.exists

    def exists(path: Path) -> bool:
        if path.name == "host" and not real(path):
            path.write_text("elsewhere", encoding="utf-8")
            return False
        return real(path)

    monkeypatch.setattr(Path, "exists", exists)
    with pytest.raises(RecordError, match="holds the runs of elsewhere"):
        records.make()
    assert records.host == "elsewhere"


def test_a_disk_that_has_no_locks_is_told_before_a_run(
    records: Records, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> bytes:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "fcntl", none)
    with pytest.raises(RecordError, match="no locks available"):
        records.make()
