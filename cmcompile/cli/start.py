"""Where the program starts: what a payload runs on a worker goes past click, which takes longer to start."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    if sys.argv[1:2] == ["signal"]:
        from cmcompile.signals.command import main as signal

        sys.exit(signal(sys.argv[2:]))
    if sys.argv[1:2] == ["tee"]:
        from cmcompile.signals.tee_command import main as tee

        sys.exit(tee(sys.argv[2:]))
    from cmcompile.cli.main import main as all_others

    all_others()
