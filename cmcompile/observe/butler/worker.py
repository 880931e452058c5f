"""A thread that asks what may hang: nobody waits for it longer than a limit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.butler.said import said

T = TypeVar("T")


class Worker:
    """Carries questions out one after the other, all in one thread, which ends with the process.

    A question that takes too long can't be stopped: it goes on in its thread, and until it is over each other
    one is answered at once, by `NoAnswer`.

    Parameters
    ----------
    whom
        Who is asked, as messages name it.
    """

    def __init__(self, whom: str) -> None:
        self._whom = whom
        self._waiting: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._late: Future[object] | None = None

    def ask(self, question: Callable[[], T], limit: float) -> T | NoAnswer:
        """Return what a question gives, or why there is no answer; whatever it raises is no answer.

        Parameters
        ----------
        limit
            In seconds.
        """
        if self._late is not None and not self._late.done():
            return NoAnswer(f"{self._whom} still has not answered an earlier question")
        self._late = None
        answer: Future[T | NoAnswer] = Future()
        self._waiting.put(lambda: answer.set_result(_answered(question)))
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="cmcompile-butler", daemon=True)
            self._thread.start()
        try:
            return answer.result(limit)
        except TimeoutError:
            self._late = answer  # type: ignore[assignment]
            return NoAnswer(f"{self._whom} did not answer within {limit:g} s")

    def _work(self) -> None:
        while True:
            self._waiting.get()()


def _answered(question: Callable[[], T]) -> T | NoAnswer:
    try:
        return question()
    except ModuleNotFoundError as error:
        return NoAnswer(f"the Butler can't be asked from this Python: {said(error)}")
    except Exception as error:  # the stack, SQLAlchemy and database drivers have no common base
        return NoAnswer(said(error))
