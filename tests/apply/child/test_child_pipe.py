"""Lines over file descriptors."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from cmcompile.apply.child.errors import MessageError
from cmcompile.apply.child.messages import encode, reply_of
from cmcompile.apply.child.pipe import DescriptorPipe, Lines
from cmcompile.model.child import NoReply


class Ends:
    """A pipe, and what is to be closed of it."""

    def __init__(self) -> None:
        self.source, self.target = os.pipe()

    def send(self, data: bytes, *, last: bool = True) -> None:
        os.write(self.target, data)
        if last:
            self.close_target()

    def close_target(self) -> None:
        os.close(self.target)
        self.target = -1


@pytest.fixture
def ends() -> Iterator[Ends]:
    found = Ends()
    yield found
    os.close(found.source)
    if found.target >= 0:
        found.close_target()


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"", []),
        (b"a\n", ["a\n"]),
        (b"a\nbc\n\nd\n", ["a\n", "bc\n", "\n", "d\n"]),
        (b"a\nbc", ["a\n", "bc"]),
        (b"\n" + b"x" * 50_000 + b"\ny", ["\n", "x" * 50_000 + "\n", "y"]),
    ],
    ids=range(5),
)
def test_lines_come_with_their_ends(ends: Ends, sent: bytes, read: list[str]) -> None:
    ends.send(sent)
    pipe = DescriptorPipe(ends.source, -1)
    assert [pipe.read() for _ in range(len(read) + 2)] == [*read, None, None]


def test_a_line_that_comes_in_pieces(ends: Ends) -> None:
    os.set_blocking(ends.source, False)
    lines = Lines(ends.source)
    for piece in (b"a", b"b", b"\nc"):
        assert not lines.complete
        with pytest.raises(BlockingIOError):
            lines.feed()
        ends.send(piece, last=False)
        lines.feed()
    assert lines.take() == "ab\n"
    ends.close_target()
    lines.feed()
    assert (lines.take(), lines.take()) == ("c", None)


def test_a_line_that_is_too_long_is_cut_off(ends: Ends) -> None:
    lines = Lines(ends.source, longest=5)
    ends.send(b"12345\n", last=False)
    lines.feed()
    assert lines.take() == "12345\n"
    assert not lines.complete
    ends.send(b"1234567", last=False)
    lines.feed()
    assert (lines.take(), lines.take()) == ("1234567", None)


@pytest.mark.parametrize("sign", [b"\xff", "é".encode(), b"\xed\xa0\x80"])
def test_what_is_not_ascii_is_no_message(ends: Ends, sign: bytes) -> None:
    ends.send(encode(NoReply("reXset")).encode().replace(b"X", sign))
    line = DescriptorPipe(ends.source, -1).read()
    assert line is not None
    with pytest.raises(MessageError):
        reply_of(line)


def test_writing_to_nobody_fails(ends: Ends) -> None:
    os.close(ends.source)
    with pytest.raises(BrokenPipeError):
        DescriptorPipe(-1, ends.target).write("a\n")
    ends.source = os.open(os.devnull, os.O_RDONLY)
