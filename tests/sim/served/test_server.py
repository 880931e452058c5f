"""The server: what people ask of it, its log, and how it begins and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from served_far_sides import command, log_of, served

from cmcompile.sim.served import hand
from cmcompile.sim.served.hand import Hand, RefusedError
from cmcompile.sim.served.journal import entries
from cmcompile.sim.served.troubles import Trouble, Troubles

_AT = ["lsst.panda", "doma"]


@pytest.fixture
def far() -> Iterator[Path]:
    with served("--waits", "0") as path:
        yield path


def submit(path: Path, name: str = "p/x/w00") -> str:
    answer = Hand(path).ask("submit", where=_AT, name=name, output_run=name)
    assert isinstance(answer, str)
    return answer


def test_runs_end_when_they_are_told_to(far: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, two, three = submit(far), submit(far, "p/y/w00"), submit(far, "p/z/w00")
    assert hand.main([str(far), "end", one, "--failed", "1"]) == 0
    assert hand.main([str(far), "end", two, "cancelled"]) == 0
    assert hand.main([str(far), "end", "all"]) == 0
    assert hand.main([str(far), "runs"]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()][-3:] == [
        [one, "partial"],
        [two, "cancelled"],
        [three, "succeeded"],
    ]
    assert hand.main([str(far), "collections"]) == 0
    assert "p/y/w00" not in capsys.readouterr().out
    assert hand.main([str(far), "end", one]) == 1
    assert "is partial" in capsys.readouterr().err
    assert hand.main([str(far), "reopen", one]) == 0
    assert Hand(far).runs()[0]["state"] == "running"
    assert hand.main([str(far), "cancel", one, *_AT]) == 0
    assert hand.main([str(far), "end", "no-such-run"]) == 1


def test_runs_end_by_themselves_where_they_are_given_a_length() -> None:
    with served("--speed", "100", "--waits", "10", "--runs", "20") as far:
        submit(far)
        assert Hand(far).runs()[0]["state"] == "submitted"
        until = time.monotonic() + 5
        while Hand(far).runs()[0]["state"] != "succeeded":
            assert time.monotonic() < until


def test_the_log_has_each_request_before_it_is_carried_out(far: Path) -> None:
    submit(far)
    Hand(far).trouble(Trouble.DROP, "submit")
    with pytest.raises(RefusedError):
        submit(far)
    found = entries(log_of(far))
    assert [(e.request["ask"], e.trouble, e.made) for e in found] == [
        ("submit", "", True),
        ("trouble", "", False),
        ("submit", "drop", False),
    ]
    assert found[0].at < found[1].at
    assert found[0].simulated < found[1].simulated


def test_a_log_goes_on_where_a_server_that_was_killed_left_it(tmp_path: Path) -> None:
    path = tmp_path / "far"
    for number in (1, 2):
        process = subprocess.Popen(command(path), stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        submit(path)
        process.kill()
        process.communicate()
        assert len(entries(log_of(path))) == number
    assert path.is_socket()


def test_two_servers_can_not_share_a_socket(far: Path) -> None:
    done = subprocess.run(command(far), capture_output=True, text=True, check=False)
    assert (done.returncode, "is served already" in done.stderr) == (1, True)
    submit(far)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_when_it_is_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    path = tmp_path / "far"
    process = subprocess.Popen(command(path), stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    os.kill(process.pid, number)
    assert process.wait(5) == 0
    process.stdout.close()
    assert not path.exists()


def test_the_command_to_cancel_a_run_does_it(far: Path) -> None:
    from cmcompile.model.body import WmsRef
    from cmcompile.sim.served.client import ServedWms

    run = submit(far)
    line = ServedWms(far).cancel_command(WmsRef(*_AT), run)
    assert line.startswith(sys.executable)
    assert subprocess.run(line, shell=True, check=False).returncode == 0  # noqa: S602
    until = time.monotonic() + 5
    while Hand(far).runs()[0]["state"] != "cancelled":
        assert time.monotonic() < until


def test_troubles_befall_what_they_are_meant_for() -> None:
    troubles = Troubles()
    troubles.arm(Trouble.LOSE, ["submit"], spared=1)
    troubles.arm(Trouble.EMPTY, ["find"], times=2)
    asked = ("find", "submit", "look", "submit", "submit", "find", "find")
    assert [troubles.next(kind) for kind in asked] == [
        *(Trouble.EMPTY, None, None, Trouble.LOSE, None, Trouble.EMPTY, None),
    ]
    troubles.arm(Trouble.DROP, times=None)
    assert {troubles.next("x") for _ in range(5)} == {Trouble.DROP}
    troubles.calm()
    assert troubles.next("x") is None
