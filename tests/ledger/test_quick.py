"""The quick reader says of any bytes what strict reading says of them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from event_samples import BODIES, GROUP, ID, MEMBERS, PROCESS, SPEC, STEP, WMS, WORKFLOW, draft, drafts
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cmcompile.ledger.codec import decode, encode, quick
from cmcompile.ledger.codec.quick import QuickReader
from cmcompile.ledger.paths import event_path
from cmcompile.model import event as e
from cmcompile.model.outcome import Outcome, TaskOutcome

CLAIMED = e.Claimed("u_w00", "u_w", "u/w00", "/x", WMS, "ab", SPEC, PROCESS)
VISITS = MEMBERS["visit"]
#: What a large ledger is full of: no event that a person wrote into, and no text with escapes.
USUAL: tuple[e.Body, ...] = (
    CLAIMED,
    replace(CLAIMED, file="a.yaml", item="it", plan="pl", members={"visit": VISITS}, covers=("1", "2")),
    replace(CLAIMED, members=MEMBERS, builds_on=("u/é",), restart=True, adopted=True),
    replace(CLAIMED, members={"a": replace(VISITS, ranges=((-1, 10**19 - 1),)), "b": VISITS}),
    replace(CLAIMED, members={"a": replace(VISITS, ranges=(), over=None, values=(1, "1", -2, ""))}),
    e.Prepared({"graph.qg": "ab", "x": ""}, 8),
    e.Prepared(),
    e.PrepareFailed("no graph", transient=True),
    e.PrepareFailed(""),
    e.Submitting("u_w00", e.WmsRef("x"), "ab", "cd", PROCESS, 0),
    e.Submitting("u_w00", e.WmsRef("x"), "ab", "cd", PROCESS, 0, "m1"),
    e.Submitting("u_w00", e.WmsRef("x"), "ab", "cd", replace(PROCESS, started="4711"), 0),
    replace(CLAIMED, spec=replace(SPEC, override="")),
    replace(CLAIMED, spec=replace(SPEC, override="dirty")),
    e.Submitted("123"),
    e.Submitted("123", ID, recovered=True, url="https://x"),
    e.Observed("running", "r"),
    e.Observed("partial", "f", "123", Outcome((TaskOutcome("isr", 9, 2, 1, 3, 3), TaskOutcome("b", 0, 0)))),
    e.Observed("succeeded", "f", "123", Outcome((TaskOutcome("isr", 9, 9, caveats={"A|B": 3, "C": 1}),))),
    e.Retired(),
    e.Retired("old"),
    e.Accepted(("1-11@w00", "2@w00"), "fine", 0, 8),
    e.Accepted(()),
)


def about(body: e.Body) -> e.Draft:
    return draft(GROUP if isinstance(body, e.Accepted) else WORKFLOW, body)


def read(sent: e.Draft, data: bytes) -> e.Event | e.Unreadable:
    """Read by one reader twice: what it remembers changes nothing."""
    path = event_path(sent.subject, 3, sent.kind)
    reader = QuickReader()
    first = reader.read(path, sent.subject, 3, sent.kind, data)
    assert reader.read(path, sent.subject, 3, sent.kind, data) == first
    assert first == decode(path, data)
    return first


@pytest.mark.parametrize("body", USUAL, ids=lambda body: e.KINDS[type(body)])
def test_usual_events_are_not_read_as_json(body: e.Body, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = about(body)
    data = encode(sent)
    assert read(sent, data) == e.Event(3, sent)
    monkeypatch.setattr(quick, "decode", lambda path, data: pytest.fail("it was read as JSON"))
    path = event_path(sent.subject, 3, sent.kind)
    plain = replace(sent, ci="", decision="", claim="" if sent.subject.workflow is None else ID)
    assert QuickReader().read(path, sent.subject, 3, sent.kind, data) == e.Event(3, sent)
    assert QuickReader().read(path, sent.subject, 3, sent.kind, encode(plain)) == e.Event(3, plain)


@given(drafts)
def test_any_event_is_the_same(sent: e.Draft) -> None:
    assert read(sent, encode(sent)) == e.Event(3, sent)


@pytest.mark.parametrize("name", BODIES)
def test_every_kind_is_the_same(name: str) -> None:
    sent = draft(*BODIES[name])
    assert read(sent, encode(sent)) == e.Event(3, sent)


CHANGES = [
    (b'"at": "2026-11-20', b'"at": "2026-02-30'),
    (b'"at": "2026-11-20', b'"at": "0000-01-01'),
    (b"T08:00:00Z", b"T24:00:00Z"),
    (b"T08:00:00Z", b"T08:60:00Z"),
    (b"T08:00:00Z", b"T08:00:00z"),
    (b'"format": 1', b'"format": 2'),
    (b'"format": 1', b'"format": 1.0'),
    (b'"format": 1', b'"format": true'),
    (b'"by": "Ann', b'"by":  "Ann'),
    (b'"by": "Ann', b'"by" : "Ann'),
    (b'"by": "Ann', b'"by": "\\u0041nn'),
    (b'"by": "Ann', b'"by": "\\ud800'),
    (b'"by": "Ann', b'"by": "\x01'),
    (b'"by": "Ann', b'"by": "\x7f'),
    (b'"by": "Ann', b'"by": "\xff'),
    (b'"by": "Ann', b'"by": "{[,\xe2\x80\xa8'),
    (b'"by": "Ann <a@b>"', b'"by": null'),
    (b' "by"', b' "bye": 1,\n "by"'),
    (b' "by"', b' "by": "x",\n "by"'),
    (b' "by"', b' "at": "2026-11-20T08:00:00Z",\n "by"'),
    (b"0123456789abcdef", b"0123456789abcdeF"),
    (b"0123456789abcdef", b"0123456789abcde"),
    (b"0123456789abcdef", b"\xd9\xa0123456789abcdef"),
    (b"{\n", b"\xef\xbb\xbf{\n"),
    (b"{\n", b"{\r\n"),
    (b"}\n", b"}"),
    (b"}\n", b"}\n\n"),
    (b"}\n", b"}\n{}\n"),
    (b"}\n", b",}\n"),
    (b"true", b"false"),
    (b"true", b"1"),
    (b'"visit": {', b'"visit": {},\n  "visit": {'),
    (b'  "b": {', b'  "a": {'),
    (b'"source": 0', b'"source": -1'),
    (b'"source": 0', b'"source": -2'),
    (b'"source": 0', b'"source": 00'),
    (b'"source": 0', b'"source": -0'),
    (b'"count": 3', b'"count": 3e0'),
    (b'"count": 3', b'"count": 9999999999999999999'),
    (b'"count": 3', b'"count": 10000000000000000000'),
    (b'"count": 3', b'"count": 3, "count": 3'),
    (b'"over": "visits"', b'"over": null'),
    (b'"over": "visits"', b'"over": ""'),
    (b"     1,\n", b"     -1,\n"),
    (b"     1,\n", b'     "1",\n'),
    (b"     1,\n", b"     1.0,\n"),
    (b"     1,\n", b"     1,\n     1,\n"),
    (b"    ],\n", b"    ]\n"),
    (b"    ],\n", b"    ],\n    [],\n"),
    (b'"graph.qg": "ab"', b'"graph.qg": "ab",\n  "graph.qg": "ab"'),
    (b'"graph.qg": "ab"', b'"graph.qg": 1'),
    (b'"quanta": 8', b'"quanta": null'),
    (b'"run_id": "123"', b'"run_id": ""'),
    (b'"run_id": "123"', b'"run_id": 123'),
    (b'"state": "partial"', b'"state": "running"'),
    (b'"state": "partial"', b'"state": "lost"'),
    (b'"quanta": 9', b'"quanta": -9'),
    (b'"A|B": 3', b'"A|B": -3'),
    (b'"A|B": 3', b'"C": 3'),
    (b'"A|B": 3', b'"A|B": null'),
    (b'"tasks": [', b'"tasks": [],\n  "tasks": ['),
    (b'"tasks": [', b'"complete": true,\n  "tasks": ['),
    (b'"pid": 123', b'"pid": "123"'),
    (b'"pid": 123', b'"pid": 123,\n  "pid": 123'),
    (b'"service": "x"', b'"service": ""'),
    (b'"where": "usdf"', b'"where": null'),
    (b'"where": "usdf"', b'"wherever": "usdf"'),
    (b'"emit": 1', b'"emit": true'),
    (b'"override": "', b'"override": 1, "overridden": "'),
    (b'"override": "dirty,unpushed"', b'"override": ""'),
    (b'"override": "dirty,unpushed"', b'"override": null'),
    (b'"former": "m1"', b'"former": ""'),
    (b'"former": "m1"', b'"former": null'),
    (b'"former": "m1"', b'"former": 1'),
    (b'"format": 1', b'"format": 1,\n "former": "x"'),
    (b'"wms": {', b'"wms": 1,\n "wms": {'),
    (b'"workflows": [', b'"workflows": [\n  1,'),
    (b'"claim": "', b'"claim": "x'),
]


@pytest.mark.parametrize(("before", "after"), CHANGES)
def test_what_differs_is_read_as_json(before: bytes, after: bytes) -> None:
    changed = [(sent, data) for sent in map(about, USUAL) if before in (data := encode(sent))]
    assert changed
    for sent, data in changed:
        read(sent, data.replace(before, after, 1))


@pytest.mark.parametrize("body", USUAL, ids=lambda body: e.KINDS[type(body)])
def test_each_comma_has_its_place(body: e.Body) -> None:
    sent = about(body)
    lines = encode(sent).split(b"\n")
    for at, line in enumerate(lines):
        other = line[:-1] if line.endswith(b",") else line + b","
        assert isinstance(read(sent, b"\n".join([*lines[:at], other, *lines[at + 1 :]])), e.Unreadable)


_USUAL = st.sampled_from(USUAL).map(about)
_PIECE = st.one_of(
    st.binary(max_size=3),
    st.sampled_from(
        [b",", b"\n", b" ", b'"', b"\\", b"{", b"}", b"[", b"]", b":", b"0", b"-", b"1e1", b"null"]
    ),
)


@settings(max_examples=300)
@given(_USUAL, st.data())
def test_a_damaged_file_is_the_same(sent: e.Draft, data: st.DataObject) -> None:
    good = encode(sent)
    at = data.draw(st.integers(0, len(good)))
    until = data.draw(st.integers(at, min(at + 3, len(good))))
    read(sent, good[:at] + data.draw(_PIECE) + good[until:])


@settings(max_examples=300)
@given(_USUAL, _USUAL, st.data())
def test_moved_lines_are_the_same(sent: e.Draft, other: e.Draft, data: st.DataObject) -> None:
    """Lines of another event, left out, doubled, or put elsewhere: keys twice, commas too many."""
    lines = encode(sent).splitlines(keepends=True)
    at = data.draw(st.integers(0, len(lines)))
    until = data.draw(st.integers(at, min(at + 2, len(lines))))
    source = data.draw(st.sampled_from([lines, encode(other).splitlines(keepends=True)]))
    start = data.draw(st.integers(0, len(source)))
    moved = source[start : start + data.draw(st.integers(0, 12))]
    read(sent, b"".join([*lines[:at], *moved, *lines[until:]]))


@given(_USUAL, st.data())
@example(about(USUAL[1]), None)
def test_another_way_to_write_a_value_is_the_same(sent: e.Draft, data: st.DataObject | None) -> None:
    good = encode(sent)
    values = list(re.finditer(rb'"[^"]*"|-?[0-9]+|true|\[\]', good))
    value = values[0] if data is None else data.draw(st.sampled_from(values))
    odd = [b"null", b"{}", b"[]", b"[[]]", b'{"a": 1, "a": 1}', b"1", b"-1", b"1.5", b"NaN", b'""', b'"a"']
    for text in odd:
        read(sent, good[: value.start()] + text + good[value.end() :])


def test_other_places_of_an_event() -> None:
    """A kind of workflows below a group or a step, no number, an unknown kind."""
    of_kind = {"retired": encode(about(e.Retired("old"))), "accepted": encode(about(e.Accepted(())))}
    reader = QuickReader()
    for subject, number, kind in (
        (GROUP, 1, "retired"),
        (STEP, 1, "retired"),
        (STEP, 1, "accepted"),
        (WORKFLOW, 1, "accepted"),
        (WORKFLOW, 0, "retired"),
        (WORKFLOW, 1, "frobbed"),
    ):
        path = event_path(subject, number, kind)
        data = of_kind.get(kind, b"{}")
        found = reader.read(path, subject, number, kind, data)
        assert found == decode(path, data)
        assert isinstance(found, e.Event) == (subject == STEP and kind == "retired"), (subject, kind)
