"""One request of HTTP that holds a signal: read within a time and a size, and answered."""

from __future__ import annotations

import contextlib
import socket
import time

from cmcompile.signals.fields import LONGEST
from cmcompile.signals.post import PLACE, SCHEME

#: Bytes of a request before its body.
_HEAD = 1 << 13
_REASONS = {
    202: "Accepted",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    408: "Request Timeout",
    409: "Conflict",
    411: "Length Required",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


class RefusedError(Exception):
    """A request that is not taken.

    Attributes
    ----------
    status
        Of the reply; the text is its body.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


def reply(status: int, why: str) -> bytes:
    """Return a reply as bytes."""
    body = f"{why}\n".encode() if why else b""
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def read_request(line: socket.socket, until: float) -> tuple[str, str, bytes]:
    """Read a request; return the signal's name, the proof that its sender has the token, and the body.

    Parameters
    ----------
    until
        By the monotonic clock.

    Raises
    ------
    RefusedError
        When it is none that is taken.
    TimeoutError
        When it is not whole in time.
    OSError
        When it was cut.
    """
    data = b""
    while b"\r\n\r\n" not in data:
        if len(data) > _HEAD:
            raise RefusedError(431, "the head of the request is too long")
        data += _piece(line, until)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {}
    for text in rest:
        key, _, value = text.partition(":")
        if key.lower() in headers:
            raise RefusedError(400, "a header stands there twice")
        headers[key.lower()] = value.strip()
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        raise RefusedError(400, "this is no request of HTTP/1.1")
    if not words[1].startswith(PLACE):
        raise RefusedError(404, f"signals are posted to {PLACE}<name>")
    if words[0] != "POST":
        raise RefusedError(405, "signals are posted")
    return words[1][len(PLACE) :], _proof(headers), _body(line, until, headers, body)


def _proof(headers: dict[str, str]) -> str:
    # A page in somebody's browser must ask before it sends this type, and such a question gets no answer.
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise RefusedError(415, "a signal is application/json")
    scheme, _, proof = headers.get("authorization", "").partition(" ")
    return proof.strip() if scheme == SCHEME else ""


def _body(line: socket.socket, until: float, headers: dict[str, str], body: bytes) -> bytes:
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()) or "transfer-encoding" in headers:
        raise RefusedError(411, "the length of the signal is not told")
    wanted = int(length[:12])
    if wanted > LONGEST:
        raise RefusedError(413, f"a signal has at most {LONGEST} bytes")
    while len(body) < wanted:
        body += _piece(line, until)
    if len(body) > wanted:
        raise RefusedError(400, "there is more than one signal")
    return body


def drain(line: socket.socket, until: float) -> None:
    """Read what else comes, for a moment: to close on what was not read would take the reply back."""
    with contextlib.suppress(OSError):
        line.shutdown(socket.SHUT_WR)
        for _ in range(16):
            _piece(line, until)


def _piece(line: socket.socket, until: float) -> bytes:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    line.settimeout(left)
    piece = line.recv(1 << 16)
    if not piece:
        raise ConnectionError
    return piece
