"""What was told, as the ledger branch remembers it in ``told.json``; no event: nothing is decided by it.

It is written before a message is sent and after: so a process that dies in between, or a clone that knows
nothing of this one, neither repeats for ever what was told nor keeps it back.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cmcompile.model.stamp import moment_of, stamp
from cmcompile.tell.errors import TellError

FILE = "told.json"
FORMAT = 1
#: A message that another process sends is left to it for so long.
BUSY = timedelta(minutes=10)


class MemoryFaultError(TellError):
    """``told.json`` is not as cmcompile writes it: nothing is told, as all of it would be told once more."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that was, or is, being sent.

    Attributes
    ----------
    id
        Of the process that sends it.
    first, again
        What it tells for the first time, and what it tells once more.
    """

    id: str
    at: str
    first: tuple[str, ...]
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Webhook:
    """What one address was told.

    Attributes
    ----------
    told
        When, by the key of an alert that is still so.
    """

    told: Mapping[str, str] = field(default_factory=dict)
    sending: Sending | None = None

    def begin(self, keys: Sequence[str], now: datetime, id_: str) -> Webhook:
        """Return what is remembered while these alerts are there, and what is to be told is being sent.

        What was being sent by a process that never said how it ended is told once more, and only once.
        """
        there, at = set(keys), stamp(now)
        former = self.sending
        told = {key: when for key, when in self.told.items() if key in there}
        if former is not None:
            told |= {key: former.at for key in former.again if key in there}
        again = tuple(k for k in (former.first if former else ()) if k in there and k not in told)
        first = tuple(k for k in dict.fromkeys(keys) if k not in told and k not in again)
        return Webhook(told, Sending(id_, at, first, again) if first or again else None)

    def ended(self, id_: str, *, arrived: bool) -> Webhook:
        """Return what is remembered when it is known how the message of a process ended."""
        sending = self.sending
        if sending is None or sending.id != id_:
            return self
        if arrived:
            keys = (*sending.first, *sending.again)
            return Webhook({**self.told, **dict.fromkeys(keys, sending.at)})
        # What was sent before, and nobody knows what became of it, stays so.
        left = replace(sending, first=sending.again, again=()) if sending.again else None
        return Webhook(self.told, left)

    def busy(self, now: datetime, id_: str) -> bool:
        """Tell whether another process may be sending now."""
        sending = self.sending
        return sending is not None and sending.id != id_ and now < moment_of(sending.at) + BUSY


@dataclass(frozen=True, slots=True)
class Memory:
    """All that is remembered.

    Attributes
    ----------
    webhooks
        By their names.
    issues, making
        Keys of the issues in Jira by step, that of the campaign with an empty name; and since when, and by
        which process, one is being made.
    """

    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    issues: Mapping[str, str] = field(default_factory=dict)
    making: Mapping[str, str] = field(default_factory=dict)

    def with_webhook(self, name: str, webhook: Webhook) -> Memory:
        """Return the same, but for one address."""
        return replace(self, webhooks={**self.webhooks, name: webhook})


def write_memory(memory: Memory) -> bytes:
    """Return the bytes of the file: the same for the same memory."""
    webhooks = {name: _webhook(webhook) for name, webhook in memory.webhooks.items()}
    document = {
        "format": FORMAT,
        "webhooks": {name: one for name, one in webhooks.items() if one},
        "jira": {"issues": dict(memory.issues), "making": dict(memory.making)},
    }
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _webhook(webhook: Webhook) -> dict[str, object]:
    found: dict[str, object] = {"told": dict(webhook.told)} if webhook.told else {}
    if (at := webhook.sending) is not None:
        found["sending"] = {"id": at.id, "at": at.at, "first": list(at.first), "again": list(at.again)}
    return found


def read_memory(data: bytes | None) -> Memory:
    """Return what a file remembers; None: there is none yet.

    Raises
    ------
    MemoryFaultError
        When it is not as `write_memory` writes it.
    """
    if data is None:
        return Memory()
    try:
        found = json.loads(data)
        if found["format"] != FORMAT:
            raise ValueError("another format")
        jira = found["jira"]
        webhooks = {str(name): _read_webhook(one) for name, one in found["webhooks"].items()}
        return Memory(webhooks, _texts(jira["issues"]), _times(jira["making"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise MemoryFaultError(
            f"{FILE} of the ledger branch is not as this version of cmcompile writes it, so nothing is told"
        ) from None


def _read_webhook(found: Any) -> Webhook:
    at = found.get("sending")
    sending = None
    if at is not None:
        moment_of(at["at"])
        sending = Sending(str(at["id"]), at["at"], tuple(map(str, at["first"])), tuple(map(str, at["again"])))
    return Webhook(_times(found.get("told", {})), sending)


def _texts(found: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in found.items()}


def _times(found: Any) -> dict[str, str]:
    texts = _texts(found)
    for value in texts.values():
        moment_of(value.partition(" ")[0])
    return texts
