"""Ids whose exclusion was lifted after their group was sent: named, or taken by the rescue of just these."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from itertools import product
from typing import Any

import pytest
from brute import Combo, campaign, compiled, messages, takes
from hypothesis import given, settings
from hypothesis import strategies as st

from cmcompile.compiler.added import Added, added
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.sent import sent_from
from cmcompile.model.group import SentGroups
from cmcompile.model.outcome import Outcome
from cmcompile.rescue.case import Proposal
from cmcompile.rescue.ground import Step, Told
from cmcompile.rescue.make import make
from cmcompile.rescue.recovery import recoveries

VISITS = [{"by": "visit", "list": "visits", "size": 3}]
PRODUCT = [*VISITS, {"by": "detector", "values": "0..3", "size": 2}]
RECOVERY = [{"of": "added_inputs", "name": "late"}]


def spec(split: list[Any], excluded: dict[str, list[int]] | None = None, **step: Any) -> dict[str, Any]:
    some = [{name: ids, "because": "x"} for name, ids in (excluded or {}).items() if ids]
    return campaign(
        {"step1": {"split": split, **step}},
        lists={"visits": {"file": "visits.txt"}},
        **({"exclude": some} if some else {}),
    )


def rows(ids: Iterable[int]) -> dict[str, str]:
    return {"visits.txt": "".join(f"{i}\n" for i in sorted(ids))}


NINE = rows(range(1, 10))


def sent(result: Compilation, *ids: str) -> SentGroups:
    made = {m.group.id: m for m in result.groups}
    return SentGroups({("step1", name): sent_from(made[name]) for name in ids if name in made})


def left_out(result: Compilation) -> tuple[Added, ...]:
    made = {m.group.id: m for m in result.groups}
    return added(result.spec, result.steps["step1"], made)


def proposed(result: Compilation) -> Proposal:
    step = Step(result, "step1", [])
    told = {one.group.id: Told(Outcome(()), added=one.ids) for one in step.added()}
    return make(step.ground(), step.cases(told), recoveries(step.step))


def with_entries(given_spec: dict[str, Any], proposal: Proposal) -> dict[str, Any]:
    found = copy.deepcopy(given_spec)
    known = found["steps"]["step1"].setdefault("rescues", {})
    known.update({entry.name: entry.body for entry in proposal.entries})
    return found


def test_what_nobody_takes_is_named_and_what_it_needs() -> None:
    before = compiled(spec(VISITS, {"visit": [5, 9]}), NINE)
    result = compiled(spec(VISITS, {"visit": [9]}), NINE, sent(before, "1", "2", "3"))
    assert messages(result, "CM064") == [
        "visit 5 of list visits is excluded no more, and in no group: group 2 of step1 was sent without it"
    ]
    [finding] = [f for f in result.findings if f.code.name == "CM064"]
    assert "cmcompile rescue c/step1 --from-outcome" in finding.hint
    assert finding.span == result.spec.steps[0].split[0].span
    assert messages(result, "CM045") == ["visit 9 is excluded: taken out of group 3 of step1"], (
        "what was lifted is not told as if an override took it out"
    )


def test_without_a_recovery_for_them_no_rescue_is_made() -> None:
    before = compiled(spec(VISITS, {"visit": [5]}), NINE)
    result = compiled(spec(VISITS), NINE, sent(before, "2"))
    assert proposed(result).entries == ()
    step = spec(VISITS, recovery=[{"of": ["failed", "unconsumed"]}])
    assert proposed(compiled(step, NINE, sent(before, "2"))).entries == ()


def test_a_rescue_takes_just_these() -> None:
    before = compiled(spec(VISITS, {"visit": [2, 5, 6]}), NINE)
    after = spec(VISITS, {"visit": [6]}, recovery=RECOVERY)
    result = compiled(after, NINE, sent(before, "1", "2"))
    [entry] = proposed(result).entries
    assert entry.body == {
        "because": "visit 2, 5 were excluded when their groups were sent",
        "groups": [1, 2],
        "where": "visit in (2, 5)",
        "skip_existing_in": "prior",
    }
    again = compiled(with_entries(after, proposed(result)), NINE, sent(before, "1", "2"))
    assert messages(again, "CM064") == []
    assert not again.failed
    where = {m.group.id: m.where for m in again.groups}
    assert where["late.1"].endswith("visit in (1..3) and visit in (2, 5)")
    assert where["late.2"].endswith("visit in (4..6) and visit in (2, 5) and visit != 6")


def test_groups_that_one_clause_would_give_too_much_get_their_own() -> None:
    late = {"visit": [5], "detector": [3]}
    groups = compiled(spec(PRODUCT, late), NINE), compiled(spec(PRODUCT, {"visit": [5]}), NINE)
    both = SentGroups({**sent(groups[0], "2-1", "1-2").groups, **sent(groups[1], "2-2").groups})
    result = compiled(spec(PRODUCT, recovery=RECOVERY), NINE, both)
    found = {entry.groups: entry.body["where"] for entry in proposed(result).entries}
    assert found == {("1-2", "2-1"): "detector = 3 or visit = 5", ("2-2",): "visit = 5"}


@pytest.mark.parametrize(
    ("rescue", "named"),
    [
        ({"groups": [2]}, False),
        ({"groups": [2], "where": "visit in (5, 6)"}, False),
        ({"groups": [2], "where": "visit = 6"}, True),
        ({"groups": [2], "where": "visit.exposure_time > 30"}, True),
        ({"groups": [2], "bps": {"pipelineYaml": "${DRP_PIPE_DIR}/p.yaml#isr"}}, True),
        ({"groups": [2], "bps": {"pipelineYaml": "${DRP_PIPE_DIR}/q.yaml#s"}}, False),
        ({"groups": [1]}, True),
    ],
)
def test_a_rescue_counts_for_what_it_takes(rescue: dict[str, Any], *, named: bool) -> None:
    before = compiled(spec(VISITS, {"visit": [5]}), NINE)
    after = spec(VISITS, rescues={"r": {"because": "x", **rescue}})
    assert bool(messages(compiled(after, NINE, sent(before, "2")), "CM064")) == named


def test_halves_of_a_group_count_together() -> None:
    before = compiled(spec(VISITS, {"visit": [5]}), NINE)
    split = [{"by": "visit", "size": 2}]
    halves = {"r": {"because": "x", "groups": [2], "split": split}}
    assert left_out(compiled(spec(VISITS, rescues=halves), NINE, sent(before, "2"))) == ()
    before = compiled(spec(PRODUCT, {"visit": [5]}), NINE)
    one = {"because": "x", "groups": {"visit": 2, "detector": 1}}
    half = {"a": {**one, "where": "detector = 0"}}
    assert left_out(compiled(spec(PRODUCT, rescues=half), NINE, sent(before, "2-1")))
    half["b"] = {**one, "where": "detector = 1"}
    assert left_out(compiled(spec(PRODUCT, rescues=half), NINE, sent(before, "2-1"))) == ()


def test_a_group_made_by_hand_is_pointed_at() -> None:
    extra = {"77": {"visit": [50, 51], "because": "late"}}
    before = compiled(spec(VISITS, {"visit": [50]}, extra=extra), NINE)
    result = compiled(spec(VISITS, extra=extra, recovery=RECOVERY), NINE, sent(before, "77"))
    [finding] = [f for f in result.findings if f.code.name == "CM064"]
    assert finding.message.startswith("visit 50 is excluded no more")
    assert finding.span == result.spec.steps[0].extra[0].span
    again = compiled(with_entries(spec(VISITS, extra=extra), proposed(result)), NINE, sent(before, "77"))
    [rescue] = [m for m in again.groups if m.group.rescue]
    assert rescue.group.covers == ("77",)
    assert rescue.where.endswith("visit = 50")


ids = st.sets(st.integers(1, 12), max_size=6)
dets = st.sets(st.integers(0, 3), max_size=2)


@settings(max_examples=120)
@given(
    wide=st.booleans(),
    history=st.lists(
        st.tuples(ids, ids, ids, dets, st.lists(st.integers(0, 60), max_size=4)), min_size=2, max_size=3
    ),
)
def test_no_id_is_lost_silently(*, wide: bool, history: list[Any]) -> None:
    """Lists grow and shrink, exclusions come and go, groups are sent: each id is somewhere, or told."""
    split = PRODUCT if wide else VISITS
    listed = {1, 2, 3, 5, 6, 8}
    pinned: dict[tuple[str, str], Any] = {}
    for come, gone, veto, lame, chosen in history:
        listed = (listed | come) - gone or {1}
        after = spec(
            split, {"visit": sorted(veto), "detector": sorted(lame) if wide else []}, recovery=RECOVERY
        )
        result = compiled(after, rows(listed), SentGroups(dict(pinned)))
        _nothing_is_lost(result, after, listed, SentGroups(dict(pinned)), veto, lame if wide else set())
        order = [m.group.id for m in result.groups]
        pinned |= sent(result, *(order[at % len(order)] for at in chosen if order)).groups


def _nothing_is_lost(
    result: Compilation,
    after: dict[str, Any],
    listed: set[int],
    pinned: SentGroups,
    veto: set[int],
    lame: set[int],
) -> None:
    wide = len(result.spec.steps[0].split) > 1
    combos: list[Combo] = [
        (("visit", v), ("detector", d)) for v, d in product(sorted(listed), range(4) if wide else (0,))
    ]
    wheres = [m.where for m in result.groups]
    lost = [c for c in combos if not any(takes(w, c) for w in wheres)]
    open_ = [c for c in lost if c[0][1] not in veto and not (wide and c[1][1] in lame)]
    named = left_out(result)
    assert bool(messages(result, "CM064")) == bool(named)
    for combo in open_:
        assert any(
            all(dict(combo)[p.dimension or ""] in p.ids for p in one.group.parts)
            and any(dict(combo)[axis] in some for axis, some in one.ids.items())
            for one in named
        ), combo
    again = compiled(with_entries(after, proposed(result)), rows(listed), pinned)
    assert not again.failed
    assert messages(again, "CM064") == []
    rescues = [m.where for m in again.groups if m.group.rescue]
    taken = [c for c in combos if any(takes(w, c) for w in rescues)]
    assert taken == open_


def test_the_property_can_fail() -> None:
    """It sees an id that is in no group and of which nothing is said."""
    before = compiled(spec(VISITS, {"visit": [5]}), NINE)
    result = compiled(spec(VISITS, recovery=RECOVERY), NINE, sent(before, "2"))
    listed = set(range(1, 10))
    quiet = compiled(spec(VISITS, {"visit": [5]}, recovery=RECOVERY), NINE, sent(before, "2"))
    with pytest.raises(AssertionError):
        _nothing_is_lost(quiet, spec(VISITS, {"visit": [5]}), listed, sent(before, "2"), set(), set())
    _nothing_is_lost(result, spec(VISITS, recovery=RECOVERY), listed, sent(before, "2"), set(), set())
