"""Signals as files: `encode` and `decode`, strict and bounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmcompile.model.signal import Signal, SignalKind, SignalOutput, Stored
from cmcompile.signals.document import from_bytes, to_bytes
from cmcompile.signals.fields import FORMAT, BadSignalError, job_and_time

_KINDS = {kind.value: kind for kind in SignalKind}


def encode(signal: Signal) -> bytes:
    """Return a signal as it stands in its file.

    Raises
    ------
    BadSignalError
        When it holds what no signal may hold.
    """
    outputs = [
        _told(name=o.name, path=o.path, size=o.size, checksum=o.checksum, events=o.events)
        for o in signal.outputs
    ]
    fields = {"v": FORMAT, "run": signal.run, "job": signal.job, "kind": signal.kind.value, "at": signal.at}
    fields |= _told(exit=signal.exit, events=signal.events, outputs=outputs, message=signal.message)
    fields |= _told(**{"node": signal.node, "try": signal.attempt})
    return to_bytes(fields)


def _told(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None and value not in ("", [])}


def decode(name: str, data: bytes) -> Stored:
    """Read the file of a signal.

    Raises
    ------
    BadSignalError
        When the name is no signal's, the bytes are no whole signal, or they are of another job than the name.
    """
    place = job_and_time(name)
    if place is None:
        raise BadSignalError("its name is not <job>-<time in ns>-<random hex>.json")
    found = from_bytes(data)
    if found["job"] != place[0]:
        raise BadSignalError(f"its name is of job {place[0]}, what it says of job {found['job']}")
    return Stored(name, place[1], signal_of(found))


def signal_of(found: Mapping[str, Any]) -> Signal:
    """Return the signal of fields that were checked."""
    outputs = tuple(
        SignalOutput(o["name"], o.get("path", ""), o.get("size"), o.get("checksum", ""), o.get("events"))
        for o in found.get("outputs", ())
    )
    return Signal(
        found["run"],
        found["job"],
        _KINDS[found["kind"]],
        found["at"],
        found.get("exit"),
        found.get("events"),
        outputs,
        found.get("message", ""),
        found.get("node", ""),
        found.get("try"),
    )
