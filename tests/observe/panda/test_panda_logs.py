"""The ends of logs: of few hosts, of few bytes, in few seconds, and of text alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from panda_sources import PandaBench, World, served

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.panda.logs import TAIL, LogTails

TEXT = "".join(f"line {n}\n" for n in range(10_000))


@pytest.mark.parametrize(
    "link",
    [
        "https://elsewhere.test/1.txt",
        "http://USER@HOST/1.txt",
        "ftp://HOST/1.txt",
        "file:///etc/passwd",
        "https://HOST/1.txt",
        "https://[::1/1.txt",
        "",
        "http://HOST/moved/1.txt",
        "http://HOST/page/1.txt",
        "http://HOST/binary/1.txt",
        "http://HOST:1/1.txt",
    ],
)
def test_other_hosts_and_what_is_no_text_are_no_answer(link: str) -> None:
    world = World(odd={"moved": "302"})
    world.pages["/1.txt"] = ("text/plain", TEXT.encode())
    world.pages["/page/1.txt"] = ("text/html", b"<html>Sign in</html>")
    world.pages["/binary/1.txt"] = ("text/plain", b"a\0b\n")
    with served(world) as address:
        tails = LogTails(address)
        assert isinstance(tails.tail(link.replace("HOST", address.removeprefix("http://"))), NoAnswer)
        found = tails.tail(f"{address}/1.txt")
        assert not isinstance(
            LogTails("http://127.0.0.1:1", frozenset({address[7:]})).tail(f"{address}/1.txt"), NoAnswer
        )
        assert isinstance(LogTails("http://127.0.0.1:1").tail(f"{address}/1.txt"), NoAnswer)
    # Its last lines, and no half of one.
    assert isinstance(found, str)
    assert TEXT.endswith(found)
    assert TAIL - 20 < len(found) <= TAIL
    assert found.startswith("line ")


def test_no_words_of_an_error_hold_the_address() -> None:
    found = LogTails("http://127.0.0.1:1").tail("http://127.0.0.1:1/1.txt?sig=word-of-nobody-4711")
    assert isinstance(found, NoAnswer)
    assert "4711" not in found.why


def test_logs_of_the_monitor_count_as_requests(tmp_path: Path) -> None:
    world = World()
    world.pages["/1.txt"] = ("text/plain", b"a\n")
    with served(world) as address:
        monitor = PandaBench(world, World(), address, tmp_path, budget=2).monitor()
        found = [monitor.log_of(f"{address}/1.txt") for _ in range(3)]
    assert found[:2] == ["a\n", "a\n"]
    assert isinstance(found[2], NoAnswer)
    assert len(world.asked) == 2
