"""A child as a process of its own: its pipe, and its signals."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cmcompile.apply.child.pipe import DescriptorPipe, Pipe
from cmcompile.apply.child.serve import Ending, serve
from cmcompile.model.child import Driver, Order, Preparation, Reply
from cmcompile.model.event import Draft

_PLEAS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(driver: Driver, keep: Callable[[Draft], None]) -> Ending:
    """Serve the parent at the other end of standard input and output; called once, by the main thread.

    Parameters
    ----------
    keep
        As for `cmcompile.apply.child.serve.serve`.
    """
    with standard_pipe() as pipe:
        return serve(pipe, Steadfast(driver), keep)


@contextmanager
def standard_pipe() -> Iterator[Pipe]:
    """Take standard input and output as the pipe to the parent.

    The pipe is moved to descriptors that no program started from here inherits, so that it ends when this
    process ends. What is printed from now on, here or by such a program, goes to standard error, and such a
    program reads nothing.
    """
    source, target = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    try:
        yield DescriptorPipe(source, target)
    finally:
        os.close(source)
        os.close(target)


class Steadfast:
    """A driver whose call is not broken off by a signal that asks to end; implements ``Driver``.

    Programs started by the call ignore such signals too. The signals stay ignored: after the call there is
    only the reply to be kept and reported. ``SIGKILL`` ends it all the same.
    """

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def prepare(self, order: Order) -> Preparation:
        """Prepare; a signal ends it."""
        return self._driver.prepare(order)

    def call(self, order: Order) -> Reply:
        """Ignore signals from now on, and call."""
        for number in _PLEAS:
            signal.signal(number, signal.SIG_IGN)
        return self._driver.call(order)
