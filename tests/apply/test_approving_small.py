"""No order of approvals, withdrawals and edits has a group claimed, or sent, that too few people approved.

What is expected is counted by the test itself, from what it wrote, at the very moment when an event lands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_world import Small, ends

from cmcompile.ledger.approvals import encode, named, named_withdrawal, path_of
from cmcompile.model.applied import End, Moment, Told
from cmcompile.model.approval import BY_HAND, Approval, Covered, Withdrawal
from cmcompile.model.event import Claimed, Subject
from cmcompile.model.ledger import Tip
from cmcompile.model.transaction import Decided, Judge, Proposal, Recorded, Sight, Stop
from cmcompile.sim.campaign import NAME

#: So many people are asked for by the campaign.
ASKED = 2


@dataclass
class People:
    """Who approve and take back; each goes straight to the remote, as from another clone."""

    small: Small
    given: dict[str, Approval] = field(default_factory=dict)
    back: set[str] = field(default_factory=set)
    number: int = 0

    def approves(self, by: str, *groups: str) -> Approval:
        """Approve groups as they are declared now."""
        declared = {d.group.id: d.definition for d in self.small.scene.branch.newest.variant.declared}
        self.number += 1
        covers = tuple(Covered("a", group, declared[group]) for group in groups)
        at = f"2026-11-20T08:00:{self.number % 60:02}Z"
        one = named(Approval("", NAME, by, BY_HAND, at, f"{self.number:040x}", "p", "Eve", covers=covers))
        self._land(one)
        self.given[one.digest] = one
        return one

    def takes_back(self, by: str) -> None:
        """Take all approvals of a person back."""
        own = tuple(
            sorted(d for d, a in self.given.items() if a.person == by.casefold() and d not in self.back)
        )
        if own:
            self._land(named_withdrawal(Withdrawal("", NAME, by, f"at {self.number}", own)))
            self.back.update(own)

    def approved(self, group: str, definition: str) -> set[str]:
        """Return who has approved a group, and not taken it back."""
        return {
            one.by.casefold()
            for digest, one in self.given.items()
            if digest not in self.back
            and any((c.group, c.definition) == (group, definition) for c in one.covers)
        }

    def _land(self, one: Approval | Withdrawal) -> None:
        store = self.small.scene.far.clone()
        self.small.scene.far.land(
            store.commit(self.small.scene.far.at(), {path_of(one.digest): encode(one)}, "m")
        )


class Between:
    """A ledger in which something happens after each judgement, before what was judged is pushed."""

    def __init__(self, small: Small, then: Callable[[], None]) -> None:
        self._book = small.book
        self._then = then

    def look(self) -> Sight:
        return self._book.look()

    def seen(self) -> Sight:
        return self._book.seen()

    def at(self, tip: Tip) -> Sight | None:
        return self._book.at(tip)

    def file(self, sight: Sight, path: str) -> bytes | None:
        return self._book.file(sight, path)

    def directory(self, subject: Subject) -> str:
        return self._book.directory(subject)

    def decide(self, judge: Judge) -> Decided:
        def judged(sight: Sight) -> Proposal | Stop:
            found = judge(sight)
            self._then()
            return found

        return self._book.decide(judged)

    def record(self, facts: Proposal | Judge) -> Recorded:
        return self._book.record(facts)


@pytest.fixture
def small() -> Small:
    return Small("approved")


@pytest.fixture
def people(small: Small) -> People:
    return People(small)


def test_what_two_approved_is_sent(small: Small, people: People) -> None:
    people.approves("Ann", "1", "2")
    assert small.apply() == []
    people.approves("Bob", "2")
    assert ends(small.apply()) == [End.DONE]
    assert [w.group for w in small.state.workflows()] == ["2"]


def test_an_approval_that_is_taken_back_after_the_plan_claims_nothing(small: Small, people: People) -> None:
    people.approves("Ann", "1")
    people.approves("Bob", "1")
    plan = small.plan()
    people.takes_back("Bob")
    (result,) = small.apply(plan)
    assert result.end is End.STALE
    assert "1 of 2 approvals (Ann)" in result.detail
    assert small.kinds() == []


def test_one_that_is_taken_back_while_the_claim_is_pushed_claims_nothing(
    small: Small, people: People
) -> None:
    people.approves("Ann", "1")
    people.approves("Bob", "1")
    plan = small.plan()
    small.book = Between(small, lambda: people.takes_back("Ann"))
    (result,) = small.apply(plan)
    assert result.end is End.STALE
    assert small.kinds() == []


def test_one_that_is_taken_back_after_the_claim_has_no_gate(small: Small, people: People) -> None:
    people.approves("Ann", "1")
    people.approves("Bob", "1")

    def hears(told: Told) -> None:
        if told.moment is Moment.PREPARED:
            people.takes_back("Bob")

    small.hears = hears
    (result,) = small.apply()
    assert "1 of 2 approvals (Ann)" in result.detail
    assert "submitting" not in small.kinds()
    assert small.scene.wms.runs == {}


def test_a_claim_that_waits_for_a_second_approval_is_made_when_it_is_there(
    small: Small, people: People
) -> None:
    people.approves("Ann", "1")
    assert small.apply() == []
    people.approves("Bob", "1")
    assert ends(small.apply()) == [End.DONE]


PEOPLE, GROUPS = st.sampled_from(["Ann", "Bob", "BOB", "Cid"]), st.sampled_from([("1",), ("2",), ("1", "2")])
ACTS = st.one_of(
    st.none(),
    st.tuples(st.just("approve"), PEOPLE, GROUPS),
    st.tuples(st.just("approve"), PEOPLE, GROUPS),
    st.tuples(st.just("back"), PEOPLE, GROUPS),
    st.just(("edit", "", ())),
)


@given(st.lists(ACTS, max_size=14))
@settings(max_examples=150, deadline=None)
def test_nothing_is_claimed_or_sent_with_fewer_approvals(
    acts: Sequence[tuple[str, str, tuple[str, ...]] | None],
) -> None:
    small = Small("approved")
    people = People(small)
    left = list(acts)
    wrong: list[str] = []

    def next_act() -> None:
        """Do what comes next; at a judgement, on the way, or between two passes."""
        act = left.pop(0) if left else None
        if act is None:
            return
        what, by, groups = act
        if what == "approve":
            people.approves(by, *groups)
        elif what == "back":
            people.takes_back(by)
        elif small.scene.branch.edits:
            small.scene.branch.edit()

    def hears(told: Told) -> None:
        if told.moment in (Moment.CLAIMED, Moment.GATE):
            (claim,) = [
                e.draft.body
                for e in small.events()
                if e.subject == told.subject and isinstance(e.draft.body, Claimed)
            ][-1:]
            who = people.approved(told.subject.group or "", claim.definition)
            if len(who) < ASKED:
                wrong.append(f"{told.moment.value} {told.subject}: {sorted(who)}")
        next_act()

    small.book = Between(small, next_act)
    small.hears = hears
    small.at_once = 1
    while True:
        before = len(left)
        small.apply()
        next_act()
        if not left and before == 0:
            break
    assert wrong == []
    for group in ("1", "2"):
        declared = {d.group.id: d.definition for d in small.scene.branch.newest.variant.declared}
        sent = any(w.group == group and w.used for w in small.state.workflows())
        assert sent or len(people.approved(group, declared[group])) < ASKED
