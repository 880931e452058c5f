"""Questions put to an environment, through a process that has its stack: each bounded, none asked twice."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO

from cmcompile.model.checkup import Question, Reply
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.butler.said import line as one_line

#: Seconds for one question, and for the set-up with the import of the stack. A loaded machine that reads the
#: stack over a network takes minutes.
SECONDS, STARTING = 120.0, 300.0
#: How often a process is started again after a question that never ended: the set-up is paid each time.
_TIMES = 4
_PIECE = 1 << 16
#: So much of what was printed last is shown with a reason.
_WORDS = 600

#: Is told what is being asked.
Tell = Callable[[Question], None]


@dataclass(frozen=True, slots=True)
class Environment:
    """How the process of an environment is started.

    Attributes
    ----------
    command
        Runs `cmcompile.observe.checkup.serve.main`, or writes a line ``{"broken": why}`` in its place.
    environ
        Its variables.
    """

    command: tuple[str, ...]
    environ: Mapping[str, str]


def ask(
    environment: Environment,
    questions: Sequence[Question],
    tell: Tell = lambda _: None,
    *,
    seconds: float = SECONDS,
    starting: float = STARTING,
) -> dict[Question, Reply | NoAnswer]:
    """Ask all questions of one environment.

    A question that does not end in time has no answer, and those after it are put to another process.

    Parameters
    ----------
    seconds, starting
        For each question, and more for the first of a process.
    """
    answers: dict[Question, Reply | NoAnswer] = {}
    for _ in range(_TIMES):
        left = [question for question in questions if question not in answers]
        if not left:
            break
        with _Process(environment, left) as process:
            answers |= _asked(process, left, tell, seconds, starting)
    why = f"no answer: {_TIMES} questions before it did not end"
    return {question: answers.get(question, NoAnswer(why)) for question in questions}


def _asked(
    process: _Process, questions: Sequence[Question], tell: Tell, seconds: float, starting: float
) -> dict[Question, Reply | NoAnswer]:
    """Return answers as far as they came; of the question at which it stopped, why."""
    answers: dict[Question, Reply | NoAnswer] = {}
    at: Question | None = None
    for said in process.lines(seconds, starting):
        if "broken" in said:
            broken = str(said["broken"])
            return {q: {"broken": broken} if q.kind == "setup" else NoAnswer(broken) for q in questions}
        number = said.get("at", said.get("n"))
        if not isinstance(number, int) or not 0 <= number < len(questions):
            break
        at = questions[number]
        if "at" in said:
            tell(at)
            continue
        reply = said.get("reply")
        if isinstance(reply, dict):
            answers[at] = reply
        else:
            answers[at] = NoAnswer(one_line(str(said.get("why", ""))) or "it does not say why")
    if len(answers) < len(questions):
        failed = at if at is not None and at not in answers else None
        if at is None:  # it never came so far as to ask: another one would not either
            return dict.fromkeys(questions, NoAnswer(process.why()))
        if failed is not None:
            answers[failed] = NoAnswer(process.why())
    return answers


class _Process:
    """A process that is given all its questions at once, in a file, and leads a session of its own."""

    def __init__(self, environment: Environment, questions: Sequence[Question]) -> None:
        self._environment = environment
        self._questions = questions
        self._why = ""

    def __enter__(self) -> _Process:
        self._asked: IO[bytes] = tempfile.TemporaryFile()
        self._log: IO[bytes] = tempfile.TemporaryFile()
        for question in self._questions:
            self._asked.write(
                json.dumps({"kind": question.kind, "about": question.about}).encode("ascii") + b"\n"
            )
        self._asked.seek(0)
        self._process = subprocess.Popen(
            list(self._environment.command),
            stdin=self._asked,
            stdout=subprocess.PIPE,
            stderr=self._log,
            bufsize=0,
            env=dict(self._environment.environ),
            start_new_session=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        # Not yet waited for, so the group is still its own, also where its leader has ended.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._asked.close()
        self._log.close()

    def lines(self, seconds: float, starting: float) -> Iterator[dict[str, object]]:
        """Yield what it says until it ends, is silent for too long, or says what is not understood.

        Parameters
        ----------
        seconds, starting
            For each line, and more for the first.
        """
        assert self._process.stdout is not None  # noqa: S101 - it was opened so
        out, got = self._process.stdout.fileno(), b""
        limit = seconds + starting
        while True:
            until = time.monotonic() + limit
            while b"\n" not in got:
                wait = until - time.monotonic()
                if wait <= 0 or not select.select([out], [], [], wait)[0]:
                    self._why = f"no answer within {limit:g} s"
                    return
                piece = os.read(out, _PIECE)
                if not piece:
                    self._why = "the process that was asked has ended"
                    return
                got += piece
            text, _, got = got.partition(b"\n")
            try:
                said = json.loads(text)
            except ValueError:
                said = None
            if not isinstance(said, dict):
                self._why = "the process that was asked says what is no answer"
                return
            limit = seconds
            yield said

    def why(self) -> str:
        """Return why it did not go on, with its last words."""
        # The process may still write: its place in the file is left alone.
        log = self._log.fileno()
        last = os.pread(log, _WORDS, max(0, os.fstat(log).st_size - _WORDS))
        words = one_line(last.decode("utf-8", "replace"))
        return f"{self._why}; its last words: {words}" if words else self._why
