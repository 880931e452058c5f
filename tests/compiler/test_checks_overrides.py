"""Overrides that hit a part of a product only."""

from __future__ import annotations

from typing import Any

import pytest
from brute import campaign, compiled, messages

SPLIT = [{"by": "detector", "values": "0..5", "size": 2}, {"by": "visit", "values": "1..6", "size": 2}]


def notes(groups: Any, split: Any = SPLIT, **keys: Any) -> list[str]:
    override = {"groups": groups, "because": "x", "bps": {"requestMemory": 9}}
    return messages(compiled(campaign({"step1": {"split": split, "overrides": [override], **keys}})), "CM047")


def test_one_group_of_a_product() -> None:
    assert notes({"detector": 1, "visit": 2}) == [
        "override 1 of step1 hits group 1-2, but not the other groups of visit 2"
    ]


@pytest.mark.parametrize("groups", [["1-2"], "1-2"])
def test_an_id_of_a_group_names_all_axes(groups: Any) -> None:
    assert notes(groups) == ["override 1 of step1 hits group 1-2, but not the other groups of visit 2"]


def test_some_of_several_parts() -> None:
    assert notes({"detector": [1, 2], "visit": "1..2"}) == [
        "override 1 of step1 hits groups 1-1, 1-2, 2-1, 2-2, but not the other groups of visit 1, 2"
    ]


def test_more_than_five_groups_are_counted() -> None:
    split = [SPLIT[0], {"by": "visit", "values": "1..12", "size": 2}]
    assert notes({"detector": "1..2", "visit": "1..3"}, split) == [
        "override 1 of step1 hits groups 1-1, 1-2, 1-3, 2-1, 2-2 and 1 more, but not the other groups of "
        "visit 1..3"
    ]


WHOLE = [
    {"detector": 1},
    {"visit": [1, 3]},
    {"detector": "1..3", "visit": 2},
    {"detector": 1, "visit": "1..3"},
]


@pytest.mark.parametrize("groups", WHOLE)
def test_whole_parts_of_an_axis_are_meant(groups: Any) -> None:
    assert notes(groups) == []


def test_all_groups_are_no_part() -> None:
    assert notes({"detector": "1..3", "visit": "1..3"}) == []


def test_one_axis_is_no_product() -> None:
    assert notes([2], SPLIT[1:]) == []
    assert notes({"visit": 2}, SPLIT[1:]) == []


def test_groups_chosen_by_what_they_hold_are_meant() -> None:
    assert notes({"holds": {"visit": 3}}) == []


def test_extra_groups_are_no_part_of_the_product() -> None:
    extra = {"9": {"visit": [50], "detector": [9], "because": "late"}}
    assert notes(["9"], extra=extra) == []
    assert notes({"visit": 2}, extra=extra) == []
    assert len(notes({"detector": 1, "visit": 2}, extra=extra)) == 1


def test_the_place_is_the_selector() -> None:
    override = {"groups": {"detector": 1, "visit": 2}, "because": "x", "bps": {"requestMemory": 9}}
    result = compiled(campaign({"step1": {"split": SPLIT, "overrides": [override]}}))
    (finding,) = [f for f in result.findings if f.code.name == "CM047"]
    assert finding.span == result.spec.steps[0].overrides[0].groups.span
    assert finding.scope == "step1"


def test_values_are_named_as_in_the_ids_of_groups() -> None:
    split = [{"by": "detector", "values": [1, 2]}, {"by": "band", "values": ["r", "g"]}]
    assert notes({"detector": 1, "band": "g"}, split) == [
        "override 1 of step1 hits group 1-g, but not the other groups of band g"
    ]
