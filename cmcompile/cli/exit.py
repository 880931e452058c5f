"""How cmcompile ends: its exit codes, and the one place that turns an exception into one."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from enum import IntEnum
from types import TracebackType

import click

from cmcompile.cli.output import Reporting, echo_findings

#: Set to 1 to see the traceback of an internal error at once.
TRACEBACK = "CMCOMPILE_TRACEBACK"


class Exit(IntEnum):
    """The exit codes of every command; a number never changes its meaning."""

    about: str

    def __new__(cls, value: int, about: str) -> Exit:
        """Make a member that knows what it means."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.about = about
        return member

    OK = 0, "fine, or nothing to do"
    ERROR = 1, "an error; with --strict a warning too"
    CHANGES = 2, "there are changes (only with --detailed-exitcode)"
    ATTENTION = 3, "drift, an incomplete history, or something needs a person"
    BLOCKED = 4, "refused by a policy"
    PARTIAL = 5, "done in part"
    UNKNOWN = 6, "the outcome is not known"
    LOST = 7, "lost the race against another writer; safe to run again"
    AUTH = 8, "not allowed: log in, or ask for the right"
    USAGE = 64, "the command line is wrong"
    INTERNAL = 70, "an error of cmcompile itself"
    INTERRUPTED = 130, "interrupted"
    READER_GONE = 141, "the reader of the output went away"


def run(action: Callable[[], object], reporting: Reporting) -> int:
    """Run a command line and return its exit code; say on stderr what went wrong, never with a traceback.

    Parameters
    ----------
    action
        Parses and runs; gives an exit code, or anything else for success.
    reporting
        How the findings of an ``InputError`` are shown.
    """
    try:
        return _run(action, reporting)
    except BrokenPipeError:
        return Exit.READER_GONE


def _run(action: Callable[[], object], reporting: Reporting) -> int:
    stdout = sys.stdout
    try:
        result = action()
    except SystemExit as end:
        # click writes to nowhere from the moment the reader of a pipe is gone.
        return Exit.READER_GONE if sys.stdout is not stdout else _number(end.code)
    except (click.Abort, KeyboardInterrupt) as error:
        return _aborted(error)
    except BrokenPipeError:
        raise
    except click.ClickException as error:
        error.show()
        return Exit.USAGE if isinstance(error, click.UsageError) else Exit.ERROR
    except Exception as error:
        return _failed(error, reporting)
    return _number(result)


def _number(result: object) -> int:
    if isinstance(result, int):
        return int(result)
    return Exit.ERROR if isinstance(result, str) else Exit.OK


def _aborted(error: BaseException) -> int:
    if isinstance(error.__cause__, EOFError):
        _complain("error: a question got no answer")
        return Exit.ERROR
    _complain("interrupted")
    return Exit.INTERRUPTED


def _failed(error: Exception, reporting: Reporting) -> int:
    from cmcompile.model.errors import CmcompileError, InputError

    if isinstance(error, InputError):
        echo_findings(error.findings, reporting=reporting, err=not reporting.for_machines)
        return Exit.ERROR
    if isinstance(error, CmcompileError):
        _complain(f"error: {error}")
        return code_of(error)
    # A full disk or a directory that can't be written is the machine's trouble, not ours.
    if isinstance(error, OSError) and error.strerror:
        name = "" if error.filename is None else f"{error.filename}: "
        _complain(f"error: {name}{error.strerror}")
        return Exit.ERROR
    return _internal(error)


def code_of(error: Exception) -> Exit:
    """Return the exit code of an error that was raised on purpose."""
    from cmcompile.cli.policy import PolicyError
    from cmcompile.tell.errors import NotAllowedError, UnknownError

    codes = ((PolicyError, Exit.BLOCKED), (NotAllowedError, Exit.AUTH), (UnknownError, Exit.UNKNOWN))
    return next((code for kind, code in codes if isinstance(error, kind)), Exit.ERROR)


def _internal(error: Exception) -> int:
    summary = f"internal error: {type(error).__name__}: {error}"
    if os.environ.get(TRACEBACK) == "1":
        sys.excepthook(type(error), error, error.__traceback__)
        return Exit.INTERNAL
    _complain(summary[:500])
    log = _write_log(error, error.__traceback__)
    told = f"with the file {log}" if log else f"and what {TRACEBACK}=1 shows"
    _complain(f"this is a fault of cmcompile; please report it {told}")
    return Exit.INTERNAL


def _write_log(error: Exception, trace: TracebackType | None) -> str | None:
    """Write what a report needs into a new file that only the user can read; None if that fails too."""
    import platform
    import shlex
    import tempfile
    import traceback

    from cmcompile.version import VERSION

    head = f"cmcompile {VERSION}, Python {platform.python_version()}, {platform.platform()}\n"
    command = f"$ {shlex.join(sys.argv)}\n\n"
    lines = traceback.format_exception(type(error), error, trace)
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="replace", prefix="cmcompile-", suffix=".log", delete=False
        ) as log:
            log.write(head + command + "".join(lines))
    except OSError:
        return None
    return log.name


def _complain(text: str) -> None:
    from cmcompile.report.terminal import visible

    click.echo(f"cmcompile: {visible(' '.join(text.split()))}", err=True)
