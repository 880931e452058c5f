"""What the observer and its parent say to each other: a line of JSON for each request and each reply.

A request holds ``number``, ``ask`` (``find``, ``look``, ``each`` or ``cancel``), ``service``, ``where``,
``texts`` (prefixes or ids), ``known`` (ids that are left out) and ``seconds``. A reply holds the same
``number`` and either ``runs`` or ``why``; to ``cancel``, ``runs`` is empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen

_FIELDS = ("run_id", "name", "state", "wms_state", "changed")


class LineError(ValueError):
    """A line is none that is written here."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the observer is asked.

    Attributes
    ----------
    number
        The reply has the same one.
    ask
        ``find``, ``look`` or ``cancel``; of PanDA also ``each``, which tells what can't be told.
    texts
        Prefixes of names, or ids.
    seconds
        After which nobody waits for the reply.
    known
        With ``find``, of PanDA: ids that are not asked for.
    """

    number: int
    ask: str
    where: WmsRef
    texts: tuple[str, ...]
    seconds: float
    known: tuple[str, ...] = ()


def request_line(request: Request) -> bytes:
    """Write a request."""
    where = {"service": request.where.service, "where": request.where.where}
    rest = {"texts": list(request.texts), "known": list(request.known), "seconds": repr(request.seconds)}
    return _line({"number": request.number, "ask": request.ask, **where, **rest})


def read_request(line: bytes) -> Request:
    """Read a request.

    Raises
    ------
    LineError
    """
    found = _object(line)
    try:
        where = WmsRef(_text(found["service"]), _text(found["where"]))
        texts = tuple(_text(one) for one in _list(found["texts"]))
        known = tuple(_text(one) for one in _list(found["known"]))
        seconds = float(_text(found["seconds"]))
        return Request(_number(found["number"]), _text(found["ask"]), where, texts, seconds, known)
    except (KeyError, TypeError, ValueError) as error:
        raise LineError(f"no request: {error}") from None


def reply_line(number: int, answer: Sequence[RunSeen] | NoAnswer) -> bytes:
    """Write a reply."""
    if isinstance(answer, NoAnswer):
        return _line({"number": number, "why": answer.why})
    runs = [[getattr(run, name) for name in _FIELDS] for run in answer]
    return _line({"number": number, "runs": runs})


def read_reply(line: bytes, number: int) -> tuple[RunSeen, ...] | NoAnswer:
    """Read the reply to the request of some number.

    Raises
    ------
    LineError
    """
    found = _object(line)
    if found.get("number") != number:
        raise LineError("the reply is to something else")
    if "why" in found:
        return NoAnswer(_text(found["why"]) or "it does not say why")
    return tuple(_run(one) for one in _list(found.get("runs")))


def _run(found: object) -> RunSeen:
    words = [_text(one) for one in _list(found)]
    if len(words) != len(_FIELDS):
        raise LineError("the reply holds what is no run")
    run_id, name, state, wms_state, changed = words
    return RunSeen(run_id, name, state, wms_state, changed)


def _line(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _object(line: bytes) -> dict[str, object]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise LineError("it is not JSON") from None
    if not isinstance(found, dict):
        raise LineError("it is no object")
    return found


def _list(found: object) -> list[object]:
    if not isinstance(found, list):
        raise LineError(f"{found!r} is no list")
    return found


def _number(found: object) -> int:
    if not isinstance(found, int):
        raise LineError(f"{found!r} is no number")
    return found


def _text(found: object) -> str:
    if not isinstance(found, str):
        raise LineError(f"{found!r} is no text")
    return found
