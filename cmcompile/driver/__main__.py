"""The child that submits through BPS: ``python -m cmcompile.driver --spool … --area …``.

Its parent has the other end of standard input and output.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cmcompile.apply.child.process import run
from cmcompile.driver.bps import BpsDriver
from cmcompile.ledger.clock import SystemClock
from cmcompile.ledger.spool import Spool
from cmcompile.model.event import Draft
from cmcompile.model.transaction import Proposal


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="cmcompile.driver", description=__doc__)
    parser.add_argument("--spool", type=Path, required=True)
    parser.add_argument("--area", type=Path, required=True)
    options = parser.parse_args(arguments)
    # What BPS tells at the terminal goes to standard error, which is the log of this child.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s: %(message)s")
    spool = Spool(options.spool)

    def keep(draft: Draft) -> None:
        spool.keep(Proposal((draft,), message=f"{draft.kind} {draft.subject}"))

    run(BpsDriver(options.area.absolute(), SystemClock(), os.environ), keep)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
