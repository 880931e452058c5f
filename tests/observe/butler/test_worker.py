"""Asking in a thread: what hangs holds nobody up, and what is raised is told in one line."""

from __future__ import annotations

import threading
import time

import pytest

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.butler.said import LENGTH, line, said
from cmcompile.observe.butler.worker import Worker


def test_an_answer() -> None:
    worker = Worker("it")
    assert [worker.ask(lambda: n, 5) for n in (1, 2)] == [1, 2]  # noqa: B023 - it is called at once


def test_all_is_asked_in_one_thread_that_is_not_this_one() -> None:
    worker = Worker("it")
    names = {worker.ask(lambda: threading.current_thread().name, 5) for _ in range(3)}
    assert names == {"cmcompile-butler"}


def test_what_hangs_is_left_alone_until_it_is_over() -> None:
    worker, over = Worker("it"), threading.Event()
    assert worker.ask(lambda: over.wait(30), 0.05) == NoAnswer("it did not answer within 0.05 s")
    began = time.monotonic()
    assert worker.ask(lambda: 1, 20) == NoAnswer("it still has not answered an earlier question")
    assert time.monotonic() - began < 19
    over.set()
    until = time.monotonic() + 60
    while worker.ask(lambda: 1, 5) != 1:
        assert time.monotonic() < until


@pytest.mark.parametrize("error", [ValueError("a\n  b"), TimeoutError("a b"), KeyError("a b")])
def test_what_is_raised_is_no_answer(error: Exception) -> None:
    def question() -> int:
        raise error

    worker = Worker("it")
    answer = worker.ask(question, 5)
    assert isinstance(answer, NoAnswer)
    assert "a b" in answer.why
    assert worker.ask(lambda: 1, 5) == 1


def test_a_stack_that_is_not_there_is_named() -> None:
    def question() -> int:
        raise ModuleNotFoundError("No module named 'lsst'")

    answer = Worker("it").ask(question, 5)
    assert answer == NoAnswer("the Butler can't be asked from this Python: No module named 'lsst'")


def test_one_line_that_can_be_shown() -> None:
    sql = ValueError("no such table\n[SQL: SELECT x]\n(Background on this error at: https://sqlalche.me/e/1)")
    assert said(sql) == "no such table"
    assert said(ValueError()) == "ValueError"
    assert (
        line("to postgresql://ann:secret@db/x and \x1b[1mmore") == "to postgresql://ann:***@db/x and [1mmore"
    )
    assert len(line("x" * 2 * LENGTH)) == LENGTH
