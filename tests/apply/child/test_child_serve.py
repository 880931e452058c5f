"""The child's side by itself: what it does on each line, and on the end of the pipe."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_child_messages import ORDER, WORD

from cmcompile.apply.child.messages import encode, preparation_of, reply_of
from cmcompile.apply.child.serve import Ending, serve
from cmcompile.apply.child.submitted import submitted_draft
from cmcompile.ledger.codec import decode
from cmcompile.ledger.codec import encode as event_bytes
from cmcompile.ledger.paths import event_path
from cmcompile.model.child import NoReply, NotReady, Order, Preparation, Ready, Reply, Taken
from cmcompile.model.event import Draft, Event

TAKEN = Taken("17.0", "2026-11-20T08:00:00Z", "https://wms.example.org")
GO = encode(WORD)


class ListPipe:
    """A pipe whose lines are there before; it notes all that happens."""

    def __init__(self, lines: list[str], noted: list[str], broken_after: int = 99) -> None:
        self.lines, self.noted, self.said = lines, noted, list[str]()
        self.broken_after = broken_after

    def read(self) -> str | None:
        self.noted.append("read")
        return self.lines.pop(0) if self.lines else None

    def write(self, line: str) -> None:
        if len(self.said) >= self.broken_after:
            raise BrokenPipeError(32, "Broken pipe")
        self.noted.append("write")
        self.said.append(line)


class NotedDriver:
    def __init__(self, noted: list[str], ready: object = Ready({}, 1), reply: object = TAKEN) -> None:
        self.noted, self.ready, self.answer = noted, ready, reply

    def prepare(self, order: Order) -> Preparation:
        assert order == ORDER
        return self._done("prepare", self.ready)  # type: ignore[return-value]

    def call(self, order: Order) -> Reply:
        assert order == ORDER
        return self._done("call", self.answer)  # type: ignore[return-value]

    def _done(self, what: str, answer: object) -> object:
        self.noted.append(what)
        if isinstance(answer, BaseException):
            raise answer
        return answer


class Play:
    """One child, run to its end."""

    def __init__(
        self,
        lines: list[str],
        ready: object = Ready({}, 1),
        reply: object = TAKEN,
        broken_after: int = 99,
        full: bool = False,
    ) -> None:
        self.noted: list[str] = []
        self.told: list[str] = []
        self.kept: list[Draft] = []
        self.full = full
        self.pipe = ListPipe(lines, self.noted, broken_after)
        driver = NotedDriver(self.noted, ready, reply)
        self.ending = serve(self.pipe, driver, self.keep, self.told.append)

    def keep(self, draft: Draft) -> None:
        self.noted.append("keep")
        if self.full:
            raise OSError("no space left on device")
        self.kept.append(draft)


def test_the_reply_is_kept_before_it_is_reported() -> None:
    play = Play([encode(ORDER), GO])
    assert play.noted == ["read", "prepare", "write", "read", "call", "keep", "write"]
    assert play.ending is Ending.CALLED
    assert reply_of(play.pipe.said[1]) == TAKEN
    assert play.kept == [submitted_draft(ORDER.subject, ORDER.claim, WORD, TAKEN)]


def test_end_of_file_is_no_word() -> None:
    assert Play([]).noted == ["read"]
    play = Play([encode(ORDER)])
    assert play.noted == ["read", "prepare", "write", "read"]
    assert play.ending is Ending.NO_WORD


@pytest.mark.parametrize("length", range(len(GO)))
def test_a_word_that_is_cut_off_is_no_word(length: int) -> None:
    play = Play([encode(ORDER), GO[:length], GO])
    assert "call" not in play.noted
    assert play.ending is Ending.NO_WORD


@pytest.mark.parametrize(
    "line",
    [
        encode(replace(WORD, claim="f" * 16)),
        GO.replace(WORD.gate, ""),
        GO.replace(f'"gate":"{WORD.gate}",', ""),
        GO.replace(f'"{WORD.gate}"', "null"),
        GO.replace('"version":1', '"version":2'),
        encode(ORDER),
        encode(TAKEN),
        "\n",
        "go\n",
    ],
    ids=["claim", "empty gate", "no gate", "null gate", "version", "order", "taken", "empty", "text"],
)
def test_what_is_no_word_ends_the_child_though_a_word_follows(line: str) -> None:
    assert line != GO
    play = Play([encode(ORDER), line, GO])
    assert play.noted == ["read", "prepare", "write", "read"]
    assert play.ending is Ending.NO_WORD
    assert "without a call" in play.told[0]


def test_a_second_word_is_not_read() -> None:
    play = Play([encode(ORDER), GO, GO])
    assert play.noted.count("call") == 1
    assert play.pipe.lines == [GO]


@pytest.mark.parametrize("line", ["\n", encode(ORDER)[:-1], GO, "order\n"])
def test_an_order_that_cannot_be_read_is_not_ready(line: str) -> None:
    play = Play([line, GO])
    assert play.noted == ["read", "write"]
    assert isinstance(preparation_of(play.pipe.said[0]), NotReady)
    assert play.ending is Ending.NOT_READY


@pytest.mark.parametrize(
    "answer",
    [
        NotReady("no"),
        ValueError("bad"),
        SystemExit(0),
        KeyboardInterrupt(),
        None,
        Ready({}, -1),
        TAKEN.run_id,
    ],
    ids=str,
)
def test_a_driver_that_fails_to_prepare_is_not_ready(answer: object) -> None:
    play = Play([encode(ORDER), GO], ready=answer)
    assert play.noted == ["read", "prepare", "write"]
    assert isinstance(preparation_of(play.pipe.said[0]), NotReady)
    assert play.ending is Ending.NOT_READY


@pytest.mark.parametrize(
    "answer",
    [NoReply("reset"), TimeoutError(), SystemExit(0), KeyboardInterrupt(), None, Taken("", TAKEN.at), "17"],
    ids=str,
)
def test_a_driver_that_fails_to_call_gives_no_reply_once(answer: object) -> None:
    play = Play([encode(ORDER), GO], reply=answer)
    assert play.noted == ["read", "prepare", "write", "read", "call", "write"]
    assert isinstance(reply_of(play.pipe.said[1]), NoReply)
    assert play.ending is Ending.CALLED


def test_a_run_id_that_cannot_be_reported_is_told() -> None:
    play = Play([encode(ORDER), GO], reply=Taken("17.0", "yesterday"))
    reply = reply_of(play.pipe.said[1])
    assert isinstance(reply, NoReply)
    assert "17.0" in reply.why
    assert "17.0" in play.told[0]


def test_other_exceptions_are_not_of_the_driver() -> None:
    class Killed(BaseException):
        pass

    for scene in ({"ready": Killed()}, {"reply": Killed()}):
        with pytest.raises(Killed):
            Play([encode(ORDER), GO], **scene)  # type: ignore[arg-type]


def test_a_reply_that_cannot_be_kept_is_reported() -> None:
    play = Play([encode(ORDER), GO], full=True)
    assert reply_of(play.pipe.said[1]) == TAKEN
    assert "no space left" in play.told[0]
    assert "17.0" in play.told[0]


def test_a_reply_that_cannot_be_reported_is_kept() -> None:
    play = Play([encode(ORDER), GO], broken_after=1)
    assert len(play.kept) == 1
    assert play.ending is Ending.CALLED


def test_a_parent_that_is_gone_before_the_report_gives_no_word() -> None:
    play = Play([encode(ORDER), GO], broken_after=0)
    assert play.noted == ["read", "prepare"]
    assert play.ending is Ending.NO_WORD


def test_a_pipe_that_fails_is_at_its_end() -> None:
    class Broken(ListPipe):
        def read(self) -> str | None:
            if len(self.noted) > 1:
                raise ConnectionResetError
            return super().read()

    noted: list[str] = []
    pipe = Broken([encode(ORDER), GO], noted)
    assert serve(pipe, NotedDriver(noted), lambda draft: None) is Ending.NO_WORD
    assert "call" not in noted


def test_the_event_is_the_same_whoever_writes_it() -> None:
    child = submitted_draft(ORDER.subject, ORDER.claim, WORD, TAKEN)
    parent = submitted_draft(ORDER.subject, WORD.claim, replace(WORD), replace(TAKEN))
    assert event_bytes(child) == event_bytes(parent)
    read = decode(event_path(ORDER.subject, 5, "submitted"), event_bytes(child))
    assert isinstance(read, Event)
    assert read.draft == child
    assert (child.id, child.at, child.by, child.ci) == (WORD.event, TAKEN.at, WORD.by, WORD.ci)
