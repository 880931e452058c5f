"""Files are taken for outputs by the tables of what was sent."""

from __future__ import annotations

import os
from hashlib import md5, sha256
from pathlib import Path

import pytest
from sent_world import Submitted, table

from cmcompile.catalog.errors import CatalogError
from cmcompile.catalog.filled import seconds
from cmcompile.catalog.scanned import Known, scan
from cmcompile.catalog.sent_jobs import SentJobs

OUTPUTS = (["a-1.root"], ["a-1.root", "h.root"], ["no.root"])


def test_outputs_are_looked_for_where_tables_say(tmp_path: Path) -> None:
    whole = tmp_path / "out" / "c-1.root"
    whole.parent.mkdir()
    whole.write_bytes(b"12345")
    one = Submitted(tmp_path / "submit", table([str(whole)], ["h.root"], ["no.root"], ["empty.root"]))
    relative = one.wrote(2, "h.root", b"123")
    one.wrote(4, "empty.root", b"")
    os.utime(whole, (100, 100))

    found = scan([one.sent], checksum="md5")

    assert (found.expected, found.absent, found.unread) == (4, 1, [])
    assert found.empty == [str(one.directory / "work/4/empty.root")]
    assert [(o.name, o.path, o.size, o.checksum, o.job, o.source) for o in found.found] == [
        (str(whole), str(whole), 5, "md5:" + md5(b"12345", usedforsecurity=False).hexdigest(), 1, "scan"),
        ("h.root", str(relative), 3, "md5:" + md5(b"123", usedforsecurity=False).hexdigest(), 2, "scan"),
    ]
    assert found.found[0].at == 100


def test_files_that_were_moved_are_found_by_name(tmp_path: Path) -> None:
    one = Submitted(tmp_path / "submit", table(["a-1.root"], ["x/b.root"], ["y/b.root"], ["/gone/c.root"]))
    tape = tmp_path / "tape"
    for name in ("2026/a-1.root", "x/b.root", "z/b.root", "c.root", "stranger.root"):
        (tape / name).parent.mkdir(parents=True, exist_ok=True)
        (tape / name).write_bytes(b"x")

    found = scan([one.sent], [tape])

    # Of `z/b.root` nobody can say which of both it is.
    assert sorted((o.name, o.path) for o in found.found) == [
        ("/gone/c.root", str(tape / "c.root")),
        ("a-1.root", str(tape / "2026/a-1.root")),
        ("x/b.root", str(tape / "x/b.root")),
    ]
    assert found.absent == 1


def test_the_newest_workflow_that_can_have_made_it_did(tmp_path: Path) -> None:
    out = tmp_path / "a.root"
    out.write_bytes(b"x")
    os.utime(out, (1000, 1000))
    jobs = table([str(out)])
    first, second = (Submitted(tmp_path / "submit", jobs, name).sent for name in ("w00", "w01"))
    early = type(first)(**{f: getattr(first, f) for f in first.__slots__} | {"since": 500.0})
    late = type(first)(**{f: getattr(second, f) for f in first.__slots__} | {"since": 2000.0})

    assert [o.workflow for o in scan([early, late]).found] == ["w00"]
    os.utime(out, (3000, 3000))
    assert [o.workflow for o in scan([late, early]).found] == ["w01"]


def test_a_job_that_never_began_made_nothing(tmp_path: Path) -> None:
    out = tmp_path / "a.root"
    out.write_bytes(b"x")
    jobs = table([str(out)])
    first, second = (Submitted(tmp_path / "submit", jobs, name).sent for name in ("w00", "w01"))

    def known(sent: SentJobs, job: int) -> Known:
        assert job == 1
        return "idle" if sent is second else "bad"

    assert scan([first, second], known=known).failed == [str(out)]
    # Nobody began, so that it came from elsewhere; it is there all the same.
    assert [o.workflow for o in scan([first, second], known=lambda *_: "idle").found] == ["w01"]


def test_what_a_failed_job_left_is_no_output(tmp_path: Path) -> None:
    one = Submitted(tmp_path, table(["a.root"], ["a.root"]))
    for number in (1, 2):
        one.wrote(number, "a.root")

    found = scan([one.sent], known=lambda _, job: "bad" if job == 1 else "good")

    assert [o.job for o in found.found] == [2]
    assert found.failed == [str(one.directory / "work/1/a.root")]


def test_two_workflows_have_files_of_their_own(tmp_path: Path) -> None:
    jobs = table(["a.root"])
    some = [Submitted(tmp_path, jobs, name) for name in ("w00", "w01")]
    for one in some:
        one.wrote(1, "a.root")
    assert sorted(o.run for o in scan([s.sent for s in some]).found) == [s.run for s in some]


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    one = Submitted(tmp_path, table(["a.root"], ["d"]))
    place = one.wrote(1, "x").with_name("a.root")
    os.mkfifo(place)
    one.wrote(2, "d/inside")

    found = scan([one.sent], checksum="sha256")

    assert found.unread == [f"{place}: it is no plain file"]
    assert [(o.name, o.size, o.checksum) for o in found.found] == [("d", None, "")]


def test_what_can_not_be_asked(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="no directory"):
        scan([], [tmp_path / "no"])
    for kind in ("crc", "shake_128"):
        with pytest.raises(CatalogError, match=f"no checksum '{kind}'"):
            scan([], checksum=kind)
    assert sha256(b"").hexdigest()
    assert seconds("x") == 0
