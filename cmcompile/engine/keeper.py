"""The process that keeps one job: it starts it, ends it when asked or left alone, and leaves nothing."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from cmcompile.engine.process import adopt_orphans, die_with_parent, end_all
from cmcompile.engine.stack import called

#: How long a job that is asked to end may take, in seconds; the variable says something else.
GRACE, VARIABLE = 10.0, "CMCOMPILE_GRACE"
_NOT_FOUND = 127
_SIGNALS = (signal.SIGCHLD, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be run.

    Attributes
    ----------
    entry
        What is called in a forked process; None: the command is run as a program.
    log
        Takes both output streams; appended to.
    inherited
        Descriptors that stay open in all processes of the job.
    """

    argv: Sequence[str]
    environment: Mapping[str, str]
    directory: str
    log: Path
    entry: Callable[..., Any] | None = None
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    inherited: tuple[int, ...] = ()


def keep(task: Task) -> int:
    """Fork a keeper for a task, and return its process id.

    It ends as the job does: with its exit code, or of its signal. ``SIGTERM`` asks it to end the job. When
    this process ends, the job and all that it started are killed.
    """
    parent = os.getpid()
    pid = os.fork()
    if not pid:
        status = 1 << 8
        try:
            status = _kept(task, parent)
        except BaseException:
            traceback.print_exc()
        _end_alike(status)
    return pid


def _kept(task: Task, parent: int) -> int:
    os.setsid()
    signal.pthread_sigmask(signal.SIG_SETMASK, _SIGNALS)
    adopt_orphans()
    die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        return signal.SIGKILL
    _redirect(task.log)
    for descriptor in task.inherited:
        os.set_inheritable(descriptor, True)
    try:
        first = _watched(lambda: _run(task.before, task), parent) if task.before else 0
        if first:
            return first
        status = _watched(lambda: _run(task.argv, task, task.entry), parent)
        if task.after and os.getppid() == parent:
            _watched(lambda: _run(task.after, task), parent)
        return status
    finally:
        end_all()


def _watched(run: Callable[[], object], parent: int) -> int:
    """Run something in a process of its own, and return its status; end it when asked to."""
    pid = _forked(run)
    asked = 0.0
    grace = float(os.environ.get(VARIABLE) or GRACE)
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        found = signal.sigtimedwait(_SIGNALS, min(grace, 1.0))
        if found and found.si_signo == signal.SIGTERM and not asked:
            asked = time.monotonic()
            _send(pid, signal.SIGTERM)
        is_late = asked and time.monotonic() - asked > grace
        if is_late or os.getppid() != parent:
            _send(pid, signal.SIGKILL)
            end_all()
            return signal.SIGKILL


def _forked(run: Callable[[], object]) -> int:
    keeper = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        die_with_parent(signal.SIGKILL)
        if os.getppid() == keeper:
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            run()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(_NOT_FOUND)


def _run(argv: Sequence[str], task: Task, entry: Callable[..., Any] | None = None) -> NoReturn:
    os.chdir(task.directory)
    if entry is not None:
        os.environ.clear()
        os.environ.update(task.environment)
        called(entry, argv)
    # Python ignores this one, and so would the program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        os.execvpe(argv[0], list(argv), dict(task.environment))  # noqa: S606 - as BPS wrote it
    except OSError as error:
        os.write(2, f"{argv[0]} can't be run: {error}\n".encode())
        os._exit(_NOT_FOUND)


def _redirect(log: Path) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    nothing = os.open(os.devnull, os.O_RDONLY)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(nothing, 0)
    os.dup2(written, 1)
    os.dup2(written, 2)
    for descriptor in (nothing, written):
        os.close(descriptor)


def _send(pid: int, number: int) -> None:
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(pid, number)
            return


def _end_alike(status: int) -> NoReturn:
    code = os.waitstatus_to_exitcode(status)
    with contextlib.suppress(BaseException):
        sys.stdout.flush()
        sys.stderr.flush()
        if code < 0:
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            with contextlib.suppress(OSError, ValueError):
                signal.signal(-code, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            os.kill(os.getpid(), -code)
    os._exit(code & 0xFF)
