"""What iDDS's replies say, as panda-server relays them: pure functions from what the client returns.

A reply is ``(code, (done, payload))``. The code is that of the way to panda-server, ``done`` tells whether it
reached iDDS, and the payload may be an error all the same. HTTP says 200 to all of that.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cmcompile.model.wms import RunSeen
from cmcompile.observe.panda import shape
from cmcompile.observe.panda.shape import OddReplyError
from cmcompile.observe.panda.statuses import REQUESTS, request_status
from cmcompile.observe.wms.states import ENDED

#: iDDS says it in a reply that is a success otherwise.
_REFUSED = "Authentication no permission"
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Transform:
    """A task of a workflow, as iDDS counts it; the counts are of files, one for each quantum.

    Attributes
    ----------
    total, succeeded, failed, missing
        None where iDDS has not counted yet.
    missing
        Those that were taken out because what they need failed.
    """

    name: str
    status: str
    task_id: str
    total: int | None
    succeeded: int | None
    failed: int | None
    missing: int | None


@dataclass(frozen=True, slots=True)
class Request:
    """A workflow, as iDDS shows it.

    Attributes
    ----------
    expanded
        Whether its own id is told: of one that was accepted and has no tasks yet it is null. The run is there
        all the same, and can't be over.
    status
        As iDDS writes it.
    state
        What it stands for; empty: the name is not known here.
    busy
        Whether an agent is at work on it: what it says may change in a moment.
    """

    run_id: str
    name: str
    status: str
    state: str
    updated: datetime
    created: datetime
    expanded: bool = True
    busy: bool = False
    transforms: tuple[Transform, ...] = ()

    def seen(self) -> RunSeen:
        """Return it as a run.

        Raises
        ------
        OddReplyError
            When its state can't be told.
        """
        if not self.state:
            raise OddReplyError(f"run {self.run_id} is {self.status!r}, and no such status is known here")
        if not self.expanded and self.state in ENDED:
            raise OddReplyError(f"run {self.run_id} is {self.status}, and its own id is not told")
        if self.busy and self.state in ENDED:
            # A retry is taken up so: the request is locked, and has its former status for a moment.
            raise OddReplyError(f"run {self.run_id} is {self.status}, and an agent is at work on it")
        return RunSeen(self.run_id, self.name, self.state, self.status, changed(self.status, self.updated))


def changed(status: str, updated: datetime) -> str:
    """Return what tells a later change: of a run that goes on, each poll of an agent would be one."""
    return f"{status} {updated.isoformat()}" if REQUESTS.get(status) in ENDED else status


def request(reply: object, run_id: str) -> Request | None:
    """Read what ``get_requests`` says of one id, with or without detail; None: there is no such request.

    Raises
    ------
    OddReplyError
    """
    rows = [shape.row(one, "a request") for one in shape.items(_payload(reply), "the list of requests")]
    if not rows:
        return None
    read = {_request(one, run_id) for one in rows}
    if len(read) != 1:
        raise OddReplyError(f"run {run_id} is shown twice, and not alike")
    (found,) = read
    parts = [_transform(one) for one in rows if one.get("transform_id") is not None]
    return Request(
        run_id,
        found.name,
        found.status,
        found.state,
        found.updated,
        found.created,
        found.expanded,
        found.busy,
        tuple(sorted(parts, key=lambda one: (one.name, one.task_id))),
    )


def named(reply: object) -> Mapping[str, str]:
    """Read what ``get_request_id_by_name`` says: ids by name.

    Raises
    ------
    OddReplyError
    """
    found = shape.row(_payload(reply), "the list of names")
    return {name: shape.id_of(found, name) for name in found}


def taken(reply: object) -> None:
    """Make sure that ``abort`` or ``retry`` was taken: a success may hold a refusal.

    Raises
    ------
    OddReplyError
        When it was not, or it can't be told.
    """
    payload = _payload(reply)
    if isinstance(payload, str):
        try:
            payload = json.loads(payload)
        except (ValueError, RecursionError):
            raise OddReplyError(f"it says {_short(payload)}") from None
    answers = shape.items(payload, "the reply to a command")
    if not answers:
        raise OddReplyError("the reply to a command is empty")
    for one in answers:
        code, *rest = shape.items(one, "a part of the reply to a command") or [None]
        inner = rest[0].get("status", 0) if rest and isinstance(rest[0], dict) else 0
        if not all(isinstance(n, int) and not isinstance(n, bool) and n == 0 for n in (code, inner)):
            raise OddReplyError(f"it says {_short(one)}")


def _payload(reply: object) -> object:
    outer = shape.items(reply, "the reply of panda-server")
    if len(outer) != 2 or isinstance(outer[0], bool) or outer[0] != 0:
        raise OddReplyError(f"panda-server did not relay it: {_short(outer[1] if len(outer) > 1 else outer)}")
    inner = shape.items(outer[1], "the reply of iDDS")
    if len(inner) != 2 or inner[0] is not True:
        raise OddReplyError(f"iDDS did not do it: {_short(inner[1] if len(inner) > 1 else inner)}")
    payload: object = inner[1]
    if isinstance(payload, str) and _REFUSED in payload:
        raise OddReplyError(f"iDDS refuses it: {_short(payload)}")
    if isinstance(payload, list | tuple) and payload and payload[0] is False:
        raise OddReplyError(f"iDDS did not do it: {_short(payload[1] if len(payload) > 1 else '')}")
    return payload


def _request(found: Mapping[str, Any], run_id: str) -> Request:
    if "request_id" not in found:
        raise OddReplyError(f"what is said of run {run_id} has no id")
    expanded = found["request_id"] is not None
    if expanded and shape.id_of(found, "request_id") != run_id:
        raise OddReplyError(f"run {run_id} was asked for, and run {found['request_id']} is told")
    word = _name_of(found, "status")
    status = request_status(word)
    return Request(
        run_id,
        shape.text(found, "name"),
        status or word,
        REQUESTS.get(status, ""),
        shape.moment_at(found, "updated_at"),
        shape.moment_at(found, "created_at"),
        expanded,
        found.get("locking") is not None and _name_of(found, "locking") != "Idle",
    )


def _transform(found: Mapping[str, Any]) -> Transform:
    parts = [shape.count(found, f"output_{one}_files") for one in ("total", "processed", "failed", "missing")]
    total, succeeded, failed, missing = parts
    task = found.get("transform_workload_id")
    return Transform(
        shape.words(found, "transform_name"),
        _name_of(found, "transform_status"),
        shape.id_of(found, "transform_workload_id") if task is not None else "",
        total,
        succeeded,
        failed,
        missing,
    )


def _name_of(found: Mapping[str, Any], key: str) -> str:
    """Return the name of a value of an enumeration, as iDDS writes it in JSON."""
    value = found.get(key)
    if isinstance(value, str) and value.strip():
        return value
    inner = shape.row(value, f"`{key}`").get("attributes")
    return shape.text(shape.row(inner, f"`{key}`"), "_name_")


def _short(said: object) -> str:
    words = " ".join(str(said).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}..."
