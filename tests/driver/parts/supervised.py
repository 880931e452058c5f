"""Starts a supervised run, as a driver does after the word, and ends at once.

Takes the directory of the records and what the run is to do; writes the id of the run on standard output,
which it holds like the pipe of a child, on another descriptor.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from cmcompile.driver.supervisor import Ended, Supervisor
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.body import WmsRef
from cmcompile.model.child import Order
from cmcompile.model.event import Subject

home, what, again = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
order = Order(
    "c", Subject("s", "1", "w00"), "0" * 16, WmsRef("x.ParslService", str(home)), "u_r", "u/r", "submit", {}
)


def work() -> Ended:
    """Be the run."""
    if what == "sleeps":
        # An orphan that ignores being asked, as a job of a worker may be.
        subprocess.Popen(["sh", "-c", f"trap '' TERM; echo $$ > {home}/job; sleep 100 & wait; sleep 100"])
        time.sleep(100)
    if what == "fails":
        # Whose work is over as soon as its only job is.
        with subprocess.Popen(["sh", "-c", f"echo $$ > {home}/job; exec sleep 100"]) as job:
            return Ended("failed" if job.wait() else "succeeded", "1 of 1 jobs failed")
    if what == "broken off":
        # As Parsl, whose clean-up by the other thread makes its main thread fail.
        subprocess.Popen(["sh", "-c", f"trap '' TERM; echo $$ > {home}/job; sleep 100 & wait; sleep 100"])
        stopped.wait()
        raise RuntimeError("cannot schedule new futures after shutdown")
    if what == "leaves":
        subprocess.Popen(["sh", "-c", f"echo $$ > {home}/job; exec sleep 100"])
        while not (home / "job").exists():
            time.sleep(0.05)
        raise ValueError("the provider is gone")
    if what == "raises":
        raise ValueError("the first job failed")
    if what == "exits":
        sys.exit(0)
    if what == "signals":
        kept = signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        return Ended("succeeded" if kept else "failed", "SIGNALS")
    while not (home / "end").exists():
        time.sleep(0.05)
    return Ended("partial", "1 of 2 jobs failed")


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)  # as they are in a driver after the word
pipe = os.dup(1)
os.dup2(2, 1)  # as a child does: what is printed goes to the log
stopped = threading.Event()


def stop() -> None:
    """End what waits in a queue."""
    (home / "stopped").touch()
    stopped.set()


supervisor = Supervisor(order, SystemClock(), stop)
run_id = supervisor.again(again, work) if again else supervisor.start("/somewhere/submit", work)
os.write(pipe, f"{run_id}\n".encode())
