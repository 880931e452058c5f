"""Signals taken over HTTP and put into spools, for workers that do not see the file system of the spool.

One request is one signal: ``POST /v1/signals/<name>`` with the bytes of its file. The reply is 202 when it is
on disk, and only then; sent again, it is the same signal. Everything is bounded: how long a request may take,
how large it may be, and how many are taken at once.
"""

from __future__ import annotations

import contextlib
import hmac
import ipaddress
import socket
import socketserver
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cmcompile.signals.document import from_bytes
from cmcompile.signals.fields import BadSignalError, job_and_time
from cmcompile.signals.post import signature
from cmcompile.signals.request import RefusedError, drain, read_request, reply
from cmcompile.signals.spool import SPOOL, bytes_of
from cmcompile.signals.write import put

#: Bytes of one part of a path, on any file system.
_NAME = 255


@dataclass(frozen=True, slots=True)
class Limits:
    """What is taken.

    Attributes
    ----------
    seconds
        For a whole request, however slowly it comes.
    at_once
        Requests; further ones are told to come again.
    """

    seconds: float = 10.0
    at_once: int = 64


@dataclass(frozen=True, slots=True)
class Desk:
    """Where signals are put, and what their senders must know.

    Attributes
    ----------
    directory
        It holds the submit directories of runs, each by the name of its run; or it is itself a spool.
    is_spool
        Which of the two.
    token
        Empty: none is needed.
    """

    directory: Path
    is_spool: bool = False
    token: str = ""

    def take(self, name: str, proof: str, data: bytes) -> None:
        """Put a signal on disk."""
        if self.token and not hmac.compare_digest(proof.encode(), signature(self.token, name, data).encode()):
            raise RefusedError(401, "it is not signed with the token")
        place = job_and_time(name)
        if place is None:
            raise RefusedError(404, "the place is not /v1/signals/<job>-<time in ns>-<random hex>.json")
        try:
            found = from_bytes(data)
        except BadSignalError as error:
            raise RefusedError(400, f"this is no signal: {error}") from None
        if found["job"] != place[0]:
            raise RefusedError(400, "the name of the signal is of another job than the signal")
        try:
            self._put(self._spool(found["run"]), name, data)
        except OSError as error:
            raise RefusedError(503, f"it can't be written: {error.strerror}") from None

    def _spool(self, run: str) -> Path:
        if self.is_spool:
            return self.directory
        parts = run.split("/")
        # A name that leads out of the directory, or into one that begins with a dot, is of no run.
        if any(not part or part.startswith(".") or len(part.encode()) > _NAME for part in parts):
            raise RefusedError(404, "there is no such run")
        root, spool = self.directory.resolve(), self.directory.joinpath(*parts, SPOOL).resolve()
        if not spool.is_relative_to(root) or not spool.is_dir():
            raise RefusedError(404, "there is no such run")
        return spool

    def _put(self, spool: Path, name: str, data: bytes) -> None:
        with contextlib.suppress(FileNotFoundError):
            if bytes_of(spool, name) != data:
                raise RefusedError(409, "there is another signal of this name")
            return
        put(str(spool), name, data, durable=True)


class SignalServer(socketserver.ThreadingTCPServer):
    """Takes signals until it is shut down.

    Parameters
    ----------
    said
        Is told of each request: its status, and why it was refused.

    Raises
    ------
    OSError
        When the address can't be used.
    """

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(
        self, host: str, port: int, desk: Desk, said: Callable[[int, str], None], limits: Limits | None = None
    ) -> None:
        self.desk = desk
        self.said = said
        self.limits = limits or Limits()
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._free = threading.BoundedSemaphore(self.limits.at_once)
        super().__init__((host, port), _Request)

    def process_request(self, request: object, client_address: object) -> None:
        """Serve a request in a thread of its own, unless too many are served now."""
        if self._free.acquire(blocking=False):
            try:
                super().process_request(request, client_address)  # type: ignore[arg-type]
            except RuntimeError:  # no thread could be started
                self._free.release()
                raise
            return
        if isinstance(request, socket.socket):
            request.setblocking(False)
            with contextlib.suppress(OSError):
                request.send(reply(503, "too many requests at once"))
            self.shutdown_request(request)
        self.said(503, "too many requests at once")

    def process_request_thread(self, request: object, client_address: object) -> None:
        """Serve a request, and let the next one in."""
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say that a request broke something; the next one is served."""
        del request, client_address
        self.said(500, f"it broke: {type(sys.exception()).__name__}")


class _Request(socketserver.BaseRequestHandler):
    request: socket.socket
    server: SignalServer

    def handle(self) -> None:
        until = time.monotonic() + self.server.limits.seconds
        try:
            status, why = 202, ""
            name, proof, data = read_request(self.request, until)
            self.server.desk.take(name, proof, data)
        except RefusedError as refused:
            status, why = refused.status, str(refused)
        except TimeoutError:
            status, why = 408, "it took too long"
        except OSError:
            # Who is gone is told nothing; and nothing was taken.
            self.server.said(400, "it was cut")
            return
        with contextlib.suppress(OSError):
            self.request.settimeout(1.0)
            self.request.sendall(reply(status, why))
            if why:
                drain(self.request, time.monotonic() + 1.0)
        self.server.said(status, why)


def is_loopback(host: str) -> bool:
    """Tell whether an address can be reached from this machine only."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
