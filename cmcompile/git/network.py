"""Git commands that ask a remote: they end in bounded time, and nothing that they started is left behind."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from cmcompile.git.errors import GitError
from cmcompile.git.run import Result, run, start, startable, text

#: The setting of git that says how many seconds a remote may take for one command; zero: any time.
SETTING = "cmcompile.timeout"
SECONDS = 120
#: Given to git to take its locks away, once it was told to end.
_GRACE = 2.0


def ask_remote(root: Path, *args: str) -> Result:
    """Run a git command that talks to a remote; one that takes too long is ended, with all that it started.

    ``Result.late`` tells that it was ended so. What the remote had done by then, nobody knows.

    A command started from a terminal stays in its session, so that ssh may ask for a passphrase there; then
    git alone is ended, and its ssh by its closed pipes.

    Raises
    ------
    GitError
        When git can't be started, or the time-out is set to something that is no time.
    """
    apart = not _has_terminal()
    with startable():
        git = start(
            root,
            args,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            apart=apart,
        )
    try:
        limit = limit_of(root)  # asked while git is at work already
        out, error = git.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        late = git.poll() is None  # else only something that it left behind holds its pipes
        out, error = _end(git, apart=apart)
        if late:
            return Result(-signal.SIGTERM, out, f"{text(error)}\n{_too_long(limit)}".strip(), late=True)
    except BaseException:
        _end(git, apart=apart)
        raise
    return Result(git.returncode, out, text(error))


def limit_of(root: Path) -> int | None:
    """Return how many seconds a remote may take; None: any time.

    Raises
    ------
    GitError
        When the setting is no whole number, or below zero.
    """
    found = run(root, "config", "--type=int", "--get", SETTING)
    if found.code == 1:  # it is not set
        return SECONDS
    seconds = found.out.decode("ascii", "replace").strip()
    if found.code != 0 or not seconds.isdecimal():
        raise GitError(f"git's setting {SETTING} must be a whole number of seconds, or 0 for any time")
    return int(seconds) or None


def _too_long(limit: int | None) -> str:
    return f"there was no end within {limit} s; 'git config {SETTING} SECONDS' allows more, 0 any time"


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _end(git: subprocess.Popen[bytes], *, apart: bool) -> tuple[bytes, bytes]:
    """End git and what it started; return what was printed."""
    _signal(git, signal.SIGTERM, apart=apart)
    out, error = _rest(git)
    _signal(git, signal.SIGKILL, apart=apart)
    git.kill()  # whatever became of its group
    if git.returncode is None:
        out, error = _rest(git)
    for pipe in (git.stdout, git.stderr):
        if pipe is not None:
            pipe.close()
    git.wait()
    return out, error


def _signal(git: subprocess.Popen[bytes], number: signal.Signals, *, apart: bool) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if apart:
            os.killpg(git.pid, number)
        else:
            git.send_signal(number)


def _rest(git: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """Return what was printed up to now, or to the end where that comes soon."""
    try:
        return git.communicate(timeout=_GRACE)
    except subprocess.TimeoutExpired as error:
        return error.output or b"", error.stderr or b""
