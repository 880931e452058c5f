"""What a payload tells on a command line, as the fields of a signal; what can't be used is left out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cmcompile.signals import fields as f
from cmcompile.signals.document import to_bytes

#: What the wrapper sets for the payload.
RUN = "CMCOMPILE_RUN"
JOB = "CMCOMPILE_JOB"
TRY = "CMCOMPILE_TRY"
SIGNALS = "CMCOMPILE_SIGNALS"
#: Holds what an address may want to know its senders by.
TOKEN = "CMCOMPILE_SIGNALS_TOKEN"  # noqa: S105 - the name of a variable
_CUT = " …"


class Told:
    """The fields of one signal, as far as they can be used.

    Attributes
    ----------
    wrong
        What was left out, and why.
    """

    def __init__(self, kind: str) -> None:
        self.fields: dict[str, Any] = {"v": f.FORMAT, "run": "", "job": 0, "kind": kind, "at": _now()}
        self.wrong: list[str] = []

    def put(self, key: str, value: object) -> None:
        """Put a field in, unless it can't be used."""
        try:
            f.check_field(key, value)
        except f.BadSignalError as error:
            self.wrong.append(str(error))
        else:
            self.fields[key] = value

    def put_number(self, key: str, text: str | None) -> None:
        """Put a number in; None: it was not told."""
        if text is not None:
            self.put(key, int(text) if _is_number(text) else text)

    def put_message(self, text: str | None) -> None:
        """Put a message in; what is too long of it is cut at its front: errors stand at the end."""
        if text:
            clean = text.encode(errors="replace").decode().replace("\x00", "")
            long = len(clean) > f.MESSAGE
            self.put("message", _CUT.strip() + " " + clean[-(f.MESSAGE - len(_CUT)) :] if long else clean)

    def put_outputs(self, texts: Sequence[str]) -> None:
        """Put files in, as a command line tells them."""
        found = []
        for text in texts:
            try:
                found.append(_parts(text))
            except f.BadSignalError as error:
                self.wrong.append(f"--output {text[:100]!r}: {error}")
        self.put_files(found)

    def put_files(self, files: Iterable[Mapping[str, str]]) -> None:
        """Put files in, by the texts of their fields; as many as a signal may hold, paths from here."""
        found: list[dict[str, Any]] = []
        for file in files:
            try:
                found.append(output_of(file))
            except f.BadSignalError as error:
                self.wrong.append(f"{file['name'][:100]!r}: {error}")
        if len(found) > f.MOST_OUTPUTS:
            self.wrong.append(
                f"{len(found)} outputs, of which a signal holds {f.MOST_OUTPUTS}: tell them in parts"
            )
        if found:
            self.put("outputs", found[: f.MOST_OUTPUTS])

    def put_place(self, environment: Mapping[str, str], run: str | None, job: str | None) -> None:
        """Put in which run and job it is; the wrapper set them."""
        if run or environment.get(RUN):
            self.put("run", run or environment[RUN])
        self.put_number("job", job or environment.get(JOB) or None)
        self.put_number("try", environment.get(TRY) or None)

    def data(self) -> bytes:
        """Return the signal as bytes; files that make it too long are left out.

        Raises
        ------
        BadSignalError
            When it can't be sent at all.
        """
        files = self.fields.get("outputs", [])
        kept = len(files)
        while True:
            try:
                data = to_bytes(self.fields)
            except f.BadSignalError:
                if not kept:
                    raise
            else:
                break
            kept //= 2
            self.fields["outputs"] = files[:kept]
            if not kept:
                del self.fields["outputs"]
        if left := len(files) - kept:
            self.wrong.append(
                f"{len(files)} outputs make it too long, so {left} were left out: tell them in parts"
            )
        return data

    @property
    def job(self) -> int | None:
        """The job; None: neither it nor the run is known, and nothing can be sent."""
        return self.fields["job"] if self.fields["run"] and self.fields["job"] else None


def _parts(text: str) -> dict[str, str]:
    """Return the fields of ``NAME[:PATH][,size=N][,checksum=TEXT][,events=N]``."""
    head, *rest = text.split(",")
    name, _, path = head.partition(":")
    found = {"name": name, "path": path}
    for item in rest:
        key, equals, value = item.partition("=")
        if not equals or key not in ("size", "checksum", "events") or key in found:
            raise f.BadSignalError("write NAME[:PATH][,size=N][,checksum=TEXT][,events=N]")
        found[key] = value
    return found


def output_of(texts: Mapping[str, str], stat: Callable[[str], os.stat_result] = os.stat) -> dict[str, Any]:
    """Return a file by the texts of its fields.

    Where no path is told and the file lies in the working directory, its path is; a size that is not told is
    looked up.

    Raises
    ------
    BadSignalError
        When it can't be used.
    """
    numbers = ("size", "events")
    found: dict[str, Any] = {"name": texts.get("name", "")} | {
        key: int(text) if key in numbers and _is_number(text) else text for key, text in texts.items() if text
    }
    path = texts.get("path", "")
    if path and "://" not in path:
        found["path"] = os.path.abspath(path)  # noqa: PTH100 - pathlib is slow to start
    f.output(found, "output")
    return _seen(found, stat)


def _seen(found: dict[str, Any], stat: Callable[[str], os.stat_result]) -> dict[str, Any]:
    path = found.get("path") or found["name"]
    if "://" in path or "size" in found:
        return found
    try:
        size = stat(path).st_size
    except (OSError, ValueError):
        return found
    return {**found, "path": os.path.abspath(path), "size": size}  # noqa: PTH100


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
