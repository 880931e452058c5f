"""Serve a simulated workload system and Butler over a Unix socket.

    python -m cmcompile.sim.served.server SOCKET [--log FILE] [--speed N] …

It says ``ready`` on standard output once it can be asked, and ends with SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import signal
import socket
import socketserver
import sys
import threading
from pathlib import Path

from cmcompile.model.wms import NoAnswer
from cmcompile.sim.served.journal import Journal
from cmcompile.sim.served.real_time import Pace, RealTime
from cmcompile.sim.served.requests import Requests
from cmcompile.sim.served.told import text
from cmcompile.sim.served.troubles import WITHOUT_EFFECT, Trouble, Troubles
from cmcompile.sim.served.wire import ANSWER, WHY, Object, address, line_of

#: Seconds between two looks whether it is to end.
_TICK = 0.05
_TOO_MANY = "too many requests (429)"


class Desk:
    """Takes requests from many connections, and carries them out one at a time."""

    def __init__(self, side: RealTime, journal: Journal) -> None:
        self._side = side
        self._journal = journal
        self._troubles = Troubles()
        self._requests = Requests(side, self._troubles)
        self._lock = threading.Lock()

    def take(self, line: bytes) -> tuple[bytes, Trouble | None]:
        """Return the reply to a request, and what is to go wrong with it."""
        try:
            request = json.loads(line)
            kind = text(request["ask"])
        except (ValueError, LookupError, TypeError, RecursionError):
            return line_of({WHY: "this is no request"}), None
        with self._lock:
            simulated = self._side.catch_up()
            trouble = None if kind in self._requests.by_hand else self._troubles.next(kind)
            self._journal.note(request, simulated, trouble)
            return line_of(self._reply(request, trouble)), trouble

    def _reply(self, request: Object, trouble: Trouble | None) -> Object:
        if trouble in WITHOUT_EFFECT:
            return {WHY: _TOO_MANY}
        try:
            answer = self._requests.carry_out(request)
        except (ValueError, LookupError) as error:
            return {WHY: f"this can't be done: {error}"}
        if isinstance(answer, NoAnswer):
            return {WHY: answer.why}
        return {ANSWER: [] if trouble is Trouble.EMPTY and isinstance(answer, list) else answer}


class _Connection(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        line = self.rfile.readline()
        if not line.endswith(b"\n"):
            return  # whoever asked died while asking
        reply, trouble = self.server.desk.take(line)
        if trouble in (Trouble.LOSE, Trouble.DROP):
            return
        if trouble is Trouble.SILENT:
            self.rfile.read()  # until the asker gives up
            return
        if trouble is Trouble.GARBLE:
            reply = reply[: len(reply) // 2]
        with contextlib.suppress(OSError):  # nobody waits for it any more
            self.wfile.write(reply)


class Server(socketserver.ThreadingUnixStreamServer):
    """Listens at a path until it is shut down."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, path: Path, desk: Desk) -> None:
        self.desk = desk
        self._leaves = False
        with address(path) as name:
            super().__init__(name, _Connection)

    def leave(self, number: int, frame: object) -> None:
        """Take a signal to end.

        It is only noted: an exception that is raised here is lost where Python is about to remove a thread.
        """
        self._leaves = True

    def service_actions(self) -> None:
        """End, once that was asked for; called again and again while it serves."""
        if self._leaves:
            raise SystemExit(0)


def main(arguments: list[str]) -> int:
    """Run the command line."""
    options = _options(arguments)
    pace = Pace(options.speed, options.waits, options.runs, options.settling)
    log: Path = options.log or options.socket.with_name(options.socket.name + ".log")
    with log.open("ab") as file:
        desk = Desk(RealTime(pace), Journal(file))
        with _bound(options.socket, desk) as server:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, server.leave)
            try:
                sys.stdout.write(f"ready {options.socket}\n")
                sys.stdout.flush()
                server.serve_forever(_TICK)
            finally:
                options.socket.unlink(missing_ok=True)
    return 0


def _bound(path: Path, desk: Desk) -> Server:
    """Listen; the socket that a dead server left is taken away."""
    if path.is_socket():
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line, address(path) as name:
            if line.connect_ex(name) == 0:
                raise SystemExit(f"{path} is served already")
        path.unlink()
    return Server(path, desk)


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cmcompile.sim.served.server", description=__doc__)
    parser.add_argument("socket", type=Path)
    parser.add_argument("--log", type=Path, help="where requests are written down (SOCKET.log)")
    parser.add_argument("--speed", type=float, default=60.0, help="simulated seconds in a real one (60)")
    parser.add_argument("--waits", type=float, default=60.0, help="simulated seconds before a run runs (60)")
    parser.add_argument(
        "--runs", type=float, default=math.inf, help="simulated seconds that a run takes; else: until told"
    )
    parser.add_argument(
        "--settling", type=float, default=1.0, help="real seconds after which a run is shown, as promised (1)"
    )
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
