"""One exchange: bounded, and what goes wrong is told without the address."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from cmcompile.web.exchange import Bounds, Exchange, NoReply, Reply, Request, is_safe

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=x\r\nContent-Length: 1000\r\n\r\n"
PATH = "/services/hidden?key=hidden"


@contextmanager
def answering(answer: Callable[[socket.socket, bytes], None]) -> Iterator[str]:
    """Serve one connection after another; gives the address."""
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection, suppress(OSError):
                    answer(connection, connection.recv(65536))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}{PATH}"
    finally:
        over.set()
        thread.join()
        listening.close()


def test_a_reply_is_read_whole() -> None:
    with answering(lambda c, asked: c.sendall(HEAD + b"x" * 1000)) as url:
        found = Exchange().send(Request("GET", url))
    assert isinstance(found, Reply)
    assert (found.status, found.kind, len(found.data)) == (200, "text/plain", 1000)


def test_a_server_that_drips_is_too_slow() -> None:
    def drip(connection: socket.socket, asked: bytes) -> None:
        connection.sendall(HEAD)
        for _ in range(1000):
            connection.sendall(b"x")
            time.sleep(0.02)

    with answering(drip) as url:
        began = time.monotonic()
        found = Exchange(Bounds(1.0, 0.3)).send(Request("GET", url))
        assert time.monotonic() - began < 5
    assert found == NoReply("its reply does not end within 0.3 s, or 33554432 bytes")


def test_a_reply_that_is_too_large() -> None:
    with answering(lambda c, asked: c.sendall(HEAD + b"x" * 1000)) as url:
        found = Exchange(Bounds(longest=999)).send(Request("GET", url))
    assert isinstance(found, NoReply)


@pytest.mark.parametrize("data", [b"", HEAD, HEAD + b"x" * 999, b"no http\r\n\r\n", b"\xff" * 99])
def test_what_is_cut_off_is_no_reply_and_may_have_had_its_effect(data: bytes) -> None:
    with answering(lambda c, asked: c.sendall(data)) as url:
        found = Exchange().send(Request("POST", url, {}, b"{}"))
    assert isinstance(found, NoReply)
    assert found.sent
    assert "hidden" not in found.why


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "http://no-such-host.invalid", "http://", "gopher://x", "http://[::"]
)
def test_what_was_never_sent(url: str) -> None:
    found = Exchange(Bounds(connect=2.0)).send(Request("POST", url + ("" if "[" in url else PATH), {}, b"{}"))
    assert isinstance(found, NoReply)
    assert "hidden" not in found.why
    assert not found.sent


def test_a_redirect_is_not_followed_and_no_password_of_a_file_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    seen: list[bytes] = []

    def answer(connection: socket.socket, asked: bytes) -> None:
        seen.append(asked)
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")

    with answering(answer) as url:
        found = Exchange().send(Request("GET", url, {"X-Own": "1"}))
    assert isinstance(found, Reply)
    assert (found.status, found.headers["location"], len(seen)) == (302, "/elsewhere", 1)
    assert b"Authorization" not in seen[0]
    assert b"User-Agent: cmcompile/" in seen[0]
    assert b"X-Own: 1" in seen[0]


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://forge.test/x", True),
        ("http://127.0.0.1:8080/x", True),
        ("http://localhost/x", True),
        ("http://[::1]:80", True),
        ("http://forge.test", False),
        ("http://127.0.0.1.forge.test", False),
        ("http://localhost.forge.test", False),
        ("http://localhost@forge.test", False),
        ("http://localhost\\@forge.test/", False),
        ("https:///x", False),
        ("https://[::1", False),
        ("ftp://localhost", False),
        ("", False),
    ],
)
def test_a_token_is_shown_by_tls_or_to_this_machine(url: str, safe: bool) -> None:
    assert is_safe(url) is safe
