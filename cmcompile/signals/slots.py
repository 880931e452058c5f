"""What is kept of a job's signals: the last of each sort, whatever order they come in, and however often.

To keep the greater of two by a total order is associative, commutative and idempotent; so slots that were
stored, and the signals that came since, give the same as all signals at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmcompile.model.signal import Signal, SignalKind, Stored

#: Which start (0: not told), when, and the name of the file, which no two share; then what the slot holds.
Slot = tuple[Any, ...]
_KEY = 3

_OWN = {
    SignalKind.BEGUN: "begun",
    SignalKind.ENDED: "ended",
    SignalKind.STARTED: "started",
    SignalKind.RUNNING: "running",
    SignalKind.FINISHED: "over",
    SignalKind.FAILED: "over",
}


class Slots:
    """The last signals of one job.

    Attributes
    ----------
    held
        By sort: ``begun`` and ``ended`` of the wrapper; ``started``, ``running``, ``over``, and the last
        ``events``, ``said`` and ``node`` of the payload.
    outputs
        By the name of the file.
    """

    __slots__ = ("held", "outputs")

    def __init__(self, held: dict[str, Slot] | None = None, outputs: dict[str, Slot] | None = None) -> None:
        self.held: dict[str, Slot] = held or {}
        self.outputs: dict[str, Slot] = outputs or {}

    def add(self, stored: Stored) -> None:
        """Take a signal in."""
        signal = stored.signal
        key = (signal.attempt or 0, stored.time, stored.name)
        for name, values in _values(signal).items():
            _put(self.held, name, (*key, *values))
        for file in signal.outputs:
            _put(self.outputs, file.name, (*key, file.path, file.size, file.checksum, file.events))


def _values(signal: Signal) -> Mapping[str, tuple[Any, ...]]:
    kind = signal.kind
    if kind.is_wrapper:
        return {_OWN[kind]: (signal.at, signal.exit, signal.message, signal.node)}
    found: dict[str, tuple[Any, ...]] = {}
    if kind in _OWN:
        found[_OWN[kind]] = (kind.value, signal.at, signal.exit)
    if signal.events is not None:
        found["events"] = (signal.events,)
    if signal.message:
        found["said"] = (signal.message,)
    if signal.node:
        found["node"] = (signal.node,)
    return found


def _put(slots: dict[str, Slot], name: str, new: Slot) -> None:
    old = slots.get(name)
    # One name is one signal; where it is not, what they say decides, so that their order still does not.
    if old is None or old[:_KEY] < new[:_KEY] or (old[:_KEY] == new[:_KEY] and repr(old) < repr(new)):
        slots[name] = new
