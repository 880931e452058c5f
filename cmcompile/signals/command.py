"""``cmcompile signal``: a payload says how far it is; quick to start, and never the end of a payload."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from typing import NoReturn

from cmcompile.signals.document import to_bytes
from cmcompile.signals.fields import BadSignalError
from cmcompile.signals.send import send
from cmcompile.signals.told import SIGNALS, TOKEN, Told
from cmcompile.signals.warn import warn
from cmcompile.signals.write import new_name

#: What a payload says; the wrapper says the others.
KINDS = ("started", "running", "finished", "failed", "message")
USAGE = 64
_ABOUT = """\
Say how far the job is that this runs in.

The wrapper of a batch step tells it which job that is, and where signals go; elsewhere it says so, and does
nothing. It never fails a payload: what goes wrong is a warning, and the exit code is 0, unless --strict."""


class _WrongError(Exception):
    """The command line is wrong."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _WrongError(message)


def parser() -> argparse.ArgumentParser:
    """Return what reads the command line."""
    made = _Parser(
        prog="cmcompile signal",
        description=_ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    made.add_argument("kind", choices=KINDS, help="How far it is; message: only that something is said.")
    made.add_argument("text", metavar="TEXT", nargs="?", help="As --message; it stands before all options.")
    made.add_argument("--exit", metavar="N", help="The exit code of what was run.")
    made.add_argument("--events", metavar="N", help="How many events were processed until now.")
    made.add_argument(
        "--output",
        metavar="NAME[:PATH][,KEY=…]",
        action="append",
        default=[],
        help="A file that was written; KEY: size, checksum, events. It may be given several times.",
    )
    made.add_argument("--message", metavar="TEXT", help="What else is to be said.")
    made.add_argument("--node", metavar="NAME", help="Where it runs; without it the name of this machine.")
    made.add_argument("--run", help="Which run it is of; without it $CMCOMPILE_RUN.")
    made.add_argument("--job", metavar="N", help="Which job of the run; without it $CMCOMPILE_JOB.")
    made.add_argument(
        "--to",
        metavar="PLACE",
        help="Where it goes: a directory, or http://HOST:PORT; without it $CMCOMPILE_SIGNALS.",
    )
    made.add_argument("--timeout", metavar="SECONDS", type=float, default=10.0, help="Try for so long; 10.")
    made.add_argument("--strict", action="store_true", help="End with 1 when it was not sent as it was told.")
    return made


def main(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run the command, and return its exit code."""
    env = os.environ if environment is None else environment
    try:
        given, unknown = parser().parse_known_args(arguments)
    except _WrongError as error:
        warn("signal", f"{error}; nothing was sent")
        return USAGE if "--strict" in arguments else 0
    told = _told(given, env)
    told.wrong += [f"{word[:100]!r} is no option; it was left out" for word in unknown]
    to = given.to or env.get(SIGNALS, "")
    wrong = told.wrong if given.strict and told.wrong else [*told.wrong, *_sent(told, to, env, given.timeout)]
    for text in wrong:
        warn("signal", text)
    return 1 if wrong and given.strict else 0


def _told(given: argparse.Namespace, env: Mapping[str, str]) -> Told:
    told = Told(given.kind)
    told.put_place(env, given.run, given.job)
    told.put_number("exit", given.exit)
    told.put_number("events", given.events)
    told.put_outputs(given.output)
    told.put_message(given.message if given.message is not None else given.text)
    told.put("node", given.node or os.uname().nodename)
    return told


def _sent(told: Told, to: str, env: Mapping[str, str], seconds: float) -> list[str]:
    job = told.job
    if job is None or not to:
        return ["nothing was sent: this is no job of a batch step, or its wrapper did not tell which"]
    try:
        data = to_bytes(told.fields)
    except BadSignalError as error:
        return [f"nothing was sent: {error}"]
    why = send(to, new_name(job), data, env.get(TOKEN, ""), _bounded(seconds))
    return [f"not sent: {why}"] if why else []


def _bounded(seconds: float) -> float:
    return min(seconds, 600.0) if seconds > 0 else 0.1
