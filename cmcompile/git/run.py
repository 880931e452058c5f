"""Git as a child process, with an environment that points nowhere else."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cmcompile.git.errors import GitError
from cmcompile.git.shield import shielded

#: Kept of the inherited ``GIT_`` variables: how to reach and trust a remote, and configuration. All others
#: (``GIT_DIR``, ``GIT_INDEX_FILE``, … which git sets in its hooks) would lead to another repository.
_KEPT = (
    *("GIT_SSH", "GIT_SSL_", "GIT_HTTP_", "GIT_PROXY_", "GIT_CONFIG_", "GIT_ASKPASS"),
    *("GIT_ALLOW_PROTOCOL", "GIT_PROTOCOL_FROM_USER"),
)
#: A commit id names the commit that it was made for, whatever ``refs/replace`` and grafts say here; the path
#: of the grafts is one that can't be there.
_TRUE = {"GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": f"{os.devnull}/none"}

_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Result:
    """What a git command answered.

    Attributes
    ----------
    code
        Exit code; negative when a signal ended git.
    out
        Standard output.
    error
        Standard error, stripped.
    late
        Whether git was ended because it took too long.
    """

    code: int
    out: bytes
    error: str
    late: bool = False


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for git: no other repository, true objects, no prompt, messages in English."""
    kept = {k: v for k, v in inherited.items() if not k.startswith("GIT_") or k.startswith(_KEPT)}
    return kept | _TRUE | {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}


def run(root: Path, *args: str, stdin: bytes = b"") -> Result:
    """Run git in a directory and wait for it.

    Parameters
    ----------
    root
        The directory, of a working tree or a bare repository.
    args
        The arguments of git.
    stdin
        What git reads.

    Raises
    ------
    GitError
        When git can't be started.
    """
    with startable():
        git = start(root, args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, error = finished(git, stdin)
    return Result(git.returncode, out, text(error))


def start(
    root: Path,
    args: tuple[str, ...],
    *,
    stdin: int | IO[bytes],
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    buffer: int = -1,
    apart: bool = False,
) -> subprocess.Popen[bytes]:
    """Start git in a directory; a ^C that we take ourselves does not reach it, see `cmcompile.git.shield`.

    Parameters
    ----------
    root, args
        As for `run`.
    stdin, stdout, stderr
        As for `subprocess.Popen`.
    buffer
        The size of its pipes, and of what is buffered of them.
    apart
        Whether it gets a session of its own, without a terminal.
    """
    git: subprocess.Popen[bytes] | None = None
    try:
        with shielded():
            git = subprocess.Popen(
                command(root, args),
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                env=environment(os.environ),
                start_new_session=apart,
                bufsize=buffer,
                pipesize=buffer,
            )
    except BaseException:
        if git is not None:  # a ^C that came meanwhile, and ends us after all
            git.kill()
            git.wait()
        raise
    return git


def finished(git: subprocess.Popen[bytes], stdin: bytes | None = None) -> tuple[bytes, bytes]:
    """Wait for a git; return what it wrote, and what it printed on standard error."""
    with git:
        try:
            return git.communicate(stdin)
        except BaseException:
            git.kill()
            raise


@dataclass(frozen=True, slots=True)
class Running:
    """A git that is read from while it runs.

    Attributes
    ----------
    out
        Its standard output, buffered in large pieces.
    to
        Its standard input; None where it reads a file.
    """

    out: IO[bytes]
    to: IO[bytes] | None


@contextmanager
def reading(root: Path, *args: str, stdin: IO[bytes] | None = None) -> Iterator[Running]:
    """Run git in a directory and read what it writes while it runs; leaving early ends it.

    Parameters
    ----------
    root, args
        As for `run`.
    stdin
        A file that git reads; None: what is written to ``Running.to``.

    Raises
    ------
    GitError
        When git can't be started, or has failed though everything was read.
    """
    with tempfile.TemporaryFile() as errors:
        with startable():
            git = start(
                root,
                args,
                stdin=subprocess.PIPE if stdin is None else stdin,
                stdout=subprocess.PIPE,
                stderr=errors,
                buffer=_BUFFER,
            )
        assert git.stdout is not None  # noqa: S101  # for mypy: it is a pipe
        whole = False
        try:
            yield Running(git.stdout, git.stdin)
            whole = not git.stdout.read(1)
        except GitError as error:
            _close(git)
            raise GitError(_told(errors) or str(error)) from None
        finally:
            if not whole:
                git.kill()
            _close(git)
        if git.returncode > 0:
            raise GitError(_told(errors) or f"git {args[0]} failed")


def _told(errors: IO[bytes]) -> str:
    errors.seek(0)
    return text(errors.read())


def _close(git: subprocess.Popen[bytes]) -> None:
    """Close the pipes of a git and wait for its end."""
    for pipe in (git.stdin, git.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except BrokenPipeError:
            pass  # it ended before it read all; its exit code tells
    git.wait()


@contextmanager
def startable() -> Iterator[None]:
    """Turn what Python raises when git can't be started into an error of ours."""
    try:
        yield
    except FileNotFoundError:
        raise GitError("git is not installed, or not on PATH") from None
    except (OSError, ValueError) as error:
        raise GitError(f"git can't be started: {error}") from None


def command(root: Path, args: tuple[str, ...]) -> list[str]:
    """Return the command line of git in a directory."""
    return ["git", "-C", str(root), *args]


def text(error: bytes) -> str:
    """Return what git printed on standard error."""
    return error.decode("utf-8", "replace").strip()
