"""Edits that would alter or remove sent groups, with sent groups made by hand."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from brute import PATH, campaign, compiled, messages

from cmcompile.compiler.result import Compilation
from cmcompile.compiler.sent import sent_from
from cmcompile.model.diagnostic import Diagnostic
from cmcompile.model.group import SentGroups

SPLIT = [{"by": "detector", "values": "0..3", "count": 2}, {"by": "visit", "values": "1..6", "size": 2}]
#: Groups 1-1 to 2-3, an extra group, and two rescue groups.
SPEC = campaign(
    {
        "step1": {
            "split": SPLIT,
            "bps": {"description": "first"},
            "extra": {"9": {"visit": [50], "detector": [0], "because": "late"}},
            "overrides": [
                {"groups": {"visit": 2}, "because": "x", "bps": {"numberOfRetries": 5}},
                {"groups": {"visit": 3}, "because": "x", "bps": {"numberOfRetries": 6}},
            ],
            "rescues": {
                "again": {
                    "because": "x",
                    "groups": {"visit": [1, 2]},
                    "split": ["visit"],
                    "overrides": [{"groups": [2], "because": "x", "bps": {"requestMemory": 9}}],
                }
            },
        },
        "step2": {"split": [{"by": "tract", "values": "1..3"}]},
    }
)


def sent(*ids: str, spec: Any = SPEC) -> SentGroups:
    """Return groups, named ``step/id``, as they were sent with a spec."""
    made = {f"{m.group.step}/{m.group.id}": m for m in compiled(spec).groups}
    groups = [sent_from(made[name]) for name in ids]
    return SentGroups({(g.step, g.id): g for g in groups})


def edited(**keys: Any) -> dict[str, Any]:
    """Return the spec with other values for keys of step1."""
    spec = copy.deepcopy(SPEC)
    spec["steps"]["step1"].update(keys)
    return spec


def found(result: Compilation, code: str) -> list[Diagnostic]:
    return [f for f in result.findings if f.code.name == code]


ALL = ("step1/1-1", "step1/1-2", "step1/2-2", "step1/1-3", "step1/9", "step1/again.1", "step1/again.2")


def test_nothing_is_said_while_nothing_changes() -> None:
    result = compiled(SPEC, sent=sent(*ALL, "step2/1"))
    assert not [f for f in result.findings if f.code.name.startswith("CM06")]


def test_altered_groups_of_a_step_are_one_finding_that_lists_them() -> None:
    result = compiled(edited(bps={"description": "second"}), sent=sent(*ALL))
    assert messages(result, "CM060") == [
        "groups 1-1, 1-2, 1-3, 2-2, 9 of step1 were sent, and an edit would alter their files or includes",
        "groups again.1, again.2 of step1 were sent, and an edit would alter their files or includes",
    ]
    steps = {s.name: s for s in result.spec.steps}
    assert [f.span for f in found(result, "CM060")] == [
        steps["step1"].span,
        steps["step1"].rescues[0].span,
    ]
    assert all("supersede" in f.hint and "rescue" in f.hint for f in found(result, "CM060"))


def test_ten_thousand_altered_groups_are_one_finding() -> None:
    spec = campaign({"step1": {"split": [{"by": "visit", "values": "1..2000"}]}})
    names = [f"step1/{n}" for n in range(1, 2001)]
    other = copy.deepcopy(spec)
    other["steps"]["step1"]["bps"] = {"description": "x"}
    (message,) = messages(compiled(other, sent=sent(*names, spec=spec)), "CM060")
    assert message == (
        "groups 1, 2, 3, 4, 5, 6, 7, 8 and 1992 more of step1 were sent, and an edit would alter their files "
        "or includes"
    )


def test_the_override_that_was_edited_is_pointed_at() -> None:
    overrides = copy.deepcopy(SPEC["steps"]["step1"]["overrides"])
    overrides[1]["bps"]["numberOfRetries"] = 7
    result = compiled(
        edited(overrides=overrides), sent=sent("step1/1-1", "step1/1-2", "step1/1-3", "step1/2-3")
    )
    (finding,) = found(result, "CM060")
    assert finding.message.startswith("groups 1-3, 2-3 of step1 were sent")
    assert finding.span == result.spec.steps[0].overrides[1].span
    assert finding.scope == "step1"


def test_the_override_of_a_rescue_is_pointed_at() -> None:
    rescues = copy.deepcopy(SPEC["steps"]["step1"]["rescues"])
    rescues["again"]["overrides"][0]["bps"]["requestMemory"] = 10
    result = compiled(edited(rescues=rescues), sent=sent("step1/again.1", "step1/again.2"))
    (finding,) = found(result, "CM060")
    assert finding.message.startswith("group again.2 of step1 was sent, and an edit would alter its file")
    assert finding.span == result.spec.steps[0].rescues[0].overrides[0].span


def test_an_extra_group_that_was_edited_is_pointed_at() -> None:
    extra = {"9": {"visit": [50], "detector": [0], "because": "late", "where": "visit = 50"}}
    result = compiled(edited(extra=extra), sent=sent("step1/1-1", "step1/9"))
    (finding,) = found(result, "CM060")
    assert finding.span == result.spec.steps[0].extra[0].span


def test_an_edit_of_an_include_alters_the_groups_that_need_it() -> None:
    spec = campaign({"step1": {"bps": {"includeConfigs": ["a.yaml"]}}, "step2": {}})
    before = compiled(spec, {"a.yaml": "requestMemory: 1\n"})
    groups = {("step1", "all"): sent_from(before.groups[0]), ("step2", "all"): sent_from(before.groups[1])}
    after = compiled(spec, {"a.yaml": "requestMemory: 2\n"}, SentGroups(groups))
    assert messages(after, "CM060") == [
        "group all of step1 was sent, and an edit would alter its file or an include"
    ]


@pytest.mark.parametrize(
    ("removed", "groups", "said"),
    [
        (("step1",), ("step1/1-1", "step1/2-2"), "groups 1-1, 2-2 of step1 were"),
        (("step1", "rescues"), ("step1/again.1",), "group again.1 of step1 was"),
        (("step1", "extra"), ("step1/9",), "group 9 of step1 was"),
    ],
)
def test_what_is_not_made_any_more(removed: tuple[str, ...], groups: tuple[str, ...], said: str) -> None:
    spec = copy.deepcopy(SPEC)
    *above, last = ("steps", *removed)
    place = spec
    for key in above:
        place = place[key]
    del place[last]
    result = compiled(spec, sent=sent(*groups))
    (finding,) = found(result, "CM061")
    it = "it" if said.endswith("was") else "them"
    assert finding.message == f"{said} sent, and the spec does not make {it} any more"
    assert finding.span == (result.spec.steps[0].span if len(removed) > 1 else result.spec.span)


def test_a_new_axis_is_pointed_at() -> None:
    first = campaign({"step1": {"split": SPLIT[:1]}})
    result = compiled(campaign({"step1": {"split": SPLIT}}), sent=sent("step1/1", "step1/2", spec=first))
    (finding,) = found(result, "CM061")
    assert finding.message.startswith("groups 1, 2 of step1 were sent")
    assert finding.span == result.spec.steps[0].split[1].span


def test_an_exclusion_after_sending_is_a_note_and_alters_nothing() -> None:
    spec = {**SPEC, "exclude": [{"visit": [3], "because": "corrupt"}]}
    result = compiled(spec, sent=sent("step1/1-2", "step1/again.1"))
    (finding,) = found(result, "CM063")
    assert finding.message == (
        "group step1/1-2 was sent with visit 3: the exclusion counts for its rescues only"
    )
    assert finding.span == result.spec.exclude[0].span
    assert not messages(result, "CM060")
    made = {m.group.id: m.where for m in result.groups if m.group.step == "step1"}
    assert "!= 3" not in made["1-2"]
    assert "visit != 3" in made["2-2"]
    assert "visit != 3" in made["again.2"]


def test_an_exclusion_before_sending_may_not_be_taken_back() -> None:
    spec = {**SPEC, "exclude": [{"visit": [3], "because": "corrupt"}]}
    result = compiled(SPEC, sent=sent("step1/1-2", spec=spec))
    assert not messages(result, "CM060")  # it keeps its clause
    assert "visit != 3" in next(m.where for m in result.groups if m.group.id == "1-2")


def test_where_the_file_is_written_is_part_of_what_was_sent() -> None:
    result = compiled(edited(file="x/${{ group.id }}.yaml"), sent=sent("step1/1-1"))
    assert messages(result, "CM060") == [
        "group 1-1 of step1 was sent, and an edit would alter its file or an include"
    ]
    assert {f.span.file for f in found(result, "CM060") if f.span} == {PATH}


def test_a_group_without_a_digest_is_pinned_and_not_compared() -> None:
    groups = sent("step1/1-1").groups
    unknown = SentGroups({key: replace(group, digest="") for key, group in groups.items()})
    changed = edited(bps={"description": "second"})
    assert messages(compiled(changed, sent=SentGroups(groups)), "CM060")
    assert not messages(compiled(changed, sent=unknown), "CM060")
    moved = edited(split=[SPLIT[0], {"by": "visit", "values": "1..6", "size": 3}])
    made = compiled(moved, sent=unknown)
    assert next(m.group for m in made.groups if m.group.id == "1-1").parts[1].ids == (1, 2)
    assert messages(compiled(edited(split=[SPLIT[1]]), sent=unknown), "CM061")
