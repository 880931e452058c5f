"""``cmcompile signal``: a payload says how far it is; quick to start, and never the end of a payload."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence

from cmcompile.signals.arguments import NO_JOB, USAGE, Parser, WrongError
from cmcompile.signals.fields import PAYLOAD, BadSignalError
from cmcompile.signals.send import send
from cmcompile.signals.told import SIGNALS, TOKEN, Told
from cmcompile.signals.warn import warn
from cmcompile.signals.write import new_name

_ABOUT = """\
Say how far the job is that this runs in.

The wrapper of a batch step tells it which job that is, and where signals go; elsewhere it says so, and does
nothing. It never fails a payload: what goes wrong is a warning, and the exit code is 0, unless --strict."""


def parser() -> Parser:
    """Return what reads the command line."""
    made = Parser("signal", _ABOUT)
    made.add_argument("kind", choices=PAYLOAD, help="How far it is; message: only that something is said.")
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
    made.add_place()
    made.add_argument("--strict", action="store_true", help="End with 1 when it was not sent as it was told.")
    return made


def main(arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run the command, and return its exit code."""
    env = os.environ if environment is None else environment
    try:
        given, unknown = parser().parse_known_args(arguments)
    except WrongError as error:
        warn("signal", f"{error}; nothing was sent")
        return USAGE if "--strict" in arguments else 0
    told = _told(given, env)
    told.wrong += [f"{word[:100]!r} is no option; it was left out" for word in unknown]
    why = _sent(told, given, env)
    wrong = [*told.wrong, *([why] if why else [])]
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


def _sent(told: Told, given: argparse.Namespace, env: Mapping[str, str]) -> str:
    """Send a signal; return why it was not sent, or nothing."""
    job, to = told.job, given.to or env.get(SIGNALS, "")
    if job is None or not to:
        return NO_JOB
    try:
        data = told.data()
    except BadSignalError as error:
        return f"nothing was sent: {error}"
    if given.strict and told.wrong:
        return ""  # nothing is sent in part
    why = send(to, new_name(job), data, env.get(TOKEN, ""), given.timeout)
    return f"not sent: {why}" if why else ""
