"""What the fields of a signal may hold: one check per field, for who writes a signal and who reads it.

Every signal is bounded, since anybody who can write to the spool may have written it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

#: The format of a signal, its key ``v``.
FORMAT = 1
#: Bytes of a signal as a file.
LONGEST = 1 << 18
#: Files that one signal may name.
MOST_OUTPUTS = 1000
#: Characters of a message; a longer one is cut by who writes it.
MESSAGE = 2000
#: Characters of any other text.
TEXT = 1000
WRAPPER = ("begun", "ended")
PAYLOAD = ("started", "running", "finished", "failed", "message")
KINDS = (*WRAPPER, *PAYLOAD)
#: Bytes and events have at most 18 digits, so that sums fit everywhere.
_LARGEST = 10**18 - 1
_JOBS = 10**9 - 1

_NAME = re.compile(r"([1-9][0-9]{0,8})-([0-9]{1,19})-([0-9a-f]{4,32})\.json").fullmatch
_MOMENT = re.compile(
    r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-6][0-9](?:\.[0-9]{1,9})?Z"
).fullmatch
_CHECKSUM = re.compile(r"[A-Za-z0-9][A-Za-z0-9:+/=_.-]{0,199}").fullmatch
#: What would break a line, steer a terminal, or can't be written as UTF-8.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]").search
_SURROGATE = re.compile("[\ud800-\udfff\x00]").search


class BadSignalError(ValueError):
    """A signal can't be used; the text says why, without a full stop.

    Attributes
    ----------
    field
        Which one, or empty.
    """

    def __init__(self, why: str, field: str = "") -> None:
        super().__init__(f"{field}: {why}" if field else why)
        self.field = field


def number(value: object, field: str, least: int, most: int) -> int:
    """Check a whole number."""
    if type(value) is int and least <= value <= most:
        return value
    raise BadSignalError(f"it is no whole number from {least} to {most}", field)


def line(value: object, field: str, most: int = TEXT) -> str:
    """Check a text of one line that says something."""
    if type(value) is not str or not value or len(value) > most:
        raise BadSignalError(f"it is no text of 1 to {most} characters", field)
    if _CONTROL(value):
        raise BadSignalError("it holds a control character", field)
    return value


def message(value: object, field: str = "message") -> str:
    """Check a text that may have several lines; what shows it must clean it."""
    if type(value) is not str or not value or len(value) > MESSAGE:
        raise BadSignalError(f"it is no text of 1 to {MESSAGE} characters", field)
    if _SURROGATE(value):
        raise BadSignalError("it can't be written as text", field)
    return value


def moment(value: object, field: str = "at") -> str:
    """Check a moment."""
    if type(value) is str and _MOMENT(value):
        return value
    raise BadSignalError("it is no moment such as 2026-11-20T08:00:00Z", field)


def checksum(value: object, field: str) -> str:
    """Check a checksum, such as ``md5:…``."""
    if type(value) is str and _CHECKSUM(value):
        return value
    raise BadSignalError("it is no checksum such as sha256:…, without blanks", field)


def kind(value: object, field: str = "kind") -> str:
    """Check a kind of signals."""
    if type(value) is str and value in KINDS:
        return value
    raise BadSignalError(f"it is none of {', '.join(KINDS)}", field)


def job(value: object, field: str = "job") -> int:
    """Check the number of a job."""
    return number(value, field, 1, _JOBS)


def count(value: object, field: str) -> int:
    """Check a number of events, or of bytes."""
    return number(value, field, 0, _LARGEST)


def _format(value: object, field: str) -> int:
    if type(value) is int and value == FORMAT:
        return value
    raise BadSignalError(f"this cmcompile reads signals of format {FORMAT}", field)


_OUTPUT: Mapping[str, Callable[[Any, str], Any]] = {
    "name": line,
    "path": lambda value, field: line(value, field, 4 * TEXT),
    "size": count,
    "checksum": checksum,
    "events": count,
}


def output(value: object, field: str) -> Mapping[str, Any]:
    """Check one file of ``outputs``."""
    if type(value) is not dict or "name" not in value:
        raise BadSignalError("it is no file with a name", field)
    return checked(value, _OUTPUT, f"{field}.")


def outputs(value: object, field: str = "outputs") -> list[Mapping[str, Any]]:
    """Check the files of a signal."""
    if type(value) is not list or not 1 <= len(value) <= MOST_OUTPUTS:
        raise BadSignalError(f"it is no list of 1 to {MOST_OUTPUTS} files", field)
    return [output(item, f"{field}[{at}]") for at, item in enumerate(value)]


_SIGNAL: Mapping[str, Callable[[Any, str], Any]] = {
    "v": _format,
    "run": line,
    "job": job,
    "kind": kind,
    "at": moment,
    "exit": lambda value, field: number(value, field, 0, 255),
    "events": count,
    "outputs": outputs,
    "message": message,
    "node": lambda value, field: line(value, field, 255),
    "try": lambda value, field: number(value, field, 1, 10**6),
}
_NEEDED = ("v", "run", "job", "kind", "at")


def checked(
    value: Mapping[str, Any], fields: Mapping[str, Callable[[Any, str], Any]], before: str = ""
) -> Mapping[str, Any]:
    """Check every field of an object; one that is not known is refused."""
    for key, item in value.items():
        check = fields.get(key)
        if check is None:
            raise BadSignalError(f"there is no field {key[:40]!r}")
        check(item, before + key if before else key)
    return value


def check_field(key: str, value: object) -> None:
    """Check one field of a signal.

    Raises
    ------
    BadSignalError
        When it can't be used.
    """
    checked({key: value}, _SIGNAL)


def check_signal(value: object) -> Mapping[str, Any]:
    """Check a whole signal, as JSON writes it.

    Raises
    ------
    BadSignalError
        When it can't be used.
    """
    if type(value) is not dict:
        raise BadSignalError("it is no JSON object")
    for key in _NEEDED:
        if key not in value:
            raise BadSignalError("it is absent", key)
    checked(value, _SIGNAL)
    if value["kind"] == "ended" and "exit" not in value:
        raise BadSignalError("it is absent", "exit")
    for key in ("outputs", "events"):
        if key in value and value["kind"] in WRAPPER:
            raise BadSignalError("it is what a payload tells, not its wrapper", key)
    return value


def job_and_time(name: str) -> tuple[int, int] | None:
    """Return the job and the time, in nanoseconds, of a file's name; None: it is no signal's."""
    found = _NAME(name)
    return None if found is None else (int(found[1]), int(found[2]))
