"""Servers on loopback with faults, and a clock that moves only when somebody sleeps."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cmcompile.web.exchange import Bounds, Exchange

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
#: What goes wrong with a request. Of those with ``after`` and ``late`` the effect comes, the reply does not.
FAULTS = ("500", "502", "503", "429", "limit", "cut-before", "cut-after", "late", "slow", "half", "page")
#: Those that need no waiting, for tests that draw many.
QUICK = tuple(fault for fault in FAULTS if fault != "slow")
#: Seconds: after them what was sent ``late`` has its effect.
LATE = 9.0


@dataclass
class Clock:
    """Implements ``Clock`` without waiting."""

    at: datetime = NOW
    slept: list[float] = field(default_factory=list)
    after: list[Callable[[datetime], None]] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)
        for call in self.after:
            call(self.at)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class Said:
    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class World:
    """What a server knows; ``answer`` has the effect of a request, and says what is answered.

    Attributes
    ----------
    faults
        For the next requests, one each; ``""`` is none.
    only
        Faults meet only requests of this method, where it is not empty.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.faults: list[str] = []
        self.only = ""
        self.asked: list[Asked] = []
        self.address = ""
        self._late: list[tuple[datetime, Asked]] = []
        self._lock = threading.Lock()
        clock.after.append(self._tick)

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError

    def effects(self) -> list[Asked]:
        return [a for a in self.asked if a.method != "GET"]

    def serve(self, asked: Asked) -> tuple[str, Said]:
        with self._lock:
            self.asked.append(asked)
            meets = self.faults and self.only in ("", asked.method)
            fault = self.faults.pop(0) if meets else ""
            if fault == "late":
                self._late.append((self.clock.now() + timedelta(seconds=LATE), asked))
            known = _refusal(fault, self.address)
            if fault in ("cut-before", "late") or known is not None:
                return fault, known or Said(200)
            return fault, self.answer(asked)

    def _tick(self, now: datetime) -> None:
        with self._lock:
            due = [one for one in self._late if one[0] <= now]
            self._late = [one for one in self._late if one[0] > now]
            for at, asked in due:
                self.clock.at = at  # when it has its effect
                self.answer(asked)
            self.clock.at = now


def _refusal(fault: str, address: str) -> Said | None:
    if fault == "limit":
        said = {"message": "You have exceeded a secondary rate limit"}
        return Said(403, said, {"Retry-After": "7"})
    if fault == "429":
        return Said(429, {"message": "too many"}, {"Retry-After": "3"})
    if fault == "away":
        return Said(307, None, {"Location": address.replace("127.0.0.1", "localhost") + "/elsewhere"})
    return Said(int(fault), {"message": f"said {fault}"}) if fault.isdecimal() else None


@contextmanager
def serving(world: World) -> Iterator[str]:
    """Serve until the end of the block; gives the address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def handle_all(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            headers = {k.lower(): v for k, v in self.headers.items()}
            asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
            fault, said = world.serve(asked)
            self._reply(fault, said)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_all  # noqa: N815 - the names of http.server

        def _reply(self, fault: str, said: Said) -> None:
            if fault in ("cut-before", "cut-after", "late"):
                self.close_connection = True
                with suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)
                return
            data = b"" if said.body is None else json.dumps(said.body).encode()
            if fault == "page":
                data = b"<html>a proxy</html>"
            self.send_response(said.status)
            self.send_header("Content-Type", "text/html" if fault == "page" else "application/json")
            self.send_header("Content-Length", str(len(data) + (9 if fault in ("half", "slow") else 0)))
            for key, value in said.headers.items():
                self.send_header(key, value)
            self.end_headers()
            with suppress(OSError):
                self.wfile.write(data)
                self.wfile.flush()
            if fault == "slow":
                stopped.wait(BOUNDS.whole * 2)
            self.close_connection = fault in ("half", "slow")

        def log_message(self, *args: object) -> None:
            pass

    stopped = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    world.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield world.address
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()


BOUNDS = Bounds(connect=2.0, whole=0.25)


def exchange() -> Exchange:
    return Exchange(BOUNDS)
