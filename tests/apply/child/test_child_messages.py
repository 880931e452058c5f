"""Messages are read strictly: whole and known, or a fault."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.apply.child.errors import MessageError
from cmcompile.apply.child.messages import (
    Message,
    decode,
    encode,
    order_of,
    preparation_of,
    reply_of,
    word_of,
)
from cmcompile.model.body import WmsRef
from cmcompile.model.child import NoReply, NotReady, Order, Ready, Taken, Word
from cmcompile.model.event import Subject

IDS = st.text("0123456789abcdef", min_size=16, max_size=16)
TEXT = st.text()
FILLED = st.text(min_size=1).filter(lambda text: text.strip() != "")
MOMENTS = st.datetimes().filter(lambda at: at.year > 999).map(lambda at: at.strftime("%Y-%m-%dT%H:%M:%SZ"))

ORDER = Order(
    campaign="drp",
    subject=Subject("step1", "1-11", "w00"),
    claim="0123456789abcdef",
    wms=WmsRef("lsst.ctrl.bps.panda.PanDAService", "usdf"),
    run_name="u_w00",
    output_run="u/w00",
    submit_path="/x",
    files={"submit.yaml": b"a: 1\n", "lists/é.yaml": bytes(range(256))},
    environment="w_2026_47",
    restart="7",
    void=("u/old",),
)
WORD = Word("0123456789abcdef", "a" * 16, "b" * 16, "someone", "https://ci.example.org/1")
SAMPLES: tuple[Message, ...] = (
    ORDER,
    WORD,
    Ready({"a.qgraph": "ab"}, 8),
    Ready(),
    NotReady("no such butler", transient=True),
    Taken("17.0", "2026-11-20T08:00:00Z", "https://wms.example.org"),
    NoReply("reset"),
)

orders = st.builds(
    Order,
    campaign=FILLED,
    subject=st.builds(Subject, FILLED, FILLED, FILLED),
    claim=IDS,
    wms=st.builds(WmsRef, FILLED, TEXT),
    void=st.lists(FILLED, max_size=2).map(tuple),
    run_name=FILLED,
    output_run=FILLED,
    submit_path=FILLED,
    files=st.dictionaries(st.text(min_size=1), st.binary(), max_size=4),
    environment=TEXT,
    restart=TEXT,
)
messages = st.one_of(
    orders,
    st.builds(Word, IDS, IDS, IDS, FILLED, TEXT),
    st.builds(
        Ready, st.dictionaries(st.text(min_size=1), TEXT, max_size=3), st.none() | st.integers(0, 10**15)
    ),
    st.builds(NotReady, FILLED, st.booleans()),
    st.builds(Taken, FILLED, MOMENTS, TEXT),
    st.builds(NoReply, FILLED),
)


@given(messages)
def test_what_is_said_is_what_is_read(message: Message) -> None:
    line = encode(message)
    assert line.isascii()
    assert line.index("\n") == len(line) - 1
    assert decode(line) == message


@pytest.mark.parametrize("message", SAMPLES, ids=lambda m: type(m).__name__)
def test_a_line_that_is_cut_off_anywhere_is_a_fault(message: Message) -> None:
    line = encode(message)
    for length in range(len(line)):
        with pytest.raises(MessageError):
            decode(line[:length])
    for length in range(len(line) - 1):
        with pytest.raises(MessageError):
            decode(line[:length] + "\n")


@pytest.mark.parametrize("message", SAMPLES, ids=lambda m: type(m).__name__)
def test_a_key_too_few_or_too_many_is_a_fault(message: Message) -> None:
    found = json.loads(encode(message))
    for key in found:
        left = {name: value for name, value in found.items() if name != key}
        with pytest.raises(MessageError):
            decode(json.dumps(left) + "\n")
        wrong: tuple[object, ...] = ([], 1.5, {"a": 1}, {"": "YQ=="})
        for value in wrong:
            if (key, value) == ("void", []):
                continue  # it is right
            with pytest.raises(MessageError):
                decode(json.dumps({**found, key: value}) + "\n")
    with pytest.raises(MessageError, match="not known"):
        decode(json.dumps({**found, "more": ""}) + "\n")
    with pytest.raises(MessageError, match="twice"):
        decode(encode(message)[:-2] + ',"kind":"go"}\n')


@pytest.mark.parametrize("data", ["Y", "YQ", "YQ=!=", "YQ==\n", "é", 1, None])
def test_bytes_are_base64_and_nothing_else(data: object) -> None:
    found = json.loads(encode(ORDER))
    found["files"] = {"a": data}
    with pytest.raises(MessageError, match="files"):
        decode(json.dumps(found) + "\n")


@pytest.mark.parametrize("version", [0, 2, "1", True, None, 1.0])
def test_another_version_is_a_fault(version: object) -> None:
    found = {**json.loads(encode(NoReply("reset"))), "version": version}
    with pytest.raises(MessageError, match="version"):
        decode(json.dumps(found) + "\n")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "\n",
        "go\n",
        "null\n",
        "[]\n",
        "{}\n",
        '{"kind":"went","version":1}\n',
        '{"kind":["go"],"version":1}\n',
        '{"kind":"no_reply","version":1,"why":NaN}\n',
        '{"kind":"ready","version":1,"files":{},"quanta":' + "9" * 5000 + "}\n",
        "[" * 100_000 + "\n",
        '{"kind":"no_reply","version":1,"why":"a\\xffb"}\n',
        encode(NoReply("reset"))[:-1] + encode(NoReply("reset")),
    ],
    ids=range(13),
)
def test_what_is_no_message_is_a_fault(line: str) -> None:
    with pytest.raises(MessageError) as caught:
        decode(line)
    assert len(str(caught.value)) < 200
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "message",
    [
        Word("0123456789abcdef", "", "b" * 16, "someone"),
        Word("0123456789abcdef", "a" * 15, "b" * 16, "someone"),
        Word("", "a" * 16, "b" * 16, "someone"),
        Word("0123456789abcdef", "a" * 16, "b" * 16, ""),
        Taken("", "2026-11-20T08:00:00Z"),
        Taken("17", "2026-11-20 08:00:00"),
        Taken("17", "2026-1-2T03:04:05Z"),
        Taken(17, "2026-11-20T08:00:00Z"),  # type: ignore[arg-type]
        Ready({}, -1),
        Ready({}, True),
        Ready({"a": b"ab"}),  # type: ignore[dict-item]
        NotReady(""),
        NotReady("why", 1),  # type: ignore[arg-type]
        NoReply(" "),
        None,
    ],
)
def test_what_could_not_be_read_is_not_said(message: Message) -> None:
    with pytest.raises(MessageError):
        encode(message)


def test_only_what_is_due_is_taken() -> None:
    readers = {order_of: "order", word_of: "go", preparation_of: "ready", reply_of: "taken"}
    due = {
        "order": ("order",),
        "go": ("go",),
        "ready": ("ready", "not_ready"),
        "taken": ("taken", "no_reply"),
    }
    for reader, name in readers.items():
        for message in SAMPLES:
            line = encode(message)
            if json.loads(line)["kind"] in due[name]:
                assert reader(line) == message
            else:
                with pytest.raises(MessageError, match="was due"):
                    reader(line)
