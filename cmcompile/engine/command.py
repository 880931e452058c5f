"""The command of a job, as it is run: variables put in, scripts of BPS seen through."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

_VARIABLE = re.compile(r"<ENV:([^>]+)>")
_NAMED = re.compile(r"\$\{(\w+)\}|\$(\w+)")
#: What BPS writes before the commands of a final job.
_HEAD = ["#!/bin/bash", "set -e", "set -x", "qgraphFile=$1", "butlerConfig=$2"]
#: A shell takes these to mean something else than themselves.
_SHELL = set("`;&|<>*?[]()!~#\\\n")


def filled(text: str, environment: Mapping[str, str]) -> str:
    """Put variables in for ``<ENV:NAME>``; an unknown one is empty, as in a shell."""
    return _VARIABLE.sub(lambda found: environment.get(found[1], ""), text)


def environment_of(own: Mapping[str, str], base: Mapping[str, str]) -> dict[str, str]:
    """Return a job's environment: what it inherits, and its own variables, which may name inherited ones."""
    return {**base, **{name: filled(value, base) for name, value in own.items()}}


def seen_through(argv: Sequence[str], environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the one command of BPS's script for a final job; any other command as it is.

    BPS writes the final job as a script of bash. One that has a single plain command needs no shell.
    """
    if len(argv) != 3 or not argv[0].endswith(".bash"):
        return tuple(argv)
    try:
        text = Path(argv[0]).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return tuple(argv)
    lines = [line for line in text.splitlines() if line.strip()]
    if lines[:-1] != _HEAD or _SHELL & set(lines[-1]) or "$(" in lines[-1]:
        return tuple(argv)
    values = {**environment, "qgraphFile": argv[1], "butlerConfig": argv[2]}
    return _words(lines[-1], values) or tuple(argv)


def program(argv: Sequence[str], environment: Mapping[str, str]) -> Path | None:
    """Return the file of the program of a command; None: there is none."""
    found = shutil.which(argv[0], path=environment.get("PATH", os.defpath))
    return Path(found) if found else None


def _words(line: str, values: Mapping[str, str]) -> tuple[str, ...] | None:
    """Split a line as a shell does; None: it has something that only a shell does."""
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    # A value with blanks would be several words, and quotes may keep a variable from being one.
    if "'" in line or any(set(values.get(a or b, "")) & set(" \t\n*?[") for a, b in _NAMED.findall(line)):
        return None
    done = [_NAMED.sub(lambda found: values.get(found[1] or found[2], ""), word) for word in words]
    return None if any("$" in word for word in done) or not all(done) else tuple(done)
