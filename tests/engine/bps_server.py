"""Calls `bps` in forks of a process that has imported it: each is the unchanged program but for its start.

Reads lines with JSON: arguments, directory, variables, and the file for what is printed; writes exit codes.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from lsst.ctrl.bps.cli.bps import main

from cmcompile.engine.stack import called


def _begin(asked: dict[str, Any]) -> None:
    log = os.open(asked["log"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(log, number)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["directory"])
    sys.path[1:1] = asked["environment"]["PYTHONPATH"].split(os.pathsep)
    called(main, asked["arguments"])


def serve() -> None:
    """Serve until there are no more requests."""
    for line in sys.stdin:
        asked = json.loads(line)
        if (pid := os.fork()) == 0:
            _begin(asked)
        _, status = os.waitpid(pid, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve()
