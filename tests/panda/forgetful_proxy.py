"""Stands between panda-server and iDDS, and loses the reply to the first request that makes something."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import threading
from collections.abc import Iterator


@contextlib.contextmanager
def forgetful_proxy(port: int) -> Iterator[str]:
    """Return the address of an iDDS in the place of the one at a port, until the block is left."""
    lost = threading.Event()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            target = http.client.HTTPConnection("127.0.0.1", port)
            target.request("POST", self.path, self.rfile.read(length), dict(self.headers.items()))
            reply = target.getresponse()
            said = reply.read()
            target.close()
            if not lost.is_set():
                lost.set()
                self.close_connection = True
                return
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.headers.get("Content-Type", ""))
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/idds"
        finally:
            server.shutdown()
            thread.join()
