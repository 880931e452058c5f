"""Documents about approvals: written and read back, and what is none."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from cmcompile.ledger.approvals import decode, encode, named, named_withdrawal, path_of
from cmcompile.ledger.named import digest_of
from cmcompile.model.approval import Approval, Approvals, Covered, Withdrawal, distinct, person
from cmcompile.model.event import Unreadable
from cmcompile.model.forge import Review
from cmcompile.state.reviews import settled

SCHEMA = Draft202012Validator(
    json.loads((Path(__file__).parents[2] / "schemas/approval-v1.schema.json").read_text(encoding="utf-8"))
)
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_NAME = _TEXT.filter(str.strip)
_HOURS = st.floats(0, 1e9)
_COVERED = st.builds(Covered, _TEXT, _TEXT, _TEXT, _TEXT, st.none() | st.tuples(_HOURS, _HOURS))
APPROVALS = st.builds(
    Approval,
    digest=st.just(""),
    campaign=_TEXT,
    by=_NAME,
    source=_NAME,
    at=_TEXT,
    commit=_TEXT,
    plan=_TEXT,
    author=_TEXT,
    url=_TEXT,
    pull=st.integers(0, 99),
    recorded_by=_TEXT,
    covers=st.lists(_COVERED, max_size=3).map(tuple),
).map(named)


@given(APPROVALS)
def test_an_approval_is_read_as_it_was_written(one: Approval) -> None:
    data = encode(one)
    assert decode(path_of(one.digest), data) == one
    SCHEMA.validate(json.loads(data))


@given(st.lists(_TEXT, max_size=3), _TEXT, _TEXT)
def test_a_withdrawal_is_read_as_it_was_written(those: list[str], by: str, because: str) -> None:
    one = named_withdrawal(Withdrawal("", "c", by, "2026-11-20T08:00:00Z", tuple(those), because))
    assert decode(path_of(one.digest), encode(one)) == one


ONE = named(Approval("", "c", "Ann", "hand", "2026-11-20T08:00:00Z", "1" * 40, "p"))
CHANGES: dict[str, dict[str, object]] = {
    "a newer form": {"format": 2},
    "another kind": {"kind": "veto"},
    "nobody": {"by": " "},
    "no list": {"items": 3},
    "no text": {"at": 3},
    "a pull request without a number": {"pull": "7"},
    "a cost that is no number": {
        "items": [{"step": "a", "group": "1", "definition": "d", "core_hours": [1, 1e999]}]
    },
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_is_no_approval(name: str) -> None:
    document = {**json.loads(encode(ONE)), **CHANGES[name]}
    del document["digest"]
    found = decode(path_of(digest_of(document)), json.dumps(document).encode())
    assert isinstance(found, Unreadable), found
    assert found.why


def test_what_has_another_name_is_no_approval() -> None:
    for path in (path_of("0" * 64), "approvals/notes.txt"):
        assert isinstance(decode(path, encode(ONE)), Unreadable)
    assert isinstance(decode(path_of(ONE.digest), b"[]"), Unreadable)
    assert isinstance(decode(path_of(ONE.digest), b"{" * 100_000), Unreadable)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ann <ann@x>", "A. B. <ANN@x>", True),
        ("ann", "Ann ", True),
        ("Ann <>", "Bob <>", False),
        ("Ann <ann@x>", "Ann <ann@y>", False),
    ],
)
def test_who_is_the_same_person(one: str, other: str, same: bool) -> None:
    assert (person(one) == person(other)) is same


@given(st.lists(APPROVALS, max_size=6), st.randoms())
def test_in_which_order_they_come_does_not_matter(some: list[Approval], random: object) -> None:
    mixed = list(some)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    assert distinct(mixed) == distinct(some)
    backs = (Withdrawal("w", "c", "x", "", tuple(one.digest for one in some[:2])),)
    first, second = Approvals(tuple(some), backs), Approvals(tuple(mixed), backs)
    for one in some:
        for c in one.covers:
            what = (c.step, c.group, c.definition)
            assert first.of(one.campaign, what) == second.of(one.campaign, what)


_VERDICTS = ("approved", "changes_requested", "commented", "dismissed", "pending")
REVIEWS = st.builds(
    Review,
    st.sampled_from(["ann", "bob", "Ann"]),
    st.sampled_from(_VERDICTS),
    st.sampled_from(["", "1" * 40]),
    st.sampled_from(["", "2026-11-20T08:00:00Z", "2026-11-20T08:00:01Z"]),
    st.sampled_from(["MEMBER", "OWNER", "NONE", ""]),
)


@given(st.lists(REVIEWS, max_size=8), st.randoms())
def test_who_approves_does_not_depend_on_the_order_of_a_page(reviews: list[Review], random: object) -> None:
    def yes(some: list[Review]) -> set[str]:
        return {person(one.review.author) for one in settled(some) if not one.why}

    mixed = list(reviews)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    found = yes(reviews)
    assert yes(mixed) == found
    for name in found:
        mine = [r for r in reviews if person(r.author) == name]
        said = [r for r in mine if r.verdict in ("approved", "changes_requested", "dismissed")]
        newest = max(r.at for r in said)
        assert all(r.verdict == "approved" for r in said if r.at in (newest, ""))
        assert any(r.standing in ("MEMBER", "OWNER") and r.commit for r in said)


def test_replaced_texts_change_the_name() -> None:
    assert named(replace(ONE, by="Bob")).digest != ONE.digest
