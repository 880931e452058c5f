"""A child whose driver does what the order's file ``script`` says; started by the tests as a process.

Usage: ``scripted_driver.py DIRECTORY``. Calls are appended to ``DIRECTORY/calls``, the spool is
``DIRECTORY/spool``; a driver that waits does so until ``DIRECTORY/release-<claim>`` is there.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from contract import AT, Calling, Preparing

from cmcompile.apply.child.fork_server import serve_forks
from cmcompile.apply.child.process import run
from cmcompile.ledger.spool import Spool
from cmcompile.model.child import NoReply, NotReady, Order, Preparation, Ready, Reply, Taken
from cmcompile.model.event import Draft
from cmcompile.model.transaction import Proposal

GUARD = 120.0


class ScriptedDriver:
    """Does what the script says."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def prepare(self, order: Order) -> Preparation:
        self._note("preparing", order)
        (self.directory / f"environment-{order.claim}").write_text("\n".join(sorted(os.environ)))
        extra = order.files.get("extra", b"")
        if extra == b"print":
            print("printed by the driver")  # noqa: T201
            subprocess.run(["echo", "printed by a program"], check=True)
            assert sys.stdin.read() == ""
        if extra == b"leave a program":
            # It outlives the child, with all that a program inherits.
            left = subprocess.Popen(["sleep", "100"], close_fds=False, start_new_session=True)
            (self.directory / "left").write_text(str(left.pid))
            left.returncode = 0
        if extra == b"leave a fork" and os.fork() == 0:
            (self.directory / "left").write_text(str(os.getpid()))
            time.sleep(100)
            os._exit(0)
        match Preparing(order.files["preparing"].decode()):
            case Preparing.FAILS:
                return NotReady("no such butler")
            case Preparing.FAILS_NOW:
                return NotReady("the butler is busy", transient=True)
            case Preparing.RAISES:
                raise ValueError("bad graph")
            case Preparing.EXITS:
                sys.exit(0)
            case Preparing.DIES:
                os._exit(3)
            case Preparing.WAITS:
                self._wait(order)
        return Ready({"a.qgraph": "ab"}, 8)

    def call(self, order: Order) -> Reply:
        self._note("calls", order)
        match Calling(order.files["calling"].decode()):
            case Calling.NO_REPLY:
                return NoReply("the connection was reset")
            case Calling.RAISES:
                raise TimeoutError("timed out")
            case Calling.EXITS:
                sys.exit(0)
            case Calling.DIES:
                os._exit(0)
            case Calling.WAITS:
                self._wait(order)
        return Taken(f"run-{order.claim}", AT, "https://wms.example.org/run")

    def _note(self, name: str, order: Order) -> None:
        handle = os.open(self.directory / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(handle, f"{order.claim} {os.getpid()}\n".encode())
        os.close(handle)

    def _wait(self, order: Order) -> None:
        end = time.monotonic() + GUARD
        while not (self.directory / f"release-{order.claim}").exists():
            if time.monotonic() > end:
                os._exit(99)
            time.sleep(0.01)


def main() -> None:
    directory = Path(sys.argv[1])
    spool = Spool(directory / "spool")

    def keep(draft: Draft) -> None:
        if (directory / "no-spool").exists():
            raise OSError("no space left on device")
        spool.keep(Proposal((draft,)))

    def child() -> int:
        run(ScriptedDriver(directory), keep)
        return 0

    if "--forks" in sys.argv:
        serve_forks(child)
    else:
        child()


if __name__ == "__main__":
    main()
