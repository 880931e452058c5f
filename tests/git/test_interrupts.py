"""A ^C at a terminal: it ends a git where it ends us, and no git where we take it ourselves."""

from __future__ import annotations

import os
import pty
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from cmcompile.git.errors import GitError
from cmcompile.git.run import environment, run, start

CTRL_C = b"\x03"
#: A program at a terminal of its own that calls git; it says what came of it, and how many ^C it took.
PROGRAM = """
import os, signal, sys
from pathlib import Path
from cmcompile.git.answer_file import answered
from cmcompile.git.network import ask_remote
from cmcompile.git.run import reading, run
terminal, root, mode, how = sys.argv[1:5]
os.open(terminal, os.O_RDWR)
taken = []
if mode == "ours":
    signal.signal(signal.SIGINT, lambda *_: taken.append(1))
root, args = Path(root), sys.argv[5:]
try:
    if how == "answered":
        with answered(root, *args) as file:
            said = file.read()
    elif how == "reading":
        with reading(root, *args) as git:
            said = git.out.read()
    else:
        result = {"run": run, "ask_remote": ask_remote}[how](root, *args)
        said = result.out if result.code == 0 else f"code {result.code}: {result.error}".encode()
except KeyboardInterrupt:
    said = b"interrupted"
print(len(taken), said.decode().strip())
"""


def git(root: Path, *args: str) -> str:
    command = ["git", "-C", str(root), *args]
    done = subprocess.run(command, env=environment(os.environ), check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a clone whose remote takes a while for each push, and says when it has begun."""
    remote, clone = tmp_path / "remote.git", tmp_path / "clone"
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(tmp_path, "clone", "-q", remote.as_uri(), str(clone))
    git(clone, "commit", "-q", "--allow-empty", "-m", "x")
    hook = remote / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{slow(tmp_path)}\n", encoding="utf-8")
    hook.chmod(0o755)
    return clone


def slow(place: Path) -> str:
    """Return a command of the shell that says that it has begun, and goes on for a while."""
    return f"echo $$ > {shlex.quote(str(place / 'begun'))}; sleep 0.6"


@contextmanager
def at_terminal(root: Path, mode: str, how: str, *args: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run the program at a terminal; yield our end of it."""
    ours, theirs = pty.openpty()
    try:
        command = [sys.executable, "-c", PROGRAM, os.ttyname(theirs), str(root), mode, how, *args]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        ) as program:
            yield ours, program
    finally:
        os.close(ours)
        os.close(theirs)


def begun(root: Path, program: subprocess.Popen[str]) -> int:
    """Wait until git is at work; return the process that is."""
    told = root.parent / "begun"
    for _ in range(1000):
        if told.exists() and (text := told.read_text(encoding="ascii").strip()):
            return int(text)
        if program.poll() is not None:
            break
        time.sleep(0.01)
    raise AssertionError(program.communicate())


def interrupted(root: Path, mode: str, how: str, *args: str) -> tuple[str, int]:
    """Return what the program said after a ^C while git was at work, and the process that was."""
    with at_terminal(root, mode, how, *args) as (ours, program):
        pid = begun(root, program)
        os.write(ours, CTRL_C)
        out, error = program.communicate(timeout=60)
        assert error == ""
    return out.strip(), pid


def is_gone(pid: int) -> bool:
    """Tell whether a process ends at once; one that has ended and that nobody has waited for yet is gone."""
    for _ in range(20):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and stat.read_text(encoding="ascii").rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False


def test_a_push_goes_on_where_we_take_it(root: Path) -> None:
    said, _ = interrupted(root, "ours", "ask_remote", "push", "-q", "origin", "HEAD:refs/heads/new")
    assert said == "1"
    assert git(root.parent / "remote.git", "rev-parse", "refs/heads/new") == git(root, "rev-parse", "HEAD")


def test_a_push_ends_where_we_end(root: Path) -> None:
    said, pid = interrupted(root, "default", "ask_remote", "push", "-q", "origin", "HEAD:refs/heads/new")
    assert said == "0 interrupted"
    assert is_gone(pid)
    assert git(root.parent / "remote.git", "for-each-ref") == ""


@pytest.mark.parametrize("how", ["run", "reading", "answered"])
def test_what_is_read_goes_on_or_ends_as_we_do(root: Path, how: str) -> None:
    alias = f"alias.wait=!{slow(root.parent)}; echo done"
    assert interrupted(root, "ours", how, "-c", alias, "wait")[0] == "1 done"
    (root.parent / "begun").unlink()
    said, pid = interrupted(root, "default", how, "-c", alias, "wait")
    assert said == "0 interrupted"
    assert is_gone(pid)


def test_ssh_may_ask_at_the_terminal_all_the_same(root: Path) -> None:
    """What reads the terminal from another group is stopped, and from another session finds none."""
    ssh = root.parent / "ssh.sh"
    lines = ["#!/bin/sh", f"echo $$ > {shlex.quote(str(root.parent / 'begun'))}", "read -r word < /dev/tty"]
    lines += ['[ "$word" = open ] || exit 1', "for last; do :; done", 'exec sh -c "$last"']
    ssh.write_text("\n".join(lines) + "\n", encoding="utf-8")
    ssh.chmod(0o755)
    git(root, "config", "core.sshCommand", str(ssh))
    git(root, "config", "ssh.variant", "ssh")
    git(root, "config", "cmcompile.timeout", "20")
    git(root, "remote", "set-url", "origin", f"ssh://host.invalid{root.parent / 'remote.git'}")
    with at_terminal(root, "ours", "ask_remote", "push", "-q", "origin", "HEAD:refs/heads/new") as (
        ours,
        program,
    ):
        begun(root, program)
        os.write(ours, b"open\n")
        out, error = program.communicate(timeout=60)
    assert (out.strip(), error) == ("0", "")
    assert git(root.parent / "remote.git", "rev-parse", "refs/heads/new") == git(root, "rev-parse", "HEAD")


@pytest.fixture
def taken() -> Iterator[list[int]]:
    """Take a ^C ourselves."""
    found: list[int] = []

    def take(number: int, _frame: FrameType | None) -> None:
        found.append(number)
        if len(found) > 1:
            raise KeyboardInterrupt

    former = signal.signal(signal.SIGINT, take)
    yield found
    signal.signal(signal.SIGINT, former)


def is_blocked() -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def inherited(root: Path) -> dict[str, bool]:
    """Return whether a git gets the signal blocked, and ignored."""
    git = start(root, ("cat-file", "--batch"), stdin=-1, stdout=-1, stderr=-3)
    try:
        lines = Path(f"/proc/{git.pid}/status").read_text(encoding="ascii").splitlines()
    finally:
        git.communicate()
    words = dict(line.split(":\t", 1) for line in lines)
    return {name: bool(int(words[name], 16) & 1 << signal.SIGINT - 1) for name in ("SigBlk", "SigIgn")}


def test_what_a_git_inherits(root: Path, taken: list[int]) -> None:
    assert inherited(root) == {"SigBlk": True, "SigIgn": True}
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(inherited, root).result() == {"SigBlk": True, "SigIgn": False}
    assert not is_blocked()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    assert inherited(root) == {"SigBlk": False, "SigIgn": False}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    assert inherited(root) == {"SigBlk": False, "SigIgn": True}
    assert taken == []


def test_it_is_blocked_no_longer_than_git_takes_to_start(
    root: Path, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(root, "version").code == 0
    assert not is_blocked()
    signal.raise_signal(signal.SIGINT)
    assert taken == [signal.SIGINT]
    monkeypatch.setenv("PATH", str(root))
    with pytest.raises(GitError, match="not installed"):
        run(root, "version")
    assert not is_blocked()


def test_one_that_ends_us_while_git_starts_ends_it(
    root: Path, taken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    usual = subprocess.Popen

    def popen(*args: Any, **more: Any) -> subprocess.Popen[bytes]:
        git = usual(*args, **more)
        started.append(git)
        signal.raise_signal(signal.SIGINT)  # to this thread: another one of the runner of tests might take it
        return git

    monkeypatch.setattr(subprocess, "Popen", popen)
    taken.append(signal.SIGINT)  # the second one ends us
    with pytest.raises(KeyboardInterrupt):
        start(root, ("-c", "alias.w=!sleep 60", "w"), stdin=-3, stdout=-3, stderr=-3)
    assert started[0].returncode == -signal.SIGKILL
    assert not is_blocked()
