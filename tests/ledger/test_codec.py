from __future__ import annotations

import json
from dataclasses import replace

import pytest
from event_samples import AT, BODIES, GROUP, ID, STEP, WORKFLOW, draft, drafts
from hypothesis import example, given
from hypothesis import strategies as st

from cmcompile.ledger.codec import decode, encode
from cmcompile.ledger.paths import event_path
from cmcompile.model import event as e

SUBMITTED = event_path(WORKFLOW, 3, "submitted")
GOOD = {"format": 1, "kind": "submitted", "id": ID, "claim": ID, "at": AT, "by": "Ann", "run_id": "7"}


def why(data: bytes | dict[str, object], path: str = SUBMITTED) -> str:
    found = decode(path, data if isinstance(data, bytes) else json.dumps(data).encode())
    assert isinstance(found, e.Unreadable), found
    assert found.path == path
    return found.why


def with_(**changes: object) -> dict[str, object]:
    return {**GOOD, **changes}


def test_every_kind_is_among_the_samples() -> None:
    kinds = {(s.group is None, s.workflow is None, e.KINDS[type(body)]) for s, body in BODIES.values()}
    assert kinds == {
        *((False, False, kind) for kind in e.OF_WORKFLOW),
        *((False, True, kind) for kind in e.OF_GROUP),
        *((True, True, kind) for kind in e.OF_STEP),
    }


@pytest.mark.parametrize("name", BODIES)
def test_an_event_comes_back_as_it_was(name: str) -> None:
    subject, body = BODIES[name]
    sent = draft(subject, body)
    assert decode(event_path(subject, 12, sent.kind), encode(sent)) == e.Event(12, sent)


@given(drafts)
def test_any_event_comes_back_as_it_was(sent: e.Draft) -> None:
    assert decode(event_path(sent.subject, 1, sent.kind), encode(sent)) == e.Event(1, sent)


@given(drafts)
def test_the_same_draft_gives_the_same_bytes(sent: e.Draft) -> None:
    body = sent.body
    if isinstance(body, e.Claimed):  # dicts are the same in any order
        body = replace(body, members=dict(reversed(body.members.items())))
    data = encode(replace(sent, body=body))
    assert data == encode(sent)
    assert (
        data == (json.dumps(json.loads(data), indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()
    )


def test_defaults_are_left_out_and_a_null_that_means_something_is_not() -> None:
    assert json.loads(encode(e.Draft(WORKFLOW, ID, AT, "Ann", e.Submitted("7"), ID))) == GOOD
    data = encode(e.Draft(WORKFLOW, ID, AT, "Ann", e.Abandoned(None, "old"), ID))
    assert json.loads(data)["gate"] is None
    assert why(
        {k: v for k, v in json.loads(data).items() if k != "gate"}, event_path(WORKFLOW, 2, "abandoned")
    )


def test_an_event_from_before_a_field_was_added_reads_the_same_and_gives_the_same_bytes() -> None:
    """Bytes as the first release of the format wrote them: neither `override` nor `former`."""
    sent = draft(*BODIES["submitting"])
    assert isinstance(sent.body, e.Submitting)
    gate = replace(sent, body=replace(sent.body, former=""))
    sent = draft(*BODIES["claimed"])
    assert isinstance(sent.body, e.Claimed)
    claim = replace(sent, body=replace(sent.body, spec=replace(sent.body.spec, override="")))
    for old, word in ((gate, b"former"), (claim, b"override")):
        data = encode(old)
        assert word not in data
        found = decode(event_path(old.subject, 1, old.kind), data)
        assert found == e.Event(1, old)
        assert isinstance(found, e.Event)
        assert encode(found.draft) == data


@pytest.mark.parametrize(
    ("commit", "override", "dirty"),
    [
        ("c0ffee", "", False),
        ("c0ffee", "unpushed", False),
        ("c0ffee", "dirty", True),
        ("c0ffee", "dirty,unpushed", True),
        ("c0ffee", "unpushed,dirty", True),
        ("", "", True),
    ],
)
def test_what_may_not_be_as_its_commit_gives_it(commit: str, override: str, dirty: bool) -> None:
    assert e.SpecRef("campaign.yaml", commit, "0.1.0", 1, override).dirty is dirty


def test_text_of_the_system_that_is_no_text_is_still_recorded() -> None:
    data = encode(e.Draft(WORKFLOW, ID, AT, "Ann", e.PrepareFailed("caf\udce9 é"), ID))
    found = decode(event_path(WORKFLOW, 2, "prepare_failed"), data)
    assert isinstance(found, e.Event)
    assert found.draft.body == e.PrepareFailed("caf? é")


@pytest.mark.parametrize(
    "bad",
    [
        e.Draft(GROUP, ID, AT, "Ann", e.Submitted("7"), ID),
        e.Draft(STEP, ID, AT, "Ann", e.Reviewed("not_found", "x")),
        e.Draft(WORKFLOW, ID, AT, "Ann", e.Submitted("7")),
        e.Draft(WORKFLOW, "x", AT, "Ann", e.Submitted("7"), ID),
        e.Draft(WORKFLOW, ID, "now", "Ann", e.Submitted("7"), ID),
        e.Draft(WORKFLOW, ID, AT, "Ann", e.Submitted(""), ID),
        e.Draft(WORKFLOW, ID, AT, "Ann", e.Observed("well", "x"), ID),
        e.Draft(e.Subject("step1", "a/b"), ID, AT, "Ann", e.Rejected((), "x")),
    ],
)
def test_what_could_not_be_read_is_not_written(bad: e.Draft) -> None:
    with pytest.raises(ValueError, match=r"can't be written|no name of a step"):
        encode(bad)


def test_fields_that_are_not_known_are_passed_over() -> None:
    found = decode(SUBMITTED, json.dumps(with_(later=[{"x": -0.5}], wms=3)).replace("-0.5", "1e400").encode())
    assert isinstance(found, e.Event)
    assert found.draft.body == e.Submitted("7")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "it is not JSON: Expecting value at line 1, column 1"),
        (b"[]", "it is not a JSON object"),
        (b'{"a": 1, "a": 1}', "the key `a` is written twice"),
        (b'{"x": {"a\\n": 1, "a\\n": 1}}', "the key `a\\n` is written twice"),
        (b'{"a": NaN}', "it holds NaN, which is not JSON"),
        (b'{"a": -Infinity}', "it holds -Infinity, which is not JSON"),
        (b"\xff\xfe{}", "it is not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "it is not UTF-8"),
        (b"\xef\xbb\xbf{}", "it is not JSON: Expecting value at line 1, column 1"),
        (b'{"a": "\\ud800"}', "it holds half of a surrogate pair, which is no character"),
        (b'{"\\uDC00": 1}', "it holds half of a surrogate pair, which is no character"),
        (b'{"a": ' + b"1" * 5000 + b"}", "it holds a number of thousands of digits"),
        (b'{"a": ' + b"[" * 100_000, "it is nested deeper than 60 levels"),
        (b'{"a": ' * 61 + b"1" + b"}" * 61, "it is nested deeper than 60 levels"),
    ],
)
def test_what_is_no_document_is_refused(data: bytes, sentence: str) -> None:
    assert why(data) == sentence


TIME = "its field `at` is not a time such as 2026-11-20T08:00:00Z"
NEWER = "it is of format 2, which a newer cmcompile wrote; this one reads format 1"
KIND = "its `kind` is not the submitted of the file's name"


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        (with_(format=2), NEWER),
        (with_(format=0), "its `format` is not 1"),
        (with_(format=True), "its `format` is not 1"),
        (with_(format="1"), "its `format` is not 1"),
        ({}, "its `format` is not 1"),
        (with_(kind="observed"), KIND),
        (with_(kind=["submitted"]), KIND),
        (with_(id=ID.upper()), "its field `id` is not an id of 16 hex digits"),
        (with_(claim=""), "its field `claim` is not an id of 16 hex digits"),
        (with_(by=None), "its field `by` is not text"),
        (with_(at="2026-11-20"), TIME),
        (with_(at="2026-02-30T08:00:00Z"), "its field `at` is not a time that exists"),
        (with_(at="2026-02-20T08:00:00Z\n"), TIME),
        (with_(recovered=1), "its field `recovered` is not true or false"),
        (with_(run_id=7), "its field `run_id` is not a text that says something"),
        ({**GOOD, "gate": "x"}, "its field `gate` is not an id of 16 hex digits"),
        ({k: v for k, v in GOOD.items() if k != "run_id"}, "its field `run_id` is absent"),
    ],
)
def test_what_is_wrong_is_said(document: dict[str, object], sentence: str) -> None:
    assert why(document) == sentence


def test_nested_fields_are_named() -> None:
    subject, body = BODIES["claimed"]
    path = event_path(subject, 1, "claimed")
    good = json.loads(encode(draft(subject, body)))

    def broken(**changes: object) -> str:
        return why({**good, **changes}, path)

    assert broken(wms={}) == "its field `wms.service` is absent"
    assert broken(process=[]) == "its field `process` is not an object"
    assert broken(spec={**good["spec"], "emit": 1.0}).startswith(
        "its field `spec.emit` is not a whole number"
    )
    assert broken(members={"visit": {"key": 1}}) == "its field `members.visit.key` is not text"
    assert broken(members={"a\nb": 1}) == "its field `members.a\\nb` is not an object"
    assert broken(excluded={"visit": [1.5]}).startswith("its field `excluded.visit` is not a list of ids")
    assert broken(covers=["a", 1]) == "its field `covers` is not a list of texts"
    member = good["members"]["visit"]
    wrong: list[object] = [[[1]], [[1, None]], [1], {}, [[True, 2]], [[0, 10**19]]]
    for ranges in wrong:
        text = broken(members={"visit": {**member, "ranges": ranges}})
        assert text == "its field `members.visit.ranges` is not a list of pairs of ids"


def test_lists_of_objects_name_the_item() -> None:
    subject, body = BODIES["observed"]
    good = json.loads(encode(draft(subject, body)))
    good["outcome"]["tasks"][1]["failed"] = -1
    text = why(good, event_path(subject, 1, "observed"))
    assert text.startswith("its field `outcome.tasks[1].failed` is not a whole number from 0")
    good["outcome"]["tasks"] = {}
    assert why(good, event_path(subject, 1, "observed")) == "its field `outcome.tasks` is not a list"


def test_a_kind_has_its_place() -> None:
    for subject, kind, place in (
        (WORKFLOW, "chained", "workflow"),
        (GROUP, "submitted", "group"),
        (STEP, "accepted", "step"),
        (WORKFLOW, "frobbed", "workflow"),
    ):
        text = why(with_(kind=kind), event_path(subject, 1, kind))
        assert text == f"{kind} is no kind of event of a {place} in format 1"


def test_what_is_no_event_file_is_unreadable() -> None:
    for path in ("ledger.json", event_path(WORKFLOW, 0, "submitted"), SUBMITTED + ".bak"):
        assert why(with_(), path).startswith("it is no event")
    found = decode("elsewhere/x", b"")
    assert found == e.Unreadable("elsewhere/x", None, "nothing of cmcompile's stands at this path")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(drafts, st.data())
def test_a_field_of_any_value_is_never_an_exception(sent: e.Draft, data: st.DataObject) -> None:
    document = json.loads(encode(sent))
    place: dict[str, object] = document
    while True:
        key = data.draw(st.sampled_from(sorted(place)) if place else st.just("x"))
        inner = place.get(key)
        if not isinstance(inner, dict) or not data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(_json)
    found = decode(event_path(sent.subject, 1, sent.kind), json.dumps(document).encode())
    assert isinstance(found, e.Event | e.Unreadable)
    if isinstance(found, e.Event):
        assert decode(event_path(sent.subject, 1, sent.kind), encode(found.draft)) == found


@given(st.binary(max_size=40) | _json.map(lambda value: json.dumps(value).encode()))
@example(b'"\\')
@example(b"{" * 70)
@example(b'{"a' + b"[" * 5000)
def test_any_bytes_are_never_an_exception(data: bytes) -> None:
    assert isinstance(decode(SUBMITTED, data), e.Unreadable)


@given(drafts, st.data())
def test_a_damaged_byte_is_never_an_exception(sent: e.Draft, data: st.DataObject) -> None:
    good = encode(sent)
    at = data.draw(st.integers(0, len(good) - 1))
    bad = good[:at] + data.draw(st.binary(max_size=2)) + good[at + 1 :]
    assert isinstance(decode(event_path(sent.subject, 1, sent.kind), bad), e.Event | e.Unreadable)
