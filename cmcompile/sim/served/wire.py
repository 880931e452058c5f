"""What is said over the socket: one request and one reply for each connection, each a line of JSON."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from cmcompile.model.wms import NoAnswer

Object: TypeAlias = dict[str, object]

#: What a reply holds under ``answer``, and, where there is none, why.
ANSWER, WHY = "answer", "why"
_PIECE = 1 << 16
#: No reply is longer.
_LONGEST = 1 << 26
#: A longer path does not fit into the address of a Unix socket.
_FITS = 100


def line_of(value: object) -> bytes:
    """Return a value as a line with its end."""
    return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


@contextlib.contextmanager
def address(path: Path) -> Iterator[str]:
    """Return the address of a socket, also of one whose path is too long for one."""
    if len(os.fsencode(path)) <= _FITS:
        yield str(path)
        return
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{directory}/{path.name}"
    finally:
        os.close(directory)


def ask(path: Path, request: Object, timeout: float) -> object | NoAnswer:
    """Ask once; whatever is odd about the reply, there is no answer.

    Parameters
    ----------
    timeout
        Seconds after which nothing is waited for, from the first byte to the last.
    """
    until = time.monotonic() + timeout
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.settimeout(timeout)
            with address(path) as name:
                line.connect(name)
            line.sendall(line_of(request))
            return _answer(_reply(line, until))
    except TimeoutError:
        return NoAnswer(f"no reply within {timeout:g} s")
    except OSError as error:
        return NoAnswer(f"the connection failed: {error}")


def _reply(line: socket.socket, until: float) -> bytes:
    """Read until the other side has ended."""
    held = bytearray()
    while len(held) <= _LONGEST:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        line.settimeout(left)
        piece = line.recv(_PIECE)
        if not piece:
            break
        held += piece
    return bytes(held)


def _answer(reply: bytes) -> object | NoAnswer:
    if not reply:
        return NoAnswer("the reply is empty")
    if not reply.endswith(b"\n"):
        return NoAnswer("the reply is cut off")
    try:
        found = json.loads(reply)
    except (ValueError, RecursionError):
        return NoAnswer("the reply is not JSON")
    if isinstance(found, dict) and set(found) == {ANSWER}:
        answer: object = found[ANSWER]
        return answer
    if isinstance(found, dict) and set(found) == {WHY} and isinstance(found[WHY], str):
        return NoAnswer(found[WHY] or "it does not say why")
    return NoAnswer("the reply is none that is known")
