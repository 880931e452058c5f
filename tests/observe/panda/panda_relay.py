"""A relay on loopback in the place of panda-server: the real client asks it, and the fake iDDS answers."""

from __future__ import annotations

import gzip
import importlib.util
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from panda_sources import FakeIdds, World

#: Marks of tests that need the real client.
NEEDS = (
    pytest.mark.service("lsst"),
    pytest.mark.skipif(
        importlib.util.find_spec("pandaclient") is None, reason="lsst-ctrl-bps-panda is not installed"
    ),
)


class Relay:
    """What panda-server does with a command: it answers 200 whatever happens.

    Attributes
    ----------
    page
        What it answers to everything, unless empty.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.commands: list[dict[str, Any]] = []
        self.page = b""
        self.address = ""

    def answer(self, command: dict[str, Any]) -> bytes:
        self.commands.append(command)
        if self.page:
            return self.page
        name = command["command_name"].partition("+")[0]
        asked = json.loads(command.get("kwargs", "{}"))
        return json.dumps(getattr(FakeIdds(self.world), name)(**asked)[1]).encode()

    @property
    def environ(self) -> dict[str, str]:
        """The variables that lead the client here."""
        urls = dict.fromkeys(("PANDA_URL", "PANDA_URL_SSL", "PANDACACHE_URL"), self.address)
        return {**urls, "PANDA_BEHIND_REAL_LB": "1", "PANDA_AUTH": "x509_no_grid"}


@contextmanager
def relaying(world: World) -> Iterator[Relay]:
    found = Relay(world)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            answer = found.answer(json.loads(gzip.decompress(data)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    found.address = f"http://127.0.0.1:{server.server_address[1]}/server/panda"
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
