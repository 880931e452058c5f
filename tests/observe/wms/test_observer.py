"""The observer as its parent sees it: whatever it does, there is an answer in time, or none is told."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import NoAnswer, RunSeen
from cmcompile.observe.wms.observer import Observer
from cmcompile.observe.wms.systems import Systems

_ODD = Path(__file__).with_name("odd_observer.py")
WHERE = WmsRef("some.Service")
SEEN = RunSeen("1", "p/x/w00", "running", "RUNNING", "RUNNING 1")

Maker = Callable[..., Systems]


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Maker]:
    made: list[Systems] = []

    def make(how: str, timeout: float = 20.0) -> Systems:
        command = (sys.executable, str(_ODD), how, str(tmp_path / "pids"))
        made.append(Systems(command, timeout=timeout, starting=60.0))
        return made[-1]

    yield make
    for one in made:
        one.close()


def pids(tmp_path: Path) -> list[int]:
    return [int(line) for line in (tmp_path / "pids").read_text().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_any_number_of_requests_are_answered_by_one_process(odd: Maker, tmp_path: Path) -> None:
    wms = odd("well")
    for _ in range(3):
        assert wms.find(WHERE, ["p/"]) == (SEEN,)
        assert wms.look(WHERE, ["1"]) == {"1": SEEN}
        assert wms.cancel(WHERE, "1") is None
    assert len(pids(tmp_path)) == 1


def test_nothing_is_started_that_is_not_asked(odd: Maker, tmp_path: Path) -> None:
    wms = odd("well")
    assert wms.settling(WHERE) > 0
    assert wms.cancel_command(WHERE, "1") == "bps cancel --wms-service-class some.Service --id 1"
    assert not (tmp_path / "pids").exists()


@pytest.mark.parametrize(
    "how",
    ["garbage", "text", "deep", "empty", "another", "nothing", "null", "short", "numbers", "twice", "half"],
)
def test_an_odd_reply_is_no_answer_and_ends_the_process(odd: Maker, tmp_path: Path, how: str) -> None:
    wms = odd(how)
    for ask in (
        lambda: wms.find(WHERE, ["p/"]),
        lambda: wms.look(WHERE, ["1"]),
        lambda: wms.cancel(WHERE, "1"),
    ):
        answer = ask()
        assert isinstance(answer, NoAnswer)
        assert "its last words: it says so" in answer.why
    assert len(pids(tmp_path)) == 3
    assert not any(alive(pid) for pid in pids(tmp_path))


@pytest.mark.parametrize("how", ["state", "unchanged"])
def test_what_is_no_run_is_no_answer(odd: Maker, how: str) -> None:
    wms = odd(how)
    assert isinstance(wms.find(WHERE, ["p/"]), NoAnswer)
    assert isinstance(wms.look(WHERE, ["1"]), NoAnswer)


def test_only_what_was_asked_for_is_answered(odd: Maker) -> None:
    wms = odd("others")
    assert wms.find(WHERE, ["p/"]) == (SEEN,)
    assert wms.find(WHERE, []) == ()
    assert wms.look(WHERE, ["1"]) == {"1": SEEN}
    assert wms.look(WHERE, []) == {}


@pytest.mark.parametrize(("how", "why"), [("no", "it is down"), ("silently", "does not say why")])
def test_it_may_say_that_there_is_no_answer(odd: Maker, tmp_path: Path, how: str, why: str) -> None:
    wms = odd(how)
    for _ in range(2):
        answer = wms.find(WHERE, ["p/"])
        assert isinstance(answer, NoAnswer)
        assert why in answer.why
    assert len(pids(tmp_path)) == 1


def test_one_that_hangs_is_killed_with_what_it_started(odd: Maker, tmp_path: Path) -> None:
    wms = odd("hangs", timeout=2.0)
    # Until it is started it may take its time; then it hangs.
    assert wms.find(WHERE, ["p/"]) == (SEEN,)
    start = time.monotonic()
    answer = wms.find(WHERE, ["p/"])
    assert time.monotonic() - start < 60
    assert isinstance(answer, NoAnswer)
    assert "no reply within 2 s" in answer.why
    assert len(pids(tmp_path)) == 2
    until = time.monotonic() + 30
    while any(alive(pid) for pid in pids(tmp_path)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(alive(pid) for pid in pids(tmp_path))


def test_one_that_does_not_read_is_killed(tmp_path: Path) -> None:
    command = (sys.executable, "-c", "import time; time.sleep(600)")
    wms = Systems(command, timeout=1.0, starting=0.0)
    answer = wms.look(WHERE, [f"{n:0>1000}" for n in range(1000)])
    assert isinstance(answer, NoAnswer)
    assert "no reply within 1 s" in answer.why


def test_one_that_can_not_be_started_is_no_answer(tmp_path: Path) -> None:
    answer = Systems((str(tmp_path / "none"),)).find(WHERE, ["p/"])
    assert isinstance(answer, NoAnswer)
    assert "can't be started" in answer.why


def test_one_that_dies_tells_its_last_words(odd: Maker) -> None:
    answer = odd("dies").find(WHERE, ["p/"])
    assert isinstance(answer, NoAnswer)
    assert "these are its last words" in answer.why


def test_after_one_that_ended_another_is_started(odd: Maker, tmp_path: Path) -> None:
    wms = odd("once")
    assert wms.find(WHERE, ["p/"]) == (SEEN,)
    until = time.monotonic() + 60
    while alive(pids(tmp_path)[0]) and time.monotonic() < until:
        time.sleep(0.01)
    answer = wms.find(WHERE, ["p/"])
    assert isinstance(answer, NoAnswer)
    assert "it was asked once" in answer.why
    assert wms.find(WHERE, ["p/"]) == (SEEN,)
    assert len(pids(tmp_path)) == 2


def test_closing_ends_the_process_and_may_be_repeated(odd: Maker, tmp_path: Path) -> None:
    wms = odd("well")
    wms.close()
    assert wms.find(WHERE, ["p/"]) == (SEEN,)
    wms.close()
    wms.close()
    assert not alive(pids(tmp_path)[0])
    assert wms.find(WHERE, ["p/"]) == (SEEN,)


def test_an_interrupt_ends_the_process(tmp_path: Path) -> None:
    observer = Observer((sys.executable, str(_ODD), "hangs", str(tmp_path / "pids")), timeout=60.0)
    assert not isinstance(observer.ask("find", WHERE, ["p/"]), NoAnswer)

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    try:
        with pytest.raises(KeyboardInterrupt):
            observer.ask("find", WHERE, ["p/"])
    finally:
        signal.signal(signal.SIGALRM, before)
    assert not alive(pids(tmp_path)[0])


def test_it_gets_the_variables_that_are_given(tmp_path: Path) -> None:
    code = f"import os; open({str(tmp_path / 'seen')!r}, 'w').write(repr(dict(os.environ)))"
    environ = {"PATH": os.environ["PATH"], "ONE": "1"}
    assert isinstance(Systems((sys.executable, "-c", code), environ).find(WHERE, ["p/"]), NoAnswer)
    seen = (tmp_path / "seen").read_text()
    assert "'ONE': '1'" in seen
    assert "GIT_CONFIG_GLOBAL" not in seen
