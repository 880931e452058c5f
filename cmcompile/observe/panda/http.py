"""One request to a monitor: what it answers, or why that is no answer. Nothing is tried twice."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass

from cmcompile.model.wms import NoAnswer
from cmcompile.web.exchange import Bounds, Exchange, NoReply, Request, is_safe

#: Holds a token for the monitor, or nothing; it is sent, and never written or shown.
TOKEN = "CMCOMPILE_MONITOR_TOKEN"  # noqa: S105 - its name
#: Seconds to connect, and for all of a reply: the server takes 2 to 3 for any, and tens for a large one.
CONNECT, WHOLE = 10.0, 120.0
#: No reply is longer: 10,000 jobs with the fields that are asked for take 5 MB, tasks a few times that.
LONGEST = 1 << 27


@dataclass(frozen=True, slots=True)
class TooMany(NoAnswer):
    """The server wants to be asked no more for a while."""


class Http:
    """Asks for JSON.

    Parameters
    ----------
    connect, whole
        Seconds to connect, and for all of a reply.
    """

    def __init__(self, connect: float = CONNECT, whole: float = WHOLE) -> None:
        self._exchange = Exchange(Bounds(connect, whole, LONGEST))

    def get(self, url: str) -> object | NoAnswer:
        """Return what a URL gives, decoded."""
        token = os.environ.get(TOKEN, "")
        if token and not is_safe(url):
            return NoAnswer(f"{TOKEN} is not sent without TLS: the address must begin with https://")
        reply = self._exchange.send(Request("GET", url, headers_for(token)))
        if isinstance(reply, NoReply):
            return NoAnswer(reply.why)
        return decoded(reply.status, reply.kind, reply.data)


def decoded(code: int, kind: str, data: bytes) -> object | NoAnswer:
    """Return what a reply holds.

    Parameters
    ----------
    code, kind
        Of the reply: its status, and its ``Content-Type``.
    """
    refused = _refused(code, kind)
    if refused is not None:
        return refused
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        return NoAnswer("its reply is cut off, or is no JSON")
    return found


def _refused(code: int, kind: str) -> NoAnswer | None:
    """Return why a reply is no answer, whatever it holds: pages come with 200 too."""
    bare = kind.partition(";")[0].strip().lower()
    if code == 429:
        return TooMany("it says that there were too many requests in this hour (429)")
    if code == 403:
        return TooMany("it shuts this address out (403)")
    if code != 200:
        return NoAnswer(f"it answers {code} ({bare or 'of no type'})")
    if bare != "application/json":
        return NoAnswer(f"it answers with {bare or 'what has no type'}, and not with JSON")
    return None


def headers_for(token: str) -> dict[str, str]:
    """Return the headers of a request, with a token where there is one."""
    said = {"Accept": "application/json"}
    if not token:
        return said
    return said | {"Authorization": token if token.startswith("Token ") else f"Bearer {token}"}
