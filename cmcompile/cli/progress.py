"""One line that says how far long work is, on a terminal only."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

#: Seconds between two lines.
_EVERY = 0.2
#: Work that is done sooner says nothing.
_FIRST = 0.5


class Line:
    """Writes ``stage 1,200 of 4,000`` over itself."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._next = time.monotonic() + _FIRST
        self._width = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say how far it is; ``total`` is zero where it is not known."""
        if not self._shown or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + _EVERY
        self._write(f"{stage} {done:,}" + (f" of {total:,}" if total else ""))

    def end(self) -> None:
        """Take the line away."""
        if self._width:
            self._write("")
            click.echo("\r", nl=False, err=True)

    def _write(self, text: str) -> None:
        click.echo("\r" + text.ljust(self._width), nl=False, err=True)
        self._width = len(text)


@contextmanager
def progress() -> Iterator[Line]:
    """Give a line for the time of some work; nothing is written where stderr is no terminal."""
    line = Line(sys.stderr is not None and sys.stderr.isatty())
    try:
        yield line
    finally:
        line.end()
