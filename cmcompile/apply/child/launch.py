"""Children as processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from cmcompile.apply.child.forked import ForkServers
from cmcompile.apply.child.interrupts import Waking
from cmcompile.apply.child.messages import encode
from cmcompile.apply.child.parent import PipeChild
from cmcompile.apply.child.running import OwnProcess
from cmcompile.apply.child.started import Started, first_of
from cmcompile.model.child import Child, NotReady, Order

#: Variables that a child gets by default, as patterns: what a program needs to run, where the Rubin stack
#: that is set up here is found, and where the records of runs and the clusters are. None of them carries a
#: secret; what else a child needs is to be named.
ALLOWED = (
    *("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_*", "TZ", "TMPDIR"),
    *("PYTHONPATH", "LD_LIBRARY_PATH", "CONDA_PREFIX", "EUPS_PATH", "SETUP_*", "*_DIR"),
    *("DAF_BUTLER_REPOSITORY_INDEX", "CMCOMPILE_RUNS", "SLURM_CONF", "CONDOR_CONFIG"),
)
GRACE = 2.0


class SubprocessLauncher:
    """Starts a process for each child; implements ``Launcher``.

    A child has its pipe on standard input and output; `cmcompile.apply.child.process.run` serves it. No
    other process gets an end of that pipe. The child leads a session of its own, so that ``^C`` in a terminal
    reaches the parent only. Its standard error goes to a file, not through the parent: a child that has the
    word must be able to write while its parent is busy, or gone.

    Parameters
    ----------
    command
        Says how the child for an order is started; a program that ends when the child ends, and leaves
        standard input and output to it.
    interrupts
        What ends waiting.
    environ
        The variables to take from; None: those of this process.
    allowed
        Names of the variables that a child gets; ``*`` stands for any text.
    more
        Says which variables a child gets besides; None: no others.
    log
        Says which file takes the standard error of a child, at its end; None: one without a name.
    forks
        Says how a server is started that children are forked from, see `cmcompile.apply.child.fork_server`.
        Where it comes to nothing, and where None is given, each child is started by itself.
    grace
        Seconds that a child without the word is given to end by itself, and again after SIGTERM.
    """

    def __init__(
        self,
        command: Callable[[Order], Sequence[str]],
        interrupts: Waking,
        environ: Mapping[str, str] | None = None,
        *,
        allowed: Collection[str] = ALLOWED,
        more: Callable[[Order], Mapping[str, str]] | None = None,
        log: Callable[[Order], Path] | None = None,
        forks: Callable[[Order], Sequence[str]] | None = None,
        grace: float = GRACE,
    ) -> None:
        self._command = command
        self._interrupts = interrupts
        self._environ = environ
        self._allowed = allowed
        self._more = more
        self._log = log
        self._forks = forks
        self._servers = ForkServers(interrupts)
        self._grace = grace

    def start(self, order: Order) -> Child | NotReady:
        """Start a child and hand it an order.

        Raises
        ------
        MessageError
            When the order is none: a mistake of the caller.
        """
        line = encode(order)
        try:
            log = self._opened(order)
        except OSError as error:
            return NotReady(f"the log of the child can't be written: {error}")
        try:
            started = self._forked(order, log) or self._started(order, log)
        except InterruptedError:
            log.close()
            return NotReady("interrupted while preparing", transient=True)
        except (OSError, ValueError) as error:
            log.close()
            # There may be too many processes now.
            return NotReady(
                f"the child can't be started: {error}", transient=isinstance(error, BlockingIOError)
            )
        with contextlib.suppress(OSError):  # it ended already; the end of its pipe tells
            started.write(line)
        return PipeChild(started, order.claim)

    def close(self) -> None:
        """End what children are forked from, not the children; it may be repeated."""
        self._servers.close()

    def first(self, children: Collection[Child]) -> Child | None:
        """Wait until one of some children has prepared, or has ended. None: a person interrupted.

        Raises
        ------
        ValueError
            When there is none, or one was not started here: a mistake of the caller.
        """
        found: dict[Started, Child] = {}
        for child in children:
            if not isinstance(child, PipeChild) or not isinstance(child.far, Started):
                raise ValueError("a child that was not started as a process can't be waited for")
            found[child.far] = child
        if not found:
            raise ValueError("there is no child to wait for")
        if self._interrupts.asked:
            return None
        ready = first_of(list(found), self._interrupts, enough=1)
        return None if ready is None else found[ready]

    def _forked(self, order: Order, log: IO[bytes]) -> Started | None:
        """Fork a child from a server. None: there is no server for it."""
        if self._forks is None:
            return None
        begin = os.fstat(log.fileno()).st_size
        with contextlib.ExitStack() as far, contextlib.ExitStack() as near:
            reads, to = _piped()
            far.enter_context(reads)
            near.enter_context(to)
            source, writes = _piped()
            near.enter_context(source)
            far.enter_context(writes)
            ends = (reads.fileno(), writes.fileno(), log.fileno())
            process = self._servers.fork(self._forks(order), self._variables(order), *ends)
            if process is None:
                return None
            near.pop_all()
            return Started(process, to, source, log, begin, self._interrupts, self._grace)

    def _started(self, order: Order, log: IO[bytes]) -> Started:
        begin = os.fstat(log.fileno()).st_size
        process = subprocess.Popen(
            list(self._command(order)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            bufsize=0,
            close_fds=True,
            start_new_session=True,
            env=self._variables(order),
        )
        assert process.stdin is not None  # noqa: S101  # for mypy: it is a pipe
        assert process.stdout is not None  # noqa: S101  # for mypy: it is a pipe
        own = OwnProcess(process)
        return Started(own, process.stdin, process.stdout, log, begin, self._interrupts, self._grace)

    def _variables(self, order: Order) -> dict[str, str]:
        inherited = os.environ if self._environ is None else self._environ
        more = {} if self._more is None else self._more(order)
        return {**environment(inherited, self._allowed), **more}

    def _opened(self, order: Order) -> IO[bytes]:
        if self._log is None:
            return tempfile.TemporaryFile(mode="a+b")
        return self._log(order).open("a+b")


def _piped() -> tuple[IO[bytes], IO[bytes]]:
    """Return the ends of a pipe, the one to read from first; neither is inherited, neither is buffered."""
    source, to = os.pipe()
    return os.fdopen(source, "rb", buffering=0), os.fdopen(to, "wb", buffering=0)


def environment(inherited: Mapping[str, str], allowed: Collection[str]) -> dict[str, str]:
    """Return the variables that are allowed; ``*`` stands for any text."""
    return {
        name: value
        for name, value in inherited.items()
        if any(fnmatchcase(name, pattern) for pattern in allowed)
    }
