"""The child that submits, by BPS or to a batch system: ``python -m cmcompile.driver --spool … --area …``.

Its parent has the other end of standard input and output. With ``--forks`` it is a server instead, which such
children are forked from.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cmcompile.apply.child.fork_server import serve_forks
from cmcompile.apply.child.process import run
from cmcompile.driver.batch import BatchDriver
from cmcompile.driver.bps import BpsDriver
from cmcompile.ledger.clock import SystemClock
from cmcompile.ledger.spool import Spool
from cmcompile.model.child import Driver
from cmcompile.model.event import Draft
from cmcompile.model.transaction import Proposal

#: So many values are made before Python looks for circles among them; its own default is 700. To search all
#: that the stack imports, again and again, and once more at the end, is a quarter of what a child takes.
_SELDOM = 500_000


#: What all children import, and `bps submit` too: half of what one costs, beside its graph.
_ALL = (
    "lsst.ctrl.bps.drivers",
    "lsst.ctrl.bps.submit",
    "lsst.ctrl.bps.restart",
    "lsst.ctrl.bps.cli.cmd.commands",
)


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    gc.set_threshold(_SELDOM)
    parser = argparse.ArgumentParser(prog="cmcompile.driver", description=__doc__)
    parser.add_argument("--runs", default="")
    parser.add_argument("--spool", type=Path, required=True)
    parser.add_argument("--area", type=Path, required=True)
    parser.add_argument("--forks", action="store_true")
    parser.add_argument("--batch", action="store_true")
    options = parser.parse_args(arguments)
    if not options.forks:
        return _child(options)
    if not options.batch:
        _import_all()
    return serve_forks(lambda: _child(options))


def _child(options: argparse.Namespace) -> int:
    # What BPS tells at the terminal goes to standard error, which is the log of this child.
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s: %(message)s")
    spool = Spool(options.spool)

    def keep(draft: Draft) -> None:
        spool.keep(Proposal((draft,), message=f"{draft.kind} {draft.subject}"))

    run(_driver(options), keep)
    gc.freeze()  # what is left goes with the process, unsearched
    return 0


def _driver(options: argparse.Namespace) -> Driver:
    area, clock = options.area.absolute(), SystemClock()
    if options.batch:
        return BatchDriver(area, clock, os.environ)
    return BpsDriver(area, clock, os.environ, options.runs)


def _import_all() -> None:
    """Import what children need; where that fails, each of them finds out and tells."""
    for module in _ALL:
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(module)
    # What was imported is never looked through again, so that children share its memory.
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
