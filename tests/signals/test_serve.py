"""``cmcompile serve-signals``: real sockets, and what arrives too late, too large, cut or unsigned."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from signal_examples import AT, RUN, read_spool
from signal_worker import run, sent, variables

from cmcompile.signals.fields import LONGEST
from cmcompile.signals.post import PostError, post, signature
from cmcompile.signals.serve import Desk, Limits, SignalServer, is_loopback

TOKEN, OTHER = "a-token-of-tests", "another-token"
ALL = "0.0.0.0"  # noqa: S104
NAME = "7-1795220552301431846-2a6ccc2b.json"
BODY = json.dumps({"v": 1, "run": RUN, "job": 7, "kind": "started", "at": AT}).encode()


@pytest.fixture
def area(tmp_path: Path) -> Path:
    (tmp_path / "submit" / RUN / "signals").mkdir(parents=True)
    return tmp_path / "submit"


@contextmanager
def serving(desk: Desk, limits: Limits | None = None) -> Iterator[tuple[SignalServer, list[tuple[int, str]]]]:
    said: list[tuple[int, str]] = []
    with SignalServer("127.0.0.1", 0, desk, lambda status, why: said.append((status, why)), limits) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server, said
        finally:
            server.shutdown()
            thread.join()


def request(body: bytes = BODY, name: str = NAME, **headers: str) -> bytes:
    told = {"Content_Type": "application/json", "Content_Length": str(len(body)), **headers}
    lines = "".join(f"{key.replace('_', '-')}: {value}\r\n" for key, value in told.items() if value)
    return f"POST /v1/signals/{name} HTTP/1.1\r\n{lines}\r\n".encode() + body


def exchanged(server: SignalServer, *pieces: bytes, pause: float = 0.0, close: bool = False) -> bytes:
    with socket.create_connection(server.server_address[:2], 10) as line:  # type: ignore[arg-type]
        for piece in pieces:
            line.sendall(piece)
            time.sleep(pause)
        if close:
            line.shutdown(socket.SHUT_WR)
        reply = b""
        while piece := line.recv(4096):
            reply += piece
        return reply


def _eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 10
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()


def status(reply: bytes) -> int:
    return int(reply.split(b" ")[1]) if reply else 0


def test_a_signal_is_taken_when_it_is_on_disk(area: Path) -> None:
    with serving(Desk(area)) as (server, said):
        assert status(exchanged(server, request())) == 202
        assert (area / RUN / "signals" / NAME).read_bytes() == BODY
        assert status(exchanged(server, request()[:60], request()[60:], pause=0.05)) == 202
        assert len(read_spool(area / RUN / "signals").signals) == 1
        assert _eventually(lambda: said == [(202, ""), (202, "")])


def test_another_signal_of_the_same_name_is_not_taken(area: Path) -> None:
    with serving(Desk(area)) as (server, _):
        exchanged(server, request())
        assert status(exchanged(server, request(BODY.replace(b"started", b"running")))) == 409
    assert (area / RUN / "signals" / NAME).read_bytes() == BODY


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (request(b"{"), 400),
        (request(BODY.replace(b'"job": 7', b'"job": 8')), 400),
        (request(BODY + b" " * 10, Content_Length=str(len(BODY))), 400),
        (request(BODY.replace(RUN.encode(), b"u/other")), 404),
        (request(BODY.replace(RUN.encode(), f"../submit/{RUN}".encode())), 404),
        (request(BODY.replace(RUN.encode(), f"u//{RUN}".encode())), 404),
        (request(BODY.replace(RUN.encode(), b"/etc")), 404),
        (request(BODY.replace(RUN.encode(), b"x" * 300)), 404),
        (request(name="../7-1-abcd.json"), 404),
        (request(name="x"), 404),
        (request().replace(b"/v1/", b"/v2/"), 404),
        (request().replace(b"POST", b"GET"), 405),
        (request().replace(b"HTTP/1.1", b"HTTP/2"), 400),
        (request(Content_Length=""), 411),
        (request(Content_Length="-1"), 411),
        (request(Transfer_Encoding="chunked"), 411),
        (request(Content_Length=str(LONGEST + 1)), 413),
        (request(Content_Length="9" * 40), 413),
        (request(Content_Type="text/plain"), 415),
        (request(Content_Type=""), 415),
        (request(content_length="1"), 400),
        (b"POST " + b"x" * 20_000, 431),
        (b"\x16\x03\x01 tls hello\r\n\r\n", 400),
    ],
    ids=lambda value: value if isinstance(value, int) else "request",
)
def test_what_is_not_taken(area: Path, data: bytes, wanted: int) -> None:
    with serving(Desk(area)) as (server, said):
        assert status(exchanged(server, data)) == wanted
        assert _eventually(lambda: [status for status, _ in said] == [wanted])
        assert status(exchanged(server, request())) == 202
    assert len(read_spool(area / RUN / "signals").signals) == 1
    assert [p for p in area.rglob("*") if p.is_file()] == [area / RUN / "signals" / NAME]


def test_what_is_no_plain_file_holds_nobody_up(area: Path) -> None:
    os.mkfifo(area / RUN / "signals" / NAME)
    with serving(Desk(area)) as (server, _):
        assert status(exchanged(server, request())) == 409


def test_a_place_that_can_not_be_looked_at_is_tried_again(
    area: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    with serving(Desk(area)) as (server, said):
        monkeypatch.setattr(Path, "is_dir", away)
        assert status(exchanged(server, request())) == 503
        assert _eventually(lambda: said == [(503, "it can't be written: Permission denied")])


def test_a_link_out_of_the_directory_is_not_followed(area: Path, tmp_path: Path) -> None:
    (tmp_path / "outside/signals").mkdir(parents=True)
    (area / "link").symlink_to(tmp_path / "outside")
    with serving(Desk(area)) as (server, _):
        assert status(exchanged(server, request(BODY.replace(RUN.encode(), b"link")))) == 404


def test_only_what_is_signed_with_the_token_is_taken(area: Path) -> None:
    proof = signature(TOKEN, NAME, BODY)
    wrong = ["", proof, f"Bearer {TOKEN}", "Signed x", f"Signed {signature('other', NAME, BODY)}"]
    wrong.append(f"Signed {signature(TOKEN, '7-1-abcd.json', BODY)}")
    with serving(Desk(area, token=TOKEN)) as (server, said):
        for header in wrong:
            assert status(exchanged(server, request(Authorization=header))) == 401
        assert read_spool(area / RUN / "signals").signals == ()
        assert status(exchanged(server, request(Authorization=f"Signed {proof}"))) == 202
    assert all(TOKEN not in why for _, why in said)


def test_a_slow_request_is_cut_off_and_others_are_not(area: Path) -> None:
    with serving(Desk(area), Limits(seconds=0.6)) as (server, _):
        began = time.monotonic()
        with socket.create_connection(server.server_address[:2], 10) as line:  # type: ignore[arg-type]
            line.sendall(b"POST ")
            assert status(exchanged(server, request())) == 202
            assert time.monotonic() - began < 0.6
            for _ in range(200):
                line.send(b"x")
                if select.select([line], [], [], 0.05)[0]:
                    break
            assert status(line.recv(4096)) == 408
        assert 0.5 < time.monotonic() - began < 5


def test_a_cut_request_leaves_nothing(area: Path) -> None:
    with serving(Desk(area)) as (server, said):
        for length in (0, 10, len(request()) - 1):
            assert exchanged(server, request()[:length], close=True) == b""
        assert _eventually(lambda: [s for s, _ in said] == [400] * 3)
    assert list((area / RUN / "signals").iterdir()) == []


def test_too_many_at_once_are_told_to_come_again(area: Path) -> None:
    with serving(Desk(area), Limits(seconds=2.0, at_once=2)) as (server, _):
        lines = [socket.create_connection(server.server_address[:2], 10) for _ in range(2)]  # type: ignore[arg-type]
        for line in lines:
            line.sendall(b"POST ")
        time.sleep(0.2)
        assert status(exchanged(server)) == 503
        for line in lines:
            line.close()
        time.sleep(0.2)
        assert status(exchanged(server, request())) == 202


def test_a_disk_that_takes_nothing_is_not_answered_with_202(area: Path) -> None:
    (area / RUN / "signals" / NAME).mkdir()
    with serving(Desk(area)) as (server, said):
        assert status(exchanged(server, request())) == 503
        assert _eventually(lambda: "it can't be written" in said[0][1] if said else False)


def test_a_spool_of_one_run_can_be_served(tmp_path: Path) -> None:
    with serving(Desk(tmp_path, is_spool=True)) as (server, _):
        assert status(exchanged(server, request())) == 202
    assert (tmp_path / NAME).exists()


def test_a_reply_that_is_lost_makes_no_second_signal(area: Path) -> None:
    with serving(Desk(area)) as (server, _):
        host, port = server.server_address[:2]
        with socket.create_connection((host, port)) as line:  # type: ignore[arg-type]
            line.sendall(request())
        post(f"http://127.0.0.1:{port}", NAME, BODY, "", time.monotonic() + 10)
    assert len(read_spool(area / RUN / "signals").signals) == 1


def test_a_refusal_is_not_tried_again(area: Path) -> None:
    with serving(Desk(area, token=TOKEN)) as (server, said):
        address = f"http://127.0.0.1:{server.server_address[1]}"
        done = run("signal", "started", env=variables(address, CMCOMPILE_SIGNALS_TOKEN=OTHER))
        assert done.returncode == 0
        assert b"not sent: the reply is 401" in done.stderr
        assert len(said) == 1
        assert run("signal", "started", env=variables(address, CMCOMPILE_SIGNALS_TOKEN=TOKEN)).stderr == b""
    assert len(sent(area / RUN / "signals")) == 1


@pytest.mark.parametrize(
    "reply", [b"", b"HTTP/1.1", b"HTTP/1.1 202", b"nonsense\r\n\r\n", b"HTTP/1.1 503 x\r\n\r\n"]
)
def test_what_may_have_arrived_is_sent_again(reply: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            line, _ = listening.accept()
            with line:
                line.recv(65536)
                line.sendall(reply)

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(PostError) as error:
            post(f"http://127.0.0.1:{listening.getsockname()[1]}", NAME, BODY, "", time.monotonic() + 5)
        thread.join()
    assert error.value.again


def serve(*arguments: str, **env: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-u", "-m", "cmcompile.cli.main", "serve-signals", *arguments],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_serves_until_it_is_interrupted(area: Path) -> None:
    with serve(str(area), "--port", "0") as process:
        assert process.stdout is not None
        found = re.match(r"takes signals at (http://127\.0\.0\.1:\d+)$", process.stdout.readline())
        assert found is not None
        done = run("signal", "finished", "--exit", "0", env=variables(found[1]))
        assert (done.returncode, done.stderr) == (0, b"")
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
    assert [s.exit for s in sent(area / RUN / "signals")] == [0]


def test_what_a_killed_server_has_taken_is_on_disk(area: Path) -> None:
    taken: list[str] = []
    with serve(str(area), "--port", "0") as process:
        assert process.stdout is not None
        host, port = process.stdout.readline().strip().removeprefix("takes signals at http://").split(":")

        def send(first: int) -> None:
            for number in range(first, first + 10_000):
                name = f"7-{number}-abcd.json"
                try:
                    post(f"http://{host}:{port}", name, BODY, "", time.monotonic() + 5)
                except PostError:
                    return
                taken.append(name)

        threads = [threading.Thread(target=send, args=(10_000 * at,)) for at in range(1, 5)]
        for thread in threads:
            thread.start()
        assert _eventually(lambda: len(taken) > 40)
        process.kill()
        for thread in threads:
            thread.join()
    found = read_spool(area / RUN / "signals")
    assert found.unread == ()
    assert set(taken) <= {s.name for s in found.signals}


@pytest.mark.parametrize(
    ("arguments", "token", "says"),
    [
        (("--host", ALL), TOKEN, "it needs --allow-remote"),
        (("--host", "::"), "", "it needs --allow-remote"),
        (("--host", ALL, "--allow-remote"), "", "it needs a token in CMCOMPILE_SIGNALS_TOKEN"),
        (("--host", "example.org"), TOKEN, "it needs --allow-remote"),
    ],
)
def test_others_are_not_let_in_by_chance(
    area: Path, arguments: tuple[str, ...], token: str, says: str
) -> None:
    with serve(str(area), "--port", "0", *arguments, CMCOMPILE_SIGNALS_TOKEN=token) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 64
    assert says in errors
    assert TOKEN not in errors


@pytest.mark.parametrize("host", ["a..b", "\N{LATIN SMALL LETTER E WITH ACUTE}..b"])
def test_a_host_that_is_none_is_named(area: Path, host: str) -> None:
    with serve(
        str(area), "--port", "0", "--host", host, "--allow-remote", CMCOMPILE_SIGNALS_TOKEN=TOKEN
    ) as process:
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert errors.startswith(f"Error: --host {host} --port 0: ")


def test_with_a_token_others_may_be_let_in(area: Path) -> None:
    with serve(
        str(area), "--port", "0", "--host", ALL, "--allow-remote", CMCOMPILE_SIGNALS_TOKEN=TOKEN
    ) as process:
        assert process.stdout is not None
        port = process.stdout.readline().strip().rpartition(":")[2]
        done = run(
            "signal", "started", env=variables(f"http://127.0.0.1:{port}", CMCOMPILE_SIGNALS_TOKEN=TOKEN)
        )
        process.terminate()
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("host", "is_own"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("127.8.0.1", True),
        ("10.0.0.1", False),
        ("::", False),
    ],
)
def test_what_is_loopback(host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own
