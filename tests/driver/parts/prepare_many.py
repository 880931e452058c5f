"""Prepares orders one after the other in one process, so that the stack is imported once.

Reads lines of the pipe's protocol on standard input, and writes an answer to each on standard output.
"""

import os
import sys
from pathlib import Path

from cmcompile.apply.child.messages import encode, order_of
from cmcompile.apply.child.process import standard_pipe
from cmcompile.driver.bps import BpsDriver
from cmcompile.ledger.clock import SystemClock

with standard_pipe() as pipe:
    while (line := pipe.read()) is not None:
        order = order_of(line)
        driver = BpsDriver(Path(sys.argv[1]), SystemClock(), os.environ)
        pipe.write(encode(driver.prepare(order)))
