"""The child that submits to a served far side: ``python -m cmcompile.sim.served.child --socket … --spool …``.

Its parent has the other end of standard input and output.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cmcompile.apply.child.process import run
from cmcompile.ledger.clock import SystemClock
from cmcompile.ledger.spool import Spool
from cmcompile.model.event import Draft
from cmcompile.model.transaction import Proposal
from cmcompile.sim.served.client import TIMEOUT, ServedWms
from cmcompile.sim.served.driver import ServedDriver


def command(socket: Path, spool: Path, scratch: Path | None = None) -> list[str]:
    """Return the command line that starts a child.

    Parameters
    ----------
    socket
        Of the server.
    spool
        The ledger's spool: a reply is kept there before it is reported.
    scratch
        Where files are written; None: in a directory that is gone when the child ends.
    """
    more = [] if scratch is None else ["--scratch", str(scratch.absolute())]
    paths = ["--socket", str(socket.absolute()), "--spool", str(spool.absolute())]
    return [sys.executable, "-m", "cmcompile.sim.served.child", *paths, *more]


def main(arguments: Sequence[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="cmcompile.sim.served.child", description=__doc__)
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--spool", type=Path, required=True)
    parser.add_argument("--scratch", type=Path)
    parser.add_argument("--timeout", type=float, default=TIMEOUT)
    options = parser.parse_args(arguments)
    if options.scratch is not None:
        _serve(options, options.scratch)
    else:
        with tempfile.TemporaryDirectory(prefix="cmcompile-") as scratch:
            _serve(options, Path(scratch))
    return 0


def _serve(options: argparse.Namespace, scratch: Path) -> None:
    spool = Spool(options.spool)

    def keep(draft: Draft) -> None:
        spool.keep(Proposal((draft,), message=f"{draft.kind} {draft.subject}"))

    wms = ServedWms(options.socket, options.timeout)
    run(ServedDriver(wms, scratch, SystemClock(), os.environ), keep)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
