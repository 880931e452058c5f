"""A git that was killed leaves the lock of a ref; nobody has to remove it by hand."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from cmcompile.git.remote import LEFT, fetch

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
