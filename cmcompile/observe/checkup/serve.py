"""The process that answers what an environment alone can: it has the stack of a campaign, and its variables.

It reads one question per line from standard input, ``{"kind": …, "about": […]}``. Before each it writes
``{"at": n}``, then ``{"n": n, "reply": {…}}`` or ``{"n": n, "why": …}``. What the stack prints goes to
standard error. Questions change nothing: repositories are opened for reading.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from cmcompile.observe.butler.said import said
from cmcompile.observe.checkup.bps import includes, ping, plugin
from cmcompile.observe.checkup.credentials import credentials
from cmcompile.observe.checkup.pipelines import pipeline
from cmcompile.observe.checkup.repositories import Repositories
from cmcompile.observe.checkup.versions import versions

Answer = Callable[[list[str]], Mapping[str, object]]


def main(area: Path) -> None:
    """Answer until there are no more questions.

    Parameters
    ----------
    area
        The directory that BPS runs in.
    """
    lines, out = _streams()
    known = _known(area)
    for number, line in enumerate(lines):
        _write(out, {"at": number})
        _write(out, {"n": number, **_answered(line, known)})
    out.flush()
    # A thread of a driver that hangs keeps nobody waiting.
    os._exit(0)


def _known(area: Path) -> Mapping[str, Answer]:
    repositories = Repositories(area)
    return {
        "setup": lambda about: {"up": True},
        "versions": lambda about: versions(),
        "plugin": lambda about: plugin(about[0], about[1]),
        "ping": lambda about: ping(about[0], about[1]),
        "includes": lambda about: includes(about, area),
        "pipeline": lambda about: pipeline(about[0], area),
        "credentials": lambda about: credentials(os.environ),
        "butler": lambda about: repositories.opened(about[0]),
        "collections": lambda about: repositories.collections(about[0], about[1:]),
        "runs": lambda about: repositories.runs(about[0], about[1:]),
        "data": lambda about: repositories.data(about[0], about[1], about[2], about[3:]),
    }


def _answered(line: bytes, known: Mapping[str, Answer]) -> dict[str, object]:
    try:
        question = json.loads(line)
        kind, about = question["kind"], [str(text) for text in question["about"]]
        if kind not in known:
            return {"why": f"{kind} is nothing that can be asked"}
        return {"reply": dict(known[kind](about))}
    except (Exception, SystemExit) as error:  # the stack, plugins and drivers have no common base
        return {"why": f"{type(error).__name__}: {said(error)}"}


def _write(out: IO[str], value: Mapping[str, object]) -> None:
    out.write(json.dumps(value) + "\n")
    out.flush()


def _streams() -> tuple[list[bytes], IO[str]]:
    """Take the questions, and standard output away from all that the stack prints.

    A client that asks a person something, such as to log in, reads nothing.
    """
    lines, out = sys.stdin.buffer.readlines(), os.fdopen(os.dup(1), "w", encoding="ascii")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return lines, out
