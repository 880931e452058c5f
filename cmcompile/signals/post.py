"""A signal sent to an address: one small request, without a library for HTTP: that would be slow to start."""

from __future__ import annotations

import socket
import time

#: Where a signal is posted, with its name behind.
PLACE = "/v1/signals/"
#: The scheme of the header that proves that the sender has the token, without telling it.
SCHEME = "Signed"
_LONGEST = 1 << 14


class PostError(Exception):
    """A signal was not taken.

    Attributes
    ----------
    again
        Whether it may be taken when it is sent again: it is the same signal then, and counts once.
    """

    def __init__(self, why: str, *, again: bool) -> None:
        super().__init__(why)
        self.again = again


def split(address: str) -> tuple[str, int]:
    """Return host and port of an address.

    Raises
    ------
    PostError
        When it is not ``http://HOST:PORT``.
    """
    rest = address.removeprefix("http://").rstrip("/")
    host, colon, port = rest.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not address.startswith("http://") or not colon or not host or not port.isascii() or not port.isdigit():
        raise PostError("the address is not http://HOST:PORT", again=False)
    if set(host) & set("/?#@ \\") or not 0 < int(port) < 65536:
        raise PostError("the address is not http://HOST:PORT", again=False)
    return host, int(port)


def signature(token: str, name: str, data: bytes) -> str:
    """Return what proves that the sender of a signal has a token."""
    import hmac

    return hmac.new(token.encode(), name.encode() + b"\n" + data, "sha256").hexdigest()


def post(address: str, name: str, data: bytes, token: str, until: float) -> None:
    """Send a signal once.

    Parameters
    ----------
    token
        Empty: none is needed. It is not sent, only what is made with it.
    until
        By the monotonic clock.

    Raises
    ------
    PostError
        When it was not taken, as far as is known.
    """
    host, port = split(address)
    lines = [
        f"POST {PLACE}{name} HTTP/1.1",
        f"Host: {f'[{host}]' if ':' in host else host}:{port}",
        "Content-Type: application/json",
        f"Content-Length: {len(data)}",
        "Connection: close",
    ]
    if token:
        lines.append(f"Authorization: {SCHEME} {signature(token, name, data)}")
    request = "\r\n".join([*lines, "", ""]).encode() + data
    try:
        with socket.create_connection((host, port), _left(until)) as line:
            line.settimeout(_left(until))
            line.sendall(request)
            _judge(_reply(line, until))
    except OSError as error:
        raise PostError(error.strerror or str(error) or type(error).__name__, again=True) from None


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise PostError("it took too long", again=True)
    return left


def _reply(line: socket.socket, until: float) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data and len(data) < _LONGEST:
        line.settimeout(_left(until))
        piece = line.recv(4096)
        if not piece:
            break
        data += piece
    return data


def _judge(reply: bytes) -> None:
    words = reply.partition(b"\r\n")[0].split(b" ", 2)
    if (
        b"\r\n" not in reply
        or not words[0].startswith(b"HTTP/1.")
        or not words[1:2]
        or not words[1].isdigit()
    ):
        raise PostError("there was no whole reply", again=True)
    status = int(words[1])
    if status != 202:
        raise PostError(f"the reply is {status}", again=status in (408, 425, 429) or status >= 500)
