"""The child's side: prepare, report, wait for the word, call once, keep the reply, report it."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable
from enum import Enum

from cmcompile.apply.child.errors import MessageError
from cmcompile.apply.child.messages import Message, encode, order_of, shown, word_of
from cmcompile.apply.child.pipe import Pipe
from cmcompile.apply.child.submitted import submitted_draft
from cmcompile.model.child import Driver, NoReply, NotReady, Order, Preparation, Reply, Taken, Word
from cmcompile.model.event import Draft

#: What a driver may end in. Others than these are no errors of a driver, and go on.
_FAILED = (Exception, SystemExit, KeyboardInterrupt)


class Ending(Enum):
    """How a child ended."""

    NOT_READY = "not ready"
    NO_WORD = "no word"
    CALLED = "called"


def tell(text: str) -> None:
    """Write a line on standard error; where that can't be written, nothing is to fail for it."""
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(text.rstrip("\n") + "\n")
        sys.stderr.flush()


def serve(
    pipe: Pipe, driver: Driver, keep: Callable[[Draft], None], told: Callable[[str], None] = tell
) -> Ending:
    """Do what one parent orders, and end.

    The workload system is called once, and only after the word was read whole, for the claim of the order.
    End of file, or any other line, ends the child without a call.

    Parameters
    ----------
    pipe
        To the parent.
    keep
        Puts the event ``submitted`` where it stays though parent and child are gone.
    told
        Takes what a person who looks for a fault should know.
    """
    order = _ordered(pipe, told)
    if not isinstance(order, Order):
        return order
    preparation = prepare(order, driver, told)
    if not _said(pipe, preparation, told):
        return Ending.NO_WORD
    if isinstance(preparation, NotReady):
        return Ending.NOT_READY
    word = _heard(pipe, order, told)
    if word is None:
        return Ending.NO_WORD
    reply = call(order, driver, told)
    if isinstance(reply, Taken):
        _kept(submitted_draft(order.subject, order.claim, word, reply), keep, told)
    _said(pipe, reply, told)
    return Ending.CALLED


def prepare(order: Order, driver: Driver, told: Callable[[str], None] = tell) -> Preparation:
    """Let a driver prepare; whatever it fails with, nothing was submitted."""
    try:
        answer = driver.prepare(order)
        encode(answer)
    except MessageError as error:
        return NotReady(f"what the driver answered can't be used: {error}")
    except _FAILED as error:
        told(traceback.format_exc())
        return NotReady(f"preparing failed: {_named(error)}")
    return answer


def call(order: Order, driver: Driver, told: Callable[[str], None] = tell) -> Reply:
    """Let a driver call, once; whatever it fails with, nobody knows whether a run exists."""
    try:
        answer = driver.call(order)
    except _FAILED as error:
        told(traceback.format_exc())
        return NoReply(f"the call failed: {_named(error)}")
    try:
        encode(answer)
    except MessageError as error:
        told(f"the driver answered {answer!r}")
        return NoReply(f"what the driver answered can't be used: {error}; it was {shown(repr(answer))}")
    return answer


def word_for(order: Order, line: str) -> Word:
    """Return the word on a line.

    Raises
    ------
    MessageError
        When it is no word for this order.
    """
    word = word_of(line)
    if word.claim != order.claim:
        raise MessageError(f"the word is for the claim {word.claim}, the order was for {order.claim}")
    return word


def _ordered(pipe: Pipe, told: Callable[[str], None]) -> Order | Ending:
    line = _read(pipe)
    if line is None:
        return Ending.NO_WORD
    try:
        return order_of(line)
    except MessageError as error:
        _said(pipe, NotReady(f"the order can't be read: {error}"), told)
        return Ending.NOT_READY


def _heard(pipe: Pipe, order: Order, told: Callable[[str], None]) -> Word | None:
    """Return the word. None: the parent is gone, or said something else; nothing after it is read."""
    line = _read(pipe)
    if line is None:
        return None
    try:
        return word_for(order, line)
    except MessageError as error:
        told(f"ends without a call: {error}")
        return None


def _read(pipe: Pipe) -> str | None:
    try:
        return pipe.read()
    except OSError:
        return None


def _kept(draft: Draft, keep: Callable[[Draft], None], told: Callable[[str], None]) -> None:
    """Keep the reply; where that fails the parent is still there to be told."""
    try:
        keep(draft)
    except Exception as error:  # whatever it is, the run must be reported
        told(f"{draft.subject}: the reply can't be kept: {_named(error)}; it was {draft.body!r}")


def _said(pipe: Pipe, message: Message, told: Callable[[str], None]) -> bool:
    try:
        pipe.write(encode(message))
    except OSError as error:
        told(f"the parent is gone: {error}")
        return False
    return True


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
