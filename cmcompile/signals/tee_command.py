"""``cmcompile tee``: passes a payload's output through, and tells what it says of files and events."""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping, Sequence

from cmcompile.signals.arguments import NO_JOB, USAGE, Parser, WrongError
from cmcompile.signals.bounded import Aside
from cmcompile.signals.fields import BadSignalError
from cmcompile.signals.pick import EVENTS, FILES, PatternError, Picker, compiled
from cmcompile.signals.send import GRACE, late, sending
from cmcompile.signals.tee import Payload, end_as, pass_through
from cmcompile.signals.told import SIGNALS, TOKEN, Told
from cmcompile.signals.warn import warn
from cmcompile.signals.write import new_name

NOT_EXECUTABLE, NOT_FOUND = 126, 127
#: So long output is waited for that something holds which the payload left behind, in seconds.
_LEFT = 2.0
_DAY = 86400.0
_ABOUT = """\
Pass the output of COMMAND through, byte for byte, and send signals of what it tells: that it has started,
files and events that its lines name, and how it ended. It ends as COMMAND does, by a signal too.

Without COMMAND its input is passed through. How the payload ends is not known then, and not said."""


def parser() -> Parser:
    """Return what reads the command line."""
    made = Parser("tee", _ABOUT, "cmcompile tee [OPTIONS] [-- COMMAND…]")
    made.add_argument("command", metavar="COMMAND", nargs="*", help="What is run.")
    made.add_argument(
        "--file",
        metavar="REGEX",
        action="append",
        help="What of a line names a file: group path or name, and events, size, checksum; several times. "
        "Without it lines such as 'DST.root, entries: 1000'.",
    )
    made.add_argument(
        "--events",
        metavar="REGEX",
        action="append",
        help="What of a line tells how many events were processed: group events; several times. "
        "Without it 'processed 1000 events'.",
    )
    made.add_argument("--every", metavar="SECONDS", type=float, default=30.0, help="Tell so often; 30.")
    made.add_place()
    return made


def main(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run the command, and return its exit code."""
    env = os.environ if environment is None else environment
    try:
        given = parser().parse_args(arguments)
        picker = Picker(
            compiled(FILES if given.file is None else given.file, frozenset({"path", "name"})),
            compiled(EVENTS if given.events is None else given.events, frozenset({"events"})),
        )
    except (WrongError, PatternError) as error:
        # Before the payload has started, and the same each time: it is better seen now.
        warn("tee", str(error))
        return USAGE
    teller = Teller(given, env, picker)
    if not given.command:
        pass_through(0, 1, teller.take, teller.pause, teller.lost, teller.every)
        teller.end(None)
        return 0
    return _run(given.command, teller)


def _run(command: Sequence[str], teller: Teller) -> int:
    try:
        payload = Payload(command)
    except OSError as error:
        warn("tee", f"{command[0]}: {error.strerror or error}")
        code = NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        teller.end(code, f"{command[0]} could not be started: {error.strerror or error}")
        return code
    teller.tell("started")

    def pause() -> bool:
        return teller.pause() or payload.has_ended()

    pass_through(payload.output, 1, teller.take, pause, teller.lost, min(_LEFT, teller.every))
    code = payload.wait()
    teller.end(code if code >= 0 else 128 - code, "" if code >= 0 else f"it was killed by signal {-code}")
    return end_as(code)


class Teller:
    """Sends what was picked out, beside the passing through and not too often.

    Attributes
    ----------
    every
        Seconds between two signals of files and events.
    """

    def __init__(self, given: argparse.Namespace, environment: Mapping[str, str], picker: Picker) -> None:
        self.every: float = min(max(0.1, given.every), _DAY)
        self._given = given
        self._env = environment
        self._picker = picker
        self._aside: Aside | None = None
        self._next = time.monotonic()
        self._events: int | None = None
        self._warned = False

    def take(self, data: bytes) -> None:
        """Look at a piece of output."""
        self._picker.feed(data)
        self.pause()

    def pause(self) -> bool:
        """Tell what is new, unless that was done lately, or a signal is still on its way; this is no end."""
        if time.monotonic() >= self._next and self._is_free() and self._has_news():
            self._next = time.monotonic() + self.every
            self.tell("running")
        return False

    def lost(self, error: OSError) -> None:
        """Say that output could not be passed on."""
        self._warn(f"output is lost: {error.strerror or error}")

    def end(self, code: int | None, message: str = "") -> None:
        """Tell how it ended; None: that is not known. It waits until all is sent, for a time."""
        self._picker.end()
        self._wait()
        if code is not None:
            self.tell("finished" if code == 0 else "failed", code, message)
        elif self._has_news():
            self.tell("running")
        self._wait()

    def tell(self, kind: str, code: int | None = None, message: str = "") -> None:
        """Send a signal, with the files and events that are new."""
        told = Told(kind)
        told.put_place(self._env, self._given.run, self._given.job)
        told.put("node", os.uname().nodename)
        told.put_files(self._picker.take())
        told.put_message(message)
        self._events = self._picker.events
        if self._events is not None:
            told.put("events", self._events)
        if code is not None:
            told.put("exit", code)
        to, job = self._given.to or self._env.get(SIGNALS, ""), told.job
        if job is None or not to:
            told.wrong.append(NO_JOB)
        else:
            try:
                data = told.data()
                self._aside = sending(to, new_name(job), data, self._env.get(TOKEN, ""), self._given.timeout)
            except BadSignalError as error:
                told.wrong.append(f"nothing was sent: {error}")
        for text in told.wrong:
            self._warn(text)

    def _wait(self) -> None:
        """Wait for the signal that is on its way, for a time."""
        timeout = self._given.timeout
        if self._aside is not None and not self._aside.ended(timeout + GRACE):
            self._warn(late(timeout))
            self._aside = None
        self._is_free()

    def _has_news(self) -> bool:
        return bool(self._picker.fresh) or self._picker.events != self._events

    def _is_free(self) -> bool:
        if self._aside is not None and self._aside.ended():
            if self._aside.said:
                self._warn(f"not sent: {self._aside.said}")
            self._aside = None
        return self._aside is None

    def _warn(self, text: str) -> None:
        if not self._warned:
            warn("tee", text)
        self._warned = True
