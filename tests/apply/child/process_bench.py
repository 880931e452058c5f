"""A bench whose children are processes."""

from __future__ import annotations

import itertools
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from contract import Script

from cmcompile.apply.child.host import LocalHost
from cmcompile.apply.child.launch import SubprocessLauncher
from cmcompile.ledger.spool import Kept, Spool
from cmcompile.model.body import Process, WmsRef
from cmcompile.model.child import Child, Order
from cmcompile.model.event import Draft, Subject

HERE = Path(__file__).parent
GUARD = 60.0


class CountedInterrupts:
    """Interrupts that a test makes."""

    def __init__(self) -> None:
        self.asked = 0
        self._read, self._write = os.pipe()

    def interrupt(self) -> None:
        self.asked += 1
        os.write(self._write, b"!")

    def fileno(self) -> int:
        return self._read

    def woken(self) -> None:
        os.set_blocking(self._read, False)
        try:
            os.read(self._read, 99)
        except BlockingIOError:
            return

    def close(self) -> None:
        os.close(self._read)
        os.close(self._write)


class ProcessBench:
    """Children as processes, with what they leave in a directory."""

    def __init__(
        self,
        directory: Path,
        command: Callable[[Order], Sequence[str]] | None = None,
        grace: float = 1.0,
        *,
        forks: bool = False,
    ) -> None:
        self.directory = directory
        self.interrupts = CountedInterrupts()
        self.line = [sys.executable, str(HERE / "scripted_driver.py"), str(directory)]
        self.launcher = SubprocessLauncher(
            command or (lambda order: self.line),
            self.interrupts,
            log=self.log,
            forks=(lambda order: [*self.line, "--forks"]) if forks else None,
            grace=grace,
        )
        self._numbers = itertools.count(1)

    def close(self) -> None:
        self.launcher.close()
        self.interrupts.close()

    def log(self, order: Order) -> Path:
        return self.directory / f"log-{order.claim}"

    def order(self, script: Script, extra: bytes = b"") -> Order:
        return order_of(next(self._numbers), script, extra)

    def interrupt(self) -> None:
        self.interrupts.interrupt()

    def release(self, order: Order) -> None:
        (self.directory / f"release-{order.claim}").touch()

    def until_called(self, order: Order) -> None:
        until(lambda: self.calls(order) > 0)

    def until_preparing(self, order: Order) -> None:
        until(lambda: self.noted("preparing", order) > 0)

    def over(self, child: Child) -> None:
        until(lambda: not lives(child.pid))

    def calls(self, order: Order) -> int:
        return self.noted("calls", order)

    def noted(self, name: str, order: Order) -> int:
        path = self.directory / name
        lines = path.read_text().splitlines() if path.exists() else []
        return sum(line.split()[0] == order.claim for line in lines)

    def kept(self, order: Order) -> list[Draft]:
        found = list(Spool(self.directory / "spool").kept())
        assert all(isinstance(kept, Kept) for kept in found)
        drafts = [draft for kept in found if isinstance(kept, Kept) for draft in kept.proposal.drafts]
        return [draft for draft in drafts if draft.claim == order.claim]


def order_of(number: int, script: Script, extra: bytes = b"") -> Order:
    files = {
        "preparing": script.preparing.value.encode(),
        "calling": script.calling.value.encode(),
        "extra": extra,
    }
    return Order(
        campaign="drp",
        subject=Subject("step1", f"{number}-11", "w00"),
        claim=f"{number:015x}0",
        wms=WmsRef("lsst.ctrl.bps.panda.PanDAService", "usdf"),
        run_name=f"u_drp_step1_{number}_w00",
        output_run=f"u/drp/step1/{number}/w00",
        submit_path=f"/submit/{number}",
        files=files,
    )


def lives(pid: int) -> bool:
    here = LocalHost().here()
    return LocalHost().alive(Process(here.host, here.boot_id, pid)) is True


def until(done: Callable[[], bool]) -> None:
    """Wait for something that must happen; the time is a guard only."""
    end = time.monotonic() + GUARD
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
