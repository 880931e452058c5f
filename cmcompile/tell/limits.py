"""How long a server wants to be left alone: what its reply says of limits of requests.

Sources: docs.github.com, "Rate limits for the REST API": a request over a limit gets 403 or 429; then
``retry-after`` counts; else, where ``x-ratelimit-remaining`` is 0, ``x-ratelimit-reset``; else a minute.
RFC 9110 10.2.3 for ``Retry-After``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from cmcompile.web.exchange import Reply

#: Seconds where the server names none.
_MINUTE = 60.0
_MOST = 7 * 86400.0


def wait_of(reply: Reply, now: datetime) -> float | None:
    """Return for how many seconds the server wants no request; None: this reply is about no limit."""
    limited = reply.status == 429 or (reply.status == 403 and _is_limit(reply))
    return _after(reply, now) if limited else None


def _is_limit(reply: Reply) -> bool:
    """Tell a limit from a lack of rights: both are 403."""
    said = reply.data[:4096].lower()
    return (
        "retry-after" in reply.headers
        or reply.headers.get("x-ratelimit-remaining") == "0"
        or b"rate limit" in said
        or b"abuse detection" in said
    )


def _after(reply: Reply, now: datetime) -> float:
    said = reply.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal():
        return min(float(said), _MOST)
    if said:
        return _until(said, now)
    reset = reply.headers.get("x-ratelimit-reset", "").strip()
    if reply.headers.get("x-ratelimit-remaining") == "0" and reset.isascii() and reset.isdecimal():
        return min(max(float(reset) - now.timestamp(), 0.0), _MOST)
    return _MINUTE


def _until(text: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return _MINUTE
    whole = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((whole - now).total_seconds(), 0.0), _MOST)
