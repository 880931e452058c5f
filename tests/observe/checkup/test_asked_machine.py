"""Directories, room, quotas and records of a machine."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from cmcompile.observe.checkup import machine


def test_a_directory_is_written_to_and_left_as_it_was(tmp_path: Path) -> None:
    found = machine.writable(str(tmp_path))
    assert (found["fault"], found["made"]) == ("", False)
    assert abs(float(str(found["skew"]))) < 5
    assert list(tmp_path.iterdir()) == []


def test_one_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert machine.writable(str(tmp_path / "a/b"))["made"] is True
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_directory_can_not_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert machine.writable(str(tmp_path / "file/x"))["fault"] == f"{tmp_path}/file is no directory"
    # Nobody may make files there, not even root.
    assert machine.writable("/proc")["fault"]


def test_the_time_of_a_file_server_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    assert machine.writable(str(tmp_path))["skew"] == pytest.approx(3600, abs=60)
    monkeypatch.setattr(time, "time", lambda: now + 3600)
    assert machine.writable(str(tmp_path))["skew"] == pytest.approx(-3600, abs=60)


def test_room_is_that_of_the_nearest_directory(tmp_path: Path) -> None:
    found, above = machine.room(str(tmp_path / "a/b")), machine.room(str(tmp_path))
    assert found["device"] == above["device"]
    assert float(str(found["free"])) > 0


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ("", None),
        ("Disk quotas for user me (uid 1): none\n", None),
        (
            "Disk quotas for user me (uid 1): \n"
            "     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace\n"
            "/dev/sda1  1000  5000  6000  0  10  0  0  0\n",
            5000 * 1024,
        ),
        ("nfs:/home  1000  5000  0  0  10  0  0  0\nnfs:/data  900*  0  800  0  10  0  0  0\n", -100 * 1024),
        ("nfs:/home  1000  0  0  0  10  0  0  0\n", None),
    ],
)
def test_the_least_quota_counts(rows: str, left: int | None) -> None:
    assert machine.read_quota(rows) == left


@pytest.mark.parametrize("kind", ["there", "absent", "hangs"])
def test_a_quota_that_may_be_in_force_is_asked_for(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine, "_mount", lambda _: ("/data", "nfs4", "rw"))
    monkeypatch.setattr(machine, "_SECONDS", 0.5)
    program = tmp_path / "quota"
    if kind != "absent":
        act = "sleep 60" if kind == "hangs" else "echo nfs:/data 1000 0 3000 0 1 0 0 0"
        program.write_text(f"#!/bin/sh\n{act}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin" if kind != "absent" else str(tmp_path))
    found = machine.room(str(tmp_path))
    if kind == "there":
        assert (found["quota"], found["silent"]) == (2000 * 1024, "")
    else:
        assert found["quota"] is None
        assert "quota" in str(found["silent"])


def test_quotas_in_force_are_seen_by_the_options_of_a_mount() -> None:
    assert machine._in_force("rw,relatime,prjquota")
    assert machine._in_force("rw,usrjquota=aquota.user")
    assert not machine._in_force("rw,noquota")


def test_records_are_looked_at_and_not_made(tmp_path: Path) -> None:
    home = tmp_path / "runs"
    assert machine.records(str(home)) == {"home": str(home), "host": "", "here": True, "fault": ""}
    assert not home.exists()
    home.mkdir()
    (home / "host").write_text(socket.gethostname())
    assert machine.records(str(home))["here"] is True
    (home / "host").write_text("elsewhere")
    assert machine.records(str(home))["here"] is False
    (home / "host").unlink()
    (home / "other").write_text("")
    assert machine.records(str(home))["fault"] == f"{home} holds something else than records"


def test_submit_directories_are_found_by_their_prefix(tmp_path: Path) -> None:
    for name in ("u/1/w00-abc", "u/1/other", "u/12/w00-abc"):
        (tmp_path / "submit" / name).mkdir(parents=True)
    assert machine.submits(str(tmp_path), ("u/1/w", "u/3/w")) == {
        "found": {"u/1/w": ["u/1/w00-abc"], "u/3/w": []}
    }


def test_a_spool_tells_what_waits_and_what_is_unreadable(tmp_path: Path) -> None:
    assert machine.spool(str(tmp_path / "none")) == {"waiting": [], "aside": []}
    (tmp_path / "000000001-a.json").write_text("")
    (tmp_path / "000000002-b.json.unreadable").write_text("")
    found = machine.spool(str(tmp_path))
    assert found["waiting"] == [f"{tmp_path}/000000001-a.json"]
    assert found["aside"] == [f"{tmp_path}/000000002-b.json.unreadable"]
