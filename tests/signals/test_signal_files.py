"""A signal as a file: what is written is read, and nothing else is."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from signal_examples import AT, RUN, signals

from cmcompile.model.signal import Signal, SignalKind
from cmcompile.signals.codec import decode, encode
from cmcompile.signals.fields import LONGEST, MESSAGE, MOST_OUTPUTS, BadSignalError
from cmcompile.spec.schema import schema

GOOD: dict[str, Any] = {"v": 1, "run": RUN, "job": 7, "kind": "ended", "at": AT, "exit": 0}
#: What no schema sees: the name of the file, halves of letters, and that 7.0 is written as no whole number.
UNSEEN = ({"job": 8}, {"job": 7.0}, {"message": "\ud800"}, {"node": "\ud800"})
VALIDATOR = Draft202012Validator(schema("signal"))
NAME = "7-1795220552301431846-2a6ccc2b.json"


def data(**changes: object) -> bytes:
    return json.dumps({k: v for k, v in {**GOOD, **changes}.items() if v is not None}).encode()


@given(signals())
def test_what_is_written_is_read(signal: Signal) -> None:
    written = encode(signal)
    assert decode(f"{signal.job}-1-abcd.json", written).signal == signal
    assert written.isascii()
    assert written.count(b"\n") == 1
    assert len(written) <= LONGEST


def test_what_the_wrapper_writes_in_bash_is_read() -> None:
    text = f'{{"v": 1, "run": "{RUN}", "job": 7, "kind": "begun", "at": "2026-11-20T08:00:00.123Z", '
    text += '"node": "n", "try": 1}\n'
    found = decode("7-1795220552301431846-0123456789abcdef.json", text.encode())
    assert (found.time, found.signal.kind, found.signal.node) == (1795220552301431846, SignalKind.BEGUN, "n")


def test_a_letter_that_a_shell_cut_in_two_loses_no_signal() -> None:
    raw = data(message="M").replace(b'"M"', '"é'.encode()[:-1] + b'"')
    assert decode(NAME, raw).signal.message == "\ufffd"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"v": 2}, "v: this cmcompile reads signals of format 1"),
        ({"v": True}, "v: this"),
        ({"run": ""}, "run: it is no text"),
        ({"run": None}, "run: it is absent"),
        ({"run": "a\x1b[2J"}, "run: it holds a control character"),
        ({"run": "a\u2028b"}, "run: it holds a control character"),
        ({"run": "x" * 1001}, "run: it is no text of 1 to 1000"),
        ({"job": 0}, "job: it is no whole number"),
        ({"job": 7.0}, "job: it is no whole number"),
        ({"job": True}, "job: it is no whole number"),
        ({"job": 8}, "its name is of job 7, what it says of job 8"),
        ({"kind": "done"}, "kind: it is none of"),
        ({"kind": ["ended"]}, "kind: it is none of"),
        ({"at": "yesterday"}, "at: it is no moment"),
        ({"at": AT + "\n"}, "at: it is no moment"),
        ({"at": "2026-13-20T08:00:00Z"}, "at: it is no moment"),
        ({"exit": 256}, "exit: it is no whole number from 0 to 255"),
        ({"exit": -1}, "exit: it is no"),
        ({"exit": None}, "exit: it is absent"),
        ({"events": 10**18}, "events: it is no"),
        ({"events": 10}, "events: it is what a payload tells"),
        ({"outputs": [{"name": "a"}]}, "outputs: it is what a payload tells"),
        ({"message": "x" * (MESSAGE + 1)}, "message: it is no text of 1 to 2000"),
        ({"message": ""}, "message: it is no text"),
        ({"message": "\ud800"}, "message: it can't be written"),
        ({"node": "\ud800"}, "node: it holds a control character"),
        ({"outputs": []}, "outputs: it is no list"),
        ({"outputs": {}}, "outputs: it is no list"),
        ({"outputs": [{"name": "a"}] * (MOST_OUTPUTS + 1)}, "outputs: it is no list of 1 to 1000"),
        ({"outputs": [{"path": "a"}]}, "outputs[0]: it is no file with a name"),
        ({"outputs": [{"name": "a\nb"}]}, "outputs[0].name: it holds a control"),
        ({"outputs": [{"name": "a", "size": "1"}]}, "outputs[0].size: it is no whole"),
        ({"outputs": [{"name": "a", "checksum": "md5: x"}]}, "outputs[0].checksum: it is no checksum"),
        ({"outputs": [{"name": "a", "owner": "x"}]}, "there is no field 'owner'"),
        ({"try": 0}, "try: it is no"),
        ({"more": 1}, "there is no field 'more'"),
        ({"\x1b": 1}, r"there is no field '\x1b'"),
    ],
)
def test_what_is_wrong_is_refused_with_the_field(changes: dict[str, object], says: str) -> None:
    with pytest.raises(BadSignalError, match="^" + re.escape(says)):
        decode(NAME, data(**changes))
    assert changes in UNSEEN or not VALIDATOR.is_valid(json.loads(data(**changes)))


@given(signals())
def test_the_schema_takes_what_is_written(signal: Signal) -> None:
    VALIDATOR.validate(json.loads(encode(signal)))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "it is not JSON, or was cut"),
        (b"[]", "it is no JSON object"),
        (b"\xff", "it is not JSON, or was cut"),
        (b'{"v": 1, "v": 1}', "it holds a key twice"),
        (b'{"v": NaN}', "it holds NaN"),
        (b'{"v": ' + b"9" * 5000 + b"}", "it holds a number of thousands of digits"),
        (b"[" * 100_000, "it is nested too deep"),
        (b" " * (LONGEST + 1), f"it is longer than {LONGEST} bytes"),
    ],
)
def test_what_is_no_document_is_refused(raw: bytes, says: str) -> None:
    with pytest.raises(BadSignalError) as error:
        decode(NAME, raw)
    assert str(error.value) == says


@given(st.binary(max_size=300) | st.integers(0, len(data()) - 1).map(lambda n: data()[:n]))
def test_any_bytes_are_a_signal_or_a_bad_one(raw: bytes) -> None:
    with pytest.raises(BadSignalError):
        decode(NAME, raw)


@pytest.mark.parametrize(
    "name",
    [
        "x.json",
        "07-1-abcd.json",
        "7-1-ABCD.json",
        "7-1-abc.json",
        "7--abcd.json",
        "7-1-abcd.json\n",
        "7-1-abcd",
    ],
)
def test_other_names_are_of_no_signal(name: str) -> None:
    with pytest.raises(BadSignalError, match="its name is not"):
        decode(name, data())


def test_what_may_not_be_read_is_not_written() -> None:
    with pytest.raises(BadSignalError):
        encode(Signal(RUN, 1, SignalKind.ENDED, AT))
    with pytest.raises(BadSignalError):
        encode(Signal("a\nb", 1, SignalKind.STARTED, AT))
