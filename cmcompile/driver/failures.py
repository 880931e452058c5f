"""Why preparing failed, in words for people: from what BPS and its programs really say.

Whatever is said here was said before the gate: nothing was submitted.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from cmcompile.model.child import NotReady

#: Where BPS keeps what the programs print that make and update graphs.
_PRINTED = ("quantumGraphGeneration.out", "quantumGraphUpdate.out")
_LAST_BYTES = 1 << 16
_LONGEST = 300
_USER = re.compile(r"(://)[^/?#\s]*@")
#: The line of a trace that names the error, such as ``ValueError: …``; or what a program says at its end.
_ERROR = re.compile(r"(?:[\w.]*(?:Error|Exception|Interrupt|Exit)|Error): .+|[\w.]+Error\Z")

#: A line of source code in a trace, which makes the message of an error: ``f"… {name} …"``.
_SOURCE = re.compile(r"(?<!\$)\{[A-Za-z_]")

_Words = Callable[[re.Match[str]], str]


def _said(text: str) -> _Words:
    return lambda _: text


#: What is said, what it means, and whether trying again may help. The first that fits counts.
_MEANINGS: tuple[tuple[re.Pattern[str], _Words, bool], ...] = (
    (
        re.compile(r"cannot create directory '([^']*)': directory already exists"),
        lambda m: (
            f"the submit directory {m[1]} exists already, and nothing is written over: try again, "
            "each try has a directory of its own"
        ),
        False,
    ),
    (
        re.compile(r"Output run '([^']*)' already exists"),
        lambda m: (
            f"the run {m[1]} exists already in the Butler, and nothing is added to it: try again, each "
            "try has a run of its own"
        ),
        False,
    ),
    (
        re.compile(
            r"Output CHAINED collection '?([^' ]*)'? exists(?:, but it ends with a different sequence"
            r"| and does not include the same sequence)"
        ),
        lambda m: (
            f"the output {m[1]} exists in the Butler with other inputs than these: give the group another "
            "`payload.output`, or the inputs it was made with"
        ),
        False,
    ),
    (
        re.compile(r"QuantumGraph was empty|QuantumGraph contains no quanta"),
        _said(
            "the quantum graph is empty: no data fit the query in the input collections, or all of it is "
            "done already"
        ),
        False,
    ),
    (
        re.compile(r"extra labels: (.+)"),
        lambda m: f"the pipeline has no subset or task {m[1]}: see `pipelineYaml`",
        False,
    ),
    (
        re.compile(r"Config location (\S+) does not exist"),
        lambda m: f"there is no Butler repository at {m[1]}: see `payload.butlerConfig`",
        False,
    ),
    (
        re.compile(r"No collection with name '([^']*)' found"),
        lambda m: f"the Butler has no collection {m[1]}: see `inputs`",
        False,
    ),
    (
        re.compile(r"Invalid(?:Query|Expression)?\w*Error: (.+)"),
        lambda m: f"the Butler does not understand the data query: {m[1]}",
        False,
    ),
    (
        re.compile(r"database is locked"),
        _said("the Butler's database is locked by others"),
        True,
    ),
    (
        re.compile(
            r"connection to server .*failed|could not (?:connect|translate host name)|Connection refused|"
            r"server closed the connection|the database system is|connection timed out|"
            r"unable to open database file|SSL connection has been closed",
            re.IGNORECASE,
        ),
        lambda m: f"the Butler's database, or a server, can't be reached: {m[0]}",
        True,
    ),
    (
        re.compile(r"no such table|relation \"[^\"]*\" does not exist"),
        lambda m: f"the Butler's database is not one, or is damaged: {m[0]}",
        False,
    ),
    (
        re.compile(r"No such file or directory: '([^']*\.yaml)'"),
        lambda m: (
            f"there is no file {m[1]}: see `pipelineYaml` and `includeConfigs`, and whether a slash is "
            "lacking after a variable"
        ),
        False,
    ),
    (
        re.compile(r"No such file or directory: '([^']*bin/(?:pipetask|butler))'"),
        lambda m: f"there is no program {m[1]}: the stack is not set up in this environment",
        False,
    ),
    (
        re.compile(r"No module named '([^']+)'"),
        lambda m: (
            f"there is no Python module {m[1]} in this environment: set up the stack that has it, or "
            "correct the name in the submit file"
        ),
        False,
    ),
    (
        re.compile(r"No space left on device|Disk quota exceeded|Too many open files|Resource temporarily"),
        lambda m: f"the machine has no room: {m[0]}",
        True,
    ),
)


def not_ready(error: BaseException, submit: Path | None, log: str) -> NotReady:
    """Return why preparing failed.

    Parameters
    ----------
    error
        What BPS raised.
    submit
        The submit directory, where programs that BPS started leave what they print; None: not known.
    log
        The path of the whole output, as people are told it.
    """
    own = f"{type(error).__name__}: {error}"
    printed = "" if submit is None or isinstance(error, FileExistsError) else _printed(submit)
    for text in (printed, own):
        for pattern, words, transient in _MEANINGS:
            found = next((m for m in pattern.finditer(text) if not _SOURCE.search(m[0])), None)
            if found is not None:
                return NotReady(_shown(f"{words(found)}; all output: {log}"), transient)
    return NotReady(_shown(f"BPS failed: {_last_error(printed) or _one_line(own)}; all output: {log}"))


def _printed(submit: Path) -> str:
    """Return the last that a program printed which BPS started; empty where it started none."""
    for name in reversed(_PRINTED):
        try:
            data = (submit / name).read_bytes()
        except OSError:
            continue
        return data[-_LAST_BYTES:].decode("utf-8", "replace")
    return ""


def _last_error(text: str) -> str:
    for line in reversed(text.splitlines()):
        if _ERROR.match(line.strip()):
            return _one_line(line)
    return ""


def _one_line(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _LONGEST else f"{words[: _LONGEST - 1]}…"


def _shown(text: str) -> str:
    """Return a text without users and passwords of addresses."""
    return _USER.sub(r"\1", text)
