"""Commands of git that ask a remote end in bounded time, with all that they started."""

from __future__ import annotations

import os
import shlex
import subprocess
import time
from pathlib import Path

import pytest

from cmcompile.git import network
from cmcompile.git.answer import Verdict
from cmcompile.git.errors import GitError
from cmcompile.git.network import SECONDS, SETTING, ask_remote, limit_of
from cmcompile.git.remote import Asked, LateError, ask, fetch, push
from cmcompile.git.run import environment

MAIN = "refs/heads/main"
#: Longer than any test waits.
LONG = 600


def git(root: Path, *args: str) -> str:
    command = ["git", "-C", str(root), *args]
    done = subprocess.run(command, env=environment(os.environ), check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a clone of a bare repository with one commit."""
    remote, clone = tmp_path / "remote.git", tmp_path / "clone"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(tmp_path, "clone", "-q", remote.as_uri(), str(clone))
    git(clone, "commit", "-q", "--allow-empty", "-m", "x")
    git(clone, "push", "-q", "origin", "HEAD:" + MAIN)
    return clone


def asleep(root: Path, service: str, before: str = "") -> Path:
    """Make a service of the remote hang, after it did something; its process id is written down."""
    script, told = root.parent / f"{service}.sh", root.parent / f"{service}.pid"
    lines = ["#!/bin/sh", f"echo $$ > {shlex.quote(str(told))}", before, f"exec sleep {LONG}"]
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    script.chmod(0o755)
    git(root, "config", f"remote.origin.{service}", str(script))
    git(root, "config", SETTING, "1")
    return told


def is_alive(told: Path) -> bool:
    """Tell whether the process is there; one that has ended and that nobody has waited for yet is not."""
    pid = int(told.read_text(encoding="ascii"))
    for _ in range(100):  # whoever inherits it may need a moment
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run as CI does, wherever the tests are started."""
    monkeypatch.setattr(network, "_has_terminal", lambda: False)


def test_a_remote_that_answers(root: Path) -> None:
    result = ask_remote(root, "ls-remote", "origin", MAIN)
    assert (result.code, result.late) == (0, False)
    assert result.out.endswith(b"\trefs/heads/main\n")


def test_reading_from_a_remote_that_hangs(root: Path) -> None:
    told = asleep(root, "uploadpack")
    start = time.monotonic()
    said = ask(root, "origin", MAIN)
    assert said.asked is Asked.NO_ANSWER
    assert "no end within 1 s;" in said.words
    assert SETTING in said.words
    assert time.monotonic() - start < LONG / 10
    assert not is_alive(told), "what git started is ended too"
    with pytest.raises(LateError, match="no end within 1 s;"):
        fetch(root, "origin", MAIN, "refs/cmcompile/x", None)
    assert not is_alive(told)


def test_a_push_to_a_remote_that_hangs_is_unclear(root: Path) -> None:
    told = asleep(root, "receivepack")
    answer = push(root, "origin", "refs/heads/new", None, git(root, "rev-parse", "HEAD"))
    assert answer.verdict is Verdict.UNCLEAR
    assert "no end within 1 s;" in answer.words
    assert not is_alive(told)


def test_a_push_that_was_taken_before_the_remote_hung_is_unclear(root: Path) -> None:
    bare = root.parent / "remote.git"
    asleep(root, "receivepack", f"git receive-pack {shlex.quote(str(bare))} > /dev/null 2>&1 &")
    commit = git(root, "rev-parse", "HEAD")
    assert push(root, "origin", "refs/heads/new", None, commit).verdict is Verdict.UNCLEAR


def test_a_hook_that_hangs(root: Path) -> None:
    hooks = root.parent / "hooks"
    hooks.mkdir()
    told = asleep(root, "receivepack")
    git(root, "config", "--unset", "remote.origin.receivepack")
    (hooks / "pre-push").symlink_to(root.parent / "receivepack.sh")
    git(root, "config", "core.hooksPath", str(hooks))
    answer = push(root, "origin", "refs/heads/new", None, git(root, "rev-parse", "HEAD"))
    assert answer.verdict is Verdict.UNCLEAR
    assert not is_alive(told)


def test_locks_are_taken_away(root: Path) -> None:
    """A lock that stays would make every later fetch fail."""
    asleep(root, "uploadpack")
    with pytest.raises(LateError):
        fetch(root, "origin", MAIN, "refs/cmcompile/x", 1)
    assert list((root / ".git").rglob("*.lock")) == []
    git(root, "config", "--unset", "remote.origin.uploadpack")
    assert fetch(root, "origin", MAIN, "refs/cmcompile/x", 1) == ""


def test_at_a_terminal_git_alone_is_ended(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "_has_terminal", lambda: True)
    told = asleep(root, "uploadpack")
    assert ask(root, "origin", MAIN).asked is Asked.NO_ANSWER
    os.kill(int(told.read_text(encoding="ascii")), 9)  # an ssh would end with its pipes; sleep reads none


def test_an_interruption_ends_git(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = asleep(root, "uploadpack")

    def interrupted(_root: Path) -> int:
        while not told.exists() or not told.read_text(encoding="ascii"):
            time.sleep(0.01)
        raise KeyboardInterrupt

    monkeypatch.setattr(network, "limit_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        ask_remote(root, "ls-remote", "origin")
    assert not is_alive(told)


def test_what_git_leaves_behind_makes_it_not_late(root: Path) -> None:
    """A process that goes on in the background may hold the pipes; git itself has ended long before."""
    git(root, "config", "alias.leave", f"!sleep {LONG} & echo done")
    git(root, "config", SETTING, "1")
    result = ask_remote(root, "leave")
    assert (result.code, result.late, result.out) == (0, False, b"done\n")


def test_the_setting(root: Path) -> None:
    assert limit_of(root) == SECONDS == 120
    git(root, "config", SETTING, "0")
    assert limit_of(root) is None
    git(root, "config", SETTING, "7")
    assert limit_of(root) == 7
    for odd in ("-1", "soon", ""):
        git(root, "config", SETTING, odd)
        with pytest.raises(GitError, match=SETTING):
            ask(root, "origin", MAIN)
