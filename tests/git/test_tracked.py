"""The branch that work goes to: found, and asked for without moving any other."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cmcompile.git.errors import GitError
from cmcompile.git.tracked import SilentError, Tracked, latest, tracked


def git(root: Path, *args: str) -> str:
    done = subprocess.run(["git", *args], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def committed(root: Path, text: str) -> str:
    (root / "file").write_text(text, encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "--quiet", "-m", text)
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a clone whose branch ``main`` tracks that of its remote."""
    git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    git(tmp_path, "clone", "--quiet", str(tmp_path / "remote.git"), "clone")
    git(tmp_path / "clone", "symbolic-ref", "HEAD", "refs/heads/main")
    committed(tmp_path / "clone", "one")
    git(tmp_path / "clone", "push", "--quiet", "-u", "origin", "main")
    return tmp_path / "clone"


def test_the_branch_that_is_tracked(clone: Path) -> None:
    found = tracked(clone)
    assert found == Tracked("origin", "refs/heads/main")
    assert str(found) == "origin/main"
    git(clone, "checkout", "--quiet", "-b", "topic")
    assert tracked(clone) is None
    git(clone, "branch", "--quiet", "--set-upstream-to=main")
    assert tracked(clone) == Tracked(None, "refs/heads/main")


def test_where_no_branch_is_checked_out_a_setting_names_it(clone: Path) -> None:
    git(clone, "checkout", "--quiet", "--detach")
    assert tracked(clone) is None
    git(clone, "config", "cmcompile.branch", "origin/feature/x")
    assert tracked(clone) == Tracked("origin", "refs/heads/feature/x")
    git(clone, "config", "cmcompile.branch", "nowhere/x")
    with pytest.raises(GitError, match=r"cmcompile\.branch is 'nowhere/x'"):
        tracked(clone)


def test_a_repository_without_remotes_is_its_own(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "alone")
    one = committed(tmp_path / "alone", "one")
    found = tracked(tmp_path / "alone")
    assert found == Tracked(None, "refs/heads/main")
    assert latest(tmp_path / "alone", found) == one


def test_what_others_push_is_seen_and_no_branch_is_moved(clone: Path, tmp_path: Path) -> None:
    found = tracked(clone)
    assert found is not None
    one = git(clone, "rev-parse", "HEAD")
    assert latest(clone, found) == one
    git(tmp_path, "clone", "--quiet", str(tmp_path / "remote.git"), "other")
    two = committed(tmp_path / "other", "two")
    git(tmp_path / "other", "push", "--quiet", "origin", "HEAD")
    assert latest(clone, found) == two
    assert git(clone, "rev-parse", "HEAD") == one
    assert git(clone, "status", "--porcelain") == ""
    # Also where it is rewritten.
    git(tmp_path / "other", "reset", "--quiet", "--hard", one)
    three = committed(tmp_path / "other", "three")
    git(tmp_path / "other", "push", "--quiet", "--force", "origin", "HEAD")
    assert latest(clone, found) == three


def test_a_branch_that_is_gone_and_a_remote_that_is_silent(clone: Path, tmp_path: Path) -> None:
    found = tracked(clone)
    assert found is not None
    assert latest(clone, Tracked("origin", "refs/heads/gone")) == ""
    (tmp_path / "remote.git").rename(tmp_path / "away.git")
    with pytest.raises(SilentError, match="origin/main can't be asked for"):
        latest(clone, found)
