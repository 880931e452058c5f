"""One request and its reply over HTTP: bounded in time and bytes, no redirects followed, nothing tried twice.

What goes wrong is told in words that hold no part of the request: an address may be a secret too.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from cmcompile.version import VERSION

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PIECE = 1 << 16


def is_safe(url: str) -> bool:
    """Tell whether a token may be sent to an address: one that is asked by TLS, or is on this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


@dataclass(frozen=True, slots=True)
class Bounds:
    """How long and how large a reply may be.

    Attributes
    ----------
    connect, whole
        Seconds to connect, and for all of a reply.
    longest
        Bytes.
    """

    connect: float = 10.0
    whole: float = 30.0
    longest: int = 1 << 25


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes
    ----------
    headers
        By names in small letters.
    """

    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def kind(self) -> str:
        """The bare ``Content-Type``, in small letters; or empty."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class NoReply:
    """No whole reply came.

    Attributes
    ----------
    sent
        Whether the request may have reached the server, and so have had its effect.
    """

    why: str
    sent: bool = True


class Exchange:
    """Sends requests, and keeps connections between them."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._session: Any = None  # a session of `requests`, which is imported late

    def send(self, request: Request) -> Reply | NoReply:
        """Send a request and read its reply whole."""
        import requests
        from urllib3.exceptions import HTTPError

        try:
            return self._read(request)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return NoReply(_words(error), sent=not _before(error))

    def _read(self, request: Request) -> Reply | NoReply:
        bounds = self._bounds
        until = time.monotonic() + bounds.whole
        answer = self._opened().request(
            request.method,
            request.url,
            data=request.body,
            headers={"User-Agent": f"cmcompile/{VERSION}", **request.headers},
            timeout=(bounds.connect, bounds.whole),
            stream=True,
            allow_redirects=False,
        )
        with answer:
            headers = {str(k).lower(): str(v) for k, v in answer.headers.items()}
            data = bytearray()
            # What has arrived is taken at once: a server that drips bytes is seen to be too slow.
            while piece := answer.raw.read1(_PIECE, decode_content=True):
                data += piece
                if time.monotonic() > until or len(data) > bounds.longest:
                    return NoReply(
                        f"its reply does not end within {bounds.whole:g} s, or {bounds.longest} bytes"
                    )
            return Reply(answer.status_code, headers, bytes(data))

    def _opened(self) -> Any:
        import requests

        if self._session is None:
            self._session = requests.Session()
            # Without one, `requests` takes what a file of the user has for the host.
            self._session.auth = _as_is
        return self._session


def _as_is(request: Any) -> Any:
    return request


def _before(error: BaseException) -> bool:
    """Tell whether a request certainly did not reach the server: there was no connection."""
    import requests
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    if isinstance(
        error, requests.ConnectTimeout | requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema
    ):
        return True
    return any(isinstance(e, NewConnectionError | ConnectTimeoutError) for e in _chain(error))


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error and those inside it, the outermost first."""
    found: list[BaseException] = []
    todo: list[object] = [error]
    while todo:
        at = todo.pop(0)
        if isinstance(at, BaseException) and at not in found:
            found.append(at)
            todo += [*at.args, getattr(at, "reason", None), at.__cause__, at.__context__]
    return found


def _words(error: BaseException) -> str:
    """Return what is wrong without the words of the error: these hold the address."""
    said = next((e.strerror for e in _chain(error) if isinstance(e, OSError) and e.strerror), "")
    name = type(error).__name__
    return f"{name}: {' '.join(str(said).split())}" if said else name
