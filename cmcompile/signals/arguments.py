"""What the commands of a worker have in common: how they read their arguments, and which job they are of."""

from __future__ import annotations

import argparse
from typing import NoReturn

USAGE = 64
NO_JOB = "nothing was sent: this is no job of a batch step, or its wrapper did not tell which"


class WrongError(Exception):
    """The command line is wrong."""


class Parser(argparse.ArgumentParser):
    """Raises `WrongError` instead of ending the process: whether that is an error, the command knows."""

    def __init__(self, command: str, about: str, usage: str | None = None) -> None:
        super().__init__(
            prog=f"cmcompile {command}",
            usage=usage,
            description=about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong."""
        raise WrongError(message)

    def add_place(self) -> None:
        """Add the options that tell which job it is, where signals go, and for how long that is tried."""
        self.add_argument("--run", help="Which run it is of; without it $CMCOMPILE_RUN.")
        self.add_argument("--job", metavar="N", help="Which job of the run; without it $CMCOMPILE_JOB.")
        self.add_argument(
            "--to",
            metavar="PLACE",
            help="Where it goes: a directory, or http://HOST:PORT; without it $CMCOMPILE_SIGNALS.",
        )
        self.add_argument(
            "--timeout", metavar="SECONDS", type=seconds, default=10.0, help="Try for so long; 10."
        )


def seconds(text: str) -> float:
    """Return seconds that can be waited for: from a tenth of one to ten minutes.

    Raises
    ------
    ValueError
        When it is no number.
    """
    found = float(text)
    return min(found, 600.0) if found > 0.1 else 0.1
