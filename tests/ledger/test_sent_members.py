"""What claims keep of sent groups, and that the ids come back exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from event_samples import PROCESS, SPEC, WMS
from hypothesis import given
from hypothesis import strategies as st

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.ids import sort_ids, typed
from cmcompile.compiler.sent import rescue_axes, sent_from
from cmcompile.ledger.listed import Columns
from cmcompile.ledger.sent import member_of, members_of, sent_groups
from cmcompile.model.campaign import Axis, Cut, ListData, Source
from cmcompile.model.diagnostic import Diagnostic
from cmcompile.model.event import Claimed, Member
from cmcompile.model.group import Group, Part, SentGroups
from cmcompile.model.ids import Id
from cmcompile.model.source import Span
from cmcompile.model.states import GroupRecord, LedgerState, Workflow, WorkflowState
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

HERE = Span("a.yaml", 1, 1)
Lists = dict[str, ListData]


def lists(*ids: Id, name: str = "visits", column: str = "visit") -> Lists:
    return {name: ListData(name, "v.txt", {column: ids}, {}, HERE)}


def part(*ids: Id, key: str = "1", source: int = 0, axis: str = "visit") -> Part:
    return Part(axis, axis, key, int(key) if key.isdigit() else None, ids, source)


def kept(some: Part, of: Lists) -> Member:
    return member_of(some, Columns(of), "visits", "visit")


def claim(members: Mapping[str, Member], *, emit: int = 1, commit: str = "c0ffee") -> Claimed:
    spec = replace(SPEC, emit=emit, commit=commit)
    return Claimed("n", "p", "o", "s", WMS, "definition", spec, PROCESS, members=dict(members))


def workflow(
    made: Claimed | None,
    *,
    name: str = "w00",
    used: bool = True,
    live: bool = True,
    run_id: str | None = None,
) -> Workflow:
    state = WorkflowState.RUNNING
    return Workflow("step1", "1", name, state, live, claim=made, used=used, run_id=run_id)


def state(*workflows: Workflow, group: str = "1", superseded: tuple[str, ...] = ()) -> LedgerState:
    record = GroupRecord("step1", group, workflows, superseded=frozenset(superseded))
    return LedgerState({("step1", group): record})


def sent(
    of: LedgerState, now: Lists, then: Mapping[str, Lists] | None = None, emit: int = 1
) -> tuple[SentGroups, list[Diagnostic]]:
    def at_commit(path: str, commit: str) -> Lists | None:
        assert path == SPEC.path
        return (then or {}).get(commit)

    groups, findings = sent_groups(of, now, at_commit, emit)
    return groups, list(findings)


def ids_of(groups: SentGroups, axis: str = "visit") -> tuple[Id, ...]:
    return groups.groups["step1", "1"].parts[axis][1]


def test_neighbours_in_a_list_are_one_range() -> None:
    found = kept(part(20, 30, 40, key="3", source=1), lists(50, 40, 30, 20, 10, 20))
    assert (found.over, found.column, found.ranges) == ("visits", "visit", ((20, 40),))
    assert (found.key, found.source, found.count, found.values) == ("3", 1, 3, ())


def test_ids_apart_are_some_ranges_or_the_ids_themselves() -> None:
    of = lists(*range(20))
    assert kept(part(0, 1, 2, 5, 6, 7), of).ranges == ((0, 2), (5, 7))
    assert kept(part(0, 2, 4, 6), of).values == (0, 2, 4, 6)
    assert kept(part(7), of).values == (7,)


def test_ids_that_the_list_does_not_hold_are_kept_themselves() -> None:
    of = lists(1, 2, 3, 4)
    for some in ((1, 2, 3, 5), (0, 1, 2, 3), ("1", "x", "y"), (1, 2, 3, "a")):
        found = kept(part(*some), of)
        assert (found.over, found.values) == (None, some)
    assert member_of(part(1, 2, 3), Columns({}), "visits", "visit").values == (1, 2, 3)
    assert member_of(part(1, 2, 3), Columns(of), None).values == (1, 2, 3)


def test_numbers_of_a_list_may_be_texts_of_a_dimension_and_the_reverse() -> None:
    assert kept(part("1", "10", "2"), lists(1, 2, 10)).ranges == (("1", "2"),)
    assert kept(part(1, 2, 10), lists("1", "10", "2")).ranges == ((1, 10),)


def test_members_are_those_of_the_axis_sources() -> None:
    cut = Cut("size", 3)
    sources = (
        Source("old", None, "visit", cut, None, HERE),
        Source("visits", None, "visit", cut, None, HERE),
    )
    axis = Axis("visit", "visit", sources, None, "", 1, None, False, "full", HERE)
    group = Group("step1", "2-r", (part(1, 2, 3, key="2", source=1), part("r", key="r", axis="band")))
    found = members_of(group, (axis,), lists(1, 2, 3, 4))
    assert {name: m.over for name, m in found.items()} == {"visit": "visits", "band": None}
    extra = Group("step1", "x", (part(1, 2, 3, key="x", source=-1),), extra="x")
    assert members_of(extra, (axis,), lists(1, 2, 3))["visit"].values == (1, 2, 3)


SPEC_FILES = {
    "a/campaign.yaml": """
cmcompile: 1
campaign: a
where: instrument='HSC' and skymap='hsc'
bps:
  pipelineYaml: ${DRP_PIPE_DIR}/p.yaml#s
  payload: {butlerConfig: /repo/main, inCollection: HSC/raw, output: "u/c/${{ group.id }}"}
lists:
  visits: {file: visits.txt, columns: [visit, band, detector]}
  old: {file: old.txt}
steps:
  step1:
    split:
    - by: visit
      parts: [{list: visits, size: 5}, {list: old, size: 3}]
    - {by: band, values: [g, r]}
    - {by: detector, list: visits, size: 2, order: descending}
    extra: {"99": {visit: [500, 501], because: late}}
    rescues:
      again: {because: x, groups: {visit: 1}}
      anew: {because: x, groups: {visit: 2}, split: [{by: visit, size: 2}]}
exclude:
- {visit: [3], because: bad}
""",
    "a/visits.txt": "".join(f"{v} {'gr'[v % 2]} {d}\n" for v in range(30) for d in range(v % 4, 7)),
    "a/old.txt": "".join(f"{v}\n" for v in range(100, 120, 2)),
}


def test_every_kind_of_group_comes_back_as_it_was_sent(tmp_path: Path) -> None:
    for name, text in SPEC_FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    spec, _ = load(WorkingTree(tmp_path), "a/campaign.yaml")
    assert spec is not None
    result = compile_spec(spec)
    step = spec.steps[0]
    passes = {None: step.split} | {r.name: rescue_axes(step, r) for r in step.rescues}
    columns, records, expected = Columns(spec.lists), {}, {}
    for made in result.groups:
        group = made.group
        members = members_of(group, passes[group.rescue], columns)
        body = replace(claim(members), definition=made.digest, excluded=group.excluded)
        found = Workflow("step1", group.id, "w00", WorkflowState.FAILED, live=False, claim=body, used=True)
        records["step1", group.id] = GroupRecord("step1", group.id, (found,))
        expected["step1", group.id] = sent_from(made)
    assert {name.partition(".")[0] for _, name in expected if "." in name} == {"again", "anew"}
    groups, findings = sent_groups(LedgerState(records), spec.lists, emit=1)
    assert (groups.groups, findings) == (expected, ())
    again = compile_spec(spec, groups)
    assert {m.group.id: m.digest for m in again.groups} == {m.group.id: m.digest for m in result.groups}


_ids = st.one_of(
    st.integers(-3, 30), st.sampled_from(["r", "01", "-0", "a b", "é"]), st.integers(0, 9).map(str)
)


@given(st.lists(_ids, min_size=1, max_size=20), st.data(), st.sampled_from(["band", "visit", None]))
def test_ids_come_back_exactly(column: list[Id], data: st.DataObject, dimension: str | None) -> None:
    values = sort_ids(set(typed(column, dimension)))
    mine = tuple(i for i in values if data.draw(st.booleans())) or (values[0],)
    of = lists(*column)
    found = kept(part(*mine), of)
    groups, findings = sent(state(workflow(claim({"visit": found}))), of)
    assert (ids_of(groups), findings) == (mine, [])
    assert list(map(type, ids_of(groups))) == list(map(type, mine))


@given(st.sets(st.integers(0, 60), min_size=3, max_size=40), st.sets(st.integers(0, 60)), st.data())
def test_a_list_that_changes_changes_no_sent_group(old: set[int], new: set[int], data: st.DataObject) -> None:
    values = sorted(old)
    lo = data.draw(st.integers(0, len(values) - 1))
    mine = tuple(values[lo : lo + data.draw(st.integers(1, 20))])
    then = lists(*values)
    found = kept(part(*mine), then)
    groups, findings = sent(state(workflow(claim({"visit": found}))), lists(*new), {"c0ffee": then})
    assert (ids_of(groups), findings) == (mine, [])


def test_a_commit_is_only_asked_for_where_the_digest_differs_and_once() -> None:
    asked = []

    def at_commit(path: str, commit: str) -> Lists | None:
        asked.append(commit)
        return lists(1, 2, 3, 4, 5, 6)

    then = lists(1, 2, 3, 4, 5, 6)
    records = {}
    for name, ids in (("1", (1, 2, 3)), ("2", (4, 5, 6))):
        made = claim({"visit": kept(part(*ids, key=name), then)})
        records["step1", name] = GroupRecord("step1", name, (workflow(made),))
    of = LedgerState(records)
    assert not sent_groups(of, lists(1, 2, 3, 4, 5, 6, 7), at_commit, 1)[1]
    assert asked == []
    groups, findings = sent_groups(of, lists(1, 3, 4, 6), at_commit, 1)
    assert asked == ["c0ffee"]
    assert not findings
    assert [g.parts["visit"][1] for g in groups.of("step1")] == [(1, 2, 3), (4, 5, 6)]


@pytest.mark.parametrize(("commit", "word"), [("c0ffee", "not in this clone"), ("", "an uncommitted tree")])
def test_a_commit_that_is_not_there_is_told(commit: str, word: str) -> None:
    made = claim({"visit": kept(part(1, 3, 5), lists(1, 3, 5))}, commit=commit)
    groups, [finding] = sent(state(workflow(made)), lists(1, 3, 4, 5))
    assert finding.code.name == "CM200"
    assert finding.message.startswith("the ids of group 1 of step1 can't be had: list visits was changed")
    assert word in finding.message
    assert ids_of(groups) == (1, 3, 4, 5)  # all that is known
    groups, [finding] = sent(state(workflow(made)), {})
    assert groups.groups["step1", "1"].parts == {}


def test_many_groups_make_one_finding() -> None:
    then = lists(*range(100))
    records = {}
    for n in range(10):
        made = claim({"visit": kept(part(*range(10 * n, 10 * n + 10), key=str(n)), then)})
        records["step1", str(n)] = GroupRecord("step1", str(n), (workflow(made),))
    _, [finding] = sent(LedgerState(records), lists(*range(0, 100, 2)))
    assert "groups 0, 1, 2, 3, 4 and 5 more of step1" in finding.message


def test_a_claim_that_contradicts_itself_is_told() -> None:
    found = kept(part(1, 2, 3), lists(1, 2, 3))
    made = claim({"visit": replace(found, digest="0")})
    groups, [finding] = sent(state(workflow(made)), lists(1, 2, 3), {"c0ffee": lists(1, 2, 3)})
    assert finding.code.name == "CM201"
    assert ids_of(groups) == (1, 2, 3)
    assert ids_of(sent(state(workflow(made)), lists(1, 3), {"c0ffee": lists(1, 2, 3)})[0]) == (1, 2, 3)
    made = claim({"visit": Member("1", 0, 2, "0", values=(7, 8))})
    groups, [finding] = sent(state(workflow(made)), {})
    assert finding.code.name == "CM201"
    assert "the claim names other ids" in finding.message
    assert ids_of(groups) == (7, 8)


def test_what_counts_as_sent() -> None:
    made = claim({"visit": kept(part(1), lists(1))})
    for used, live, run_id, expected in (
        (True, False, None, True),  # has ended, or was given up after its gate
        (False, True, None, True),  # claimed, being prepared
        (False, False, None, False),  # abandoned before its gate, prepare_failed, not_called
        (False, False, "7", True),  # adopted
    ):
        found = workflow(made, used=used, live=live, run_id=run_id)
        assert bool(sent(state(found), lists(1))[0].groups) is expected
    assert not sent(state(), lists(1))[0].groups
    assert not sent(state(workflow(made), superseded=("w00",)), lists(1))[0].groups


def test_the_newest_claim_that_counts_tells() -> None:
    first, second, third = (claim({"visit": kept(part(n), lists(n))}) for n in (1, 2, 3))
    flows = (
        workflow(first, name="w00"),
        workflow(second, name="w01"),
        workflow(third, name="w02", used=False, live=False),
        workflow(None, name="w03"),
    )
    assert ids_of(sent(state(*flows), {})[0]) == (2,)
    assert ids_of(sent(state(*flows, superseded=("w01",)), {})[0]) == (1,)


def test_a_group_whose_claim_can_not_be_read_is_sent_all_the_same() -> None:
    groups, [finding] = sent(state(workflow(None)), {})
    assert finding.code.name == "CM202"
    assert groups.groups["step1", "1"].parts == {}


def test_a_claim_of_another_emit_is_pinned_and_not_compared() -> None:
    made = replace(claim({"visit": kept(part(1, source=2), lists(1))}, emit=1), excluded={"visit": (9,)})
    now = sent(state(workflow(made)), {}, emit=1)[0].groups["step1", "1"]
    assert (now.digest, now.excluded, now.sources) == ("definition", {"visit": (9,)}, {"visit": 2})
    groups, [finding] = sent(state(workflow(made)), {}, emit=2)
    assert (finding.code.name, finding.severity.value) == ("CM203", "note")
    assert groups.groups["step1", "1"] == replace(now, digest="")
