"""What the client makes of a far side that answers oddly, or not at all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from served_far_sides import log_of, served

from cmcompile.model.body import WmsRef
from cmcompile.model.child import NoReply, Order, Reply, Taken
from cmcompile.model.event import Subject
from cmcompile.model.outcome import Quantum
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.sim.served.client import ServedButler, ServedWms
from cmcompile.sim.served.hand import Hand
from cmcompile.sim.served.journal import entries
from cmcompile.sim.served.troubles import Trouble

PANDA = WmsRef("lsst.panda", "doma")
NOW = "2026-11-20T08:00:00Z"
ORDER = Order(
    "c", Subject("step1", "1", "w00"), "0123456789abcdef", PANDA, "u_x_w00", "u/x/w00", "submit/x", {}
)
QUANTA = (Quantum("isr", "detector=0"), Quantum("isr", "detector=1"))


def call(path: Path, timeout: float = 5.0, order: Order = ORDER) -> Reply:
    return ServedWms(path, timeout).call(order, QUANTA, lambda: NOW)


@pytest.fixture(scope="module")
def far() -> Iterator[Path]:
    with served("--waits", "0", "--settling", "3") as path:
        yield path


@pytest.fixture
def path(far: Path) -> Iterator[Path]:
    yield far
    Hand(far).ask("calm")
    Hand(far).ask("hide", seconds=0)


def found(path: Path, prefix: str = "u_x_w") -> tuple[RunSeen, ...]:
    answer = ServedWms(path, 5).find(PANDA, [prefix])
    assert isinstance(answer, tuple)
    return answer


def test_a_run_from_its_submission_to_its_outcome(path: Path) -> None:
    taken = call(path)
    assert isinstance(taken, Taken)
    assert taken == Taken(taken.run_id, NOW)
    assert Hand(path).end(taken.run_id, failed=1) == "partial"
    wms, butler = ServedWms(path), ServedButler(path)
    seen = wms.look(PANDA, [taken.run_id])
    assert not isinstance(seen, NoAnswer)
    run = seen[taken.run_id]
    assert (run.state, run.wms_state, run.name) == ("partial", "PARTIAL", "u_x_w00")
    assert run.outcome is not None
    assert [f.quantum for f in run.outcome.failures] == [QUANTA[0]]
    assert butler.outcome(["u/x/w00"]) == run.outcome
    again = replace(ORDER, restart=taken.run_id)
    assert call(path, order=again) == taken
    until = time.monotonic() + 5
    while found(path)[-1].state != "running":
        assert time.monotonic() < until
    assert found(path)[-1].changed != run.changed
    assert wms.settling(PANDA) == 3


@pytest.mark.parametrize(
    ("trouble", "runs", "why"),
    [
        (Trouble.LOSE, 1, "empty"),
        (Trouble.GARBLE, 1, "cut off"),
        (Trouble.DROP, 0, "empty"),
        (Trouble.REFUSE, 0, "429"),
        (Trouble.SILENT, 1, "no reply within"),
    ],
)
def test_a_call_is_made_once_whatever_the_reply(path: Path, trouble: Trouble, runs: int, why: str) -> None:
    before, logged = len(Hand(path).runs()), len(entries(log_of(path)))
    Hand(path).trouble(trouble, "submit")
    reply = call(path, 0.5)
    assert isinstance(reply, NoReply)
    assert why in reply.why
    assert len(Hand(path).runs()) == before + runs
    calls = [e for e in entries(log_of(path))[logged:] if e.request["ask"] == "submit"]
    assert [(call.trouble, call.made) for call in calls] == [(trouble.value, runs == 1)]
    # It befell that one only.
    assert isinstance(call(path), Taken)


def test_a_list_that_lacks_what_is_there(path: Path) -> None:
    call(path)
    Hand(path).trouble(Trouble.EMPTY, "find")
    assert found(path) == ()
    assert found(path) != ()
    Hand(path).ask("hide", seconds=60)
    shown = len(found(path))
    reply = call(path)
    assert isinstance(reply, Taken)
    assert len(found(path)) == shown
    assert ServedWms(path).look(PANDA, [reply.run_id]) == {}


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    assert isinstance(call(tmp_path / "none"), NoReply)
    assert isinstance(ServedWms(tmp_path / "none").find(PANDA, ["x"]), NoAnswer)
    assert ServedWms(tmp_path / "none").settling(PANDA) > 60
    assert isinstance(ServedButler(tmp_path / "none").chain("c", ["r"]), NoAnswer)


@contextmanager
def answering(directory: Path, answer: Callable[[socket.socket], None]) -> Iterator[Path]:
    """Serve one connection by hand."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(str(directory / "s"))
        server.listen()

        def serve() -> None:
            line, _ = server.accept()
            with line:
                answer(line)

        thread = threading.Thread(target=serve)
        thread.start()
        yield directory / "s"
        thread.join()


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        b"{}\n",
        b'{"answer":"1001"}',
        b'{"answer":"1001","more":1}\n',
        b'{"answer":1001}\n',
        b'{"answer":" "}\n',
        b'{"answer":null}\n',
        b'{"answer":"1001"}\n{"answer":"1002"}\n',
        b"[" * 100000 + b"\n",
        b"\xff\n",
        b'{"why":""}\n',
    ],
)
def test_an_odd_reply_is_none(tmp_path: Path, reply: bytes) -> None:
    def answer(line: socket.socket) -> None:
        line.recv(1 << 16)
        line.sendall(reply)

    with answering(tmp_path, answer) as path:
        got = call(path)
    assert isinstance(got, NoReply)
    assert got.why


def test_a_reply_that_drips_is_not_waited_for(tmp_path: Path) -> None:
    def answer(line: socket.socket) -> None:
        for _ in range(30):
            try:
                line.sendall(b" ")
            except OSError:
                return
            time.sleep(0.1)

    began = time.monotonic()
    with answering(tmp_path, answer) as path:
        assert isinstance(call(path, 0.4), NoReply)
        assert time.monotonic() - began < 2


def test_a_path_that_is_too_long_for_a_socket(tmp_path: Path) -> None:
    far = tmp_path / ("x" * 120)
    far.mkdir()
    with served(directory=far) as path:
        assert len(str(path)) > 110
        assert isinstance(call(path), Taken)


def test_a_request_that_is_cut_off_is_not_carried_out(path: Path) -> None:
    before = len(Hand(path).runs())
    request = b'{"ask":"submit","where":["lsst.panda","doma"],"name":"u_x_w00","output_run":"u/x/w00"}'
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(str(path))
        line.sendall(request)
    assert len(Hand(path).runs()) == before
    for odd in (
        b"[]\n",
        b"null\n",
        b"1\n",
        b'{"ask":["submit"]}\n',
        b'{"ask":"no such"}\n',
        b'{"ask":"find"}\n',
    ):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
            line.connect(str(path))
            line.sendall(odd)
            assert line.recv(1 << 16).startswith(b'{"why":'), odd
