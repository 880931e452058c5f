"""The child that submits through BPS: ``python -m cmcompile.driver --spool … --area …``.

Its parent has the other end of standard input and output.
"""

from __future__ import annotations

import argparse
import gc
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

#: So many values are made before Python looks for circles among them; its own default is 700. To search all
#: that the stack imports, again and again, and once more at the end, is a quarter of what a child takes.
_SELDOM = 500_000


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    gc.set_threshold(_SELDOM)
    parser = argparse.ArgumentParser(prog="cmcompile.driver", description=__doc__)
    parser.add_argument("--runs", default="")
    parser.add_argument("--spool", type=Path, required=True)
    parser.add_argument("--area", type=Path, required=True)
    options = parser.parse_args(arguments)
    # What BPS tells at the terminal goes to standard error, which is the log of this child.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s: %(message)s")
    spool = Spool(options.spool)

    def keep(draft: Draft) -> None:
        spool.keep(Proposal((draft,), message=f"{draft.kind} {draft.subject}"))

    run(BpsDriver(options.area.absolute(), SystemClock(), os.environ, options.runs), keep)
    gc.freeze()  # what is left goes with the process, unsearched
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
