"""A git that was killed leaves the lock of a ref; nobody has to remove it by hand."""

from __future__ import annotations

import fcntl
import os
import subprocess
import time
from pathlib import Path

import pytest

from cmcompile.git import refs
from cmcompile.git.left import LEFT
from cmcompile.git.remote import fetch

REF = "refs/cmcompile/remotes/origin/cm/c"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone of a remote with one commit on main."""
    for command in (
        ("init", "-q", "-b", "main", "remote"),
        ("-C", "remote", "commit", "-q", "--allow-empty", "-m", "first"),
        ("clone", "-q", "remote", "clone"),
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    return tmp_path / "clone"


def left(clone: Path, ref: str, seconds: float) -> Path:
    """Leave a lock that is so old."""
    lock = clone / ".git" / f"{ref}.lock"
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.touch()
    at = lock.stat().st_mtime - seconds
    os.utime(lock, (at, at))
    return lock


def test_an_old_one_is_removed(clone: Path) -> None:
    lock = left(clone, REF, LEFT + 5)
    assert fetch(clone, "origin", "refs/heads/main", REF, None) == ""
    assert not lock.exists()
    assert (clone / ".git" / REF).exists()


def test_a_new_one_may_be_in_use(clone: Path) -> None:
    lock = left(clone, REF, LEFT - 20)
    assert "File exists" in fetch(clone, "origin", "refs/heads/main", REF, None)
    assert lock.exists()


def test_those_of_others_are_let_alone(clone: Path) -> None:
    lock = left(clone, "refs/heads/mine", 10 * LEFT)
    assert "File exists" in fetch(clone, "origin", "refs/heads/main", "refs/heads/mine", None)
    assert lock.exists()


def test_a_ref_of_this_repository_is_freed_too(clone: Path) -> None:
    own = "refs/cmcompile/local/cm/c"
    lock = left(clone, own, LEFT + 5)
    (main,) = refs.refs(clone, "refs/heads/main").values()
    assert refs.swap(clone, {own: (None, main.commit)}) == ""
    assert not lock.exists()
    lock = left(clone, "refs/heads/mine", 10 * LEFT)
    assert "File exists" in refs.swap(clone, {"refs/heads/mine": (None, main.commit)})
    assert lock.exists()


def test_a_clock_here_that_is_ahead_of_the_disk_s_frees_nothing(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = left(clone, REF, 0)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10 * LEFT)
    assert "File exists" in fetch(clone, "origin", "refs/heads/main", REF, None)
    assert lock.exists()


def test_only_one_at_a_time_removes_any(clone: Path) -> None:
    """Another one may have removed the old one just now, and its git have made one that is in use."""
    lock = left(clone, REF, LEFT + 5)
    guard = clone / ".git/cmcompile/.left"
    guard.parent.mkdir()
    with guard.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "File exists" in fetch(clone, "origin", "refs/heads/main", REF, None)
        assert lock.exists()
    assert fetch(clone, "origin", "refs/heads/main", REF, None) == ""


def test_a_path_with_a_quote_and_blanks(clone: Path) -> None:
    odd = clone.rename(clone.parent / "it's  here")
    lock = left(odd, REF, LEFT + 5)
    assert fetch(odd, "origin", "refs/heads/main", REF, None) == ""
    assert not lock.exists()
