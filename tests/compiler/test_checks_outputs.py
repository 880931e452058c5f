"""Outputs that two releases write, and rescues with another release than what they cover."""

from __future__ import annotations

from typing import Any

from brute import campaign, compiled, messages

ONE = {"payload": {"output": "u/c/out"}}
VISITS = [{"by": "visit", "values": "1..4"}]


def step(release: str | None, **keys: Any) -> dict[str, Any]:
    """Return a step of four groups with a release, all into one output unless keys say otherwise."""
    return {"split": VISITS, "bps": ONE, **({"vars": {"release": release}} if release else {}), **keys}


def test_two_steps_of_two_releases_with_one_output() -> None:
    result = compiled(campaign({"step1": step("r1"), "step2": step("r2")}))
    assert messages(result, "CM075") == [
        "u/c/out is written by release r1 (step1/1) and by release r2 (step2/1)"
    ]
    (finding,) = [f for f in result.findings if f.code.name == "CM075"]
    assert (finding.span, finding.scope) == (result.spec.steps[1].span, "step2")


def test_each_further_release_is_told() -> None:
    steps = {"step1": step("r1"), "step2": step("r2"), "step3": step("r3"), "step4": step("r1")}
    assert messages(compiled(campaign(steps)), "CM075") == [
        "u/c/out is written by release r1 (step1/1) and by release r2 (step2/1)",
        "u/c/out is written by release r1 (step1/1) and by release r3 (step3/1)",
    ]


def test_two_releases_within_a_step() -> None:
    override = {"groups": [3, 4], "because": "x", "vars": {"release": "r2"}}
    assert messages(compiled(campaign({"step1": step("r1", overrides=[override])})), "CM075") == [
        "u/c/out is written by release r1 (step1/1) and by release r2 (step1/3)"
    ]


def test_what_is_no_conflict() -> None:
    own = {"payload": {"output": "u/${{ release }}"}}
    for steps in (
        {"step1": step("r1"), "step2": step("r1")},
        {"step1": step("r1", bps=own), "step2": step("r2", bps=own)},
        {"step1": step(None), "step2": step("r2")},
        {"step1": step("r1", bps={"payload": {"output": None}}), "step2": step("r2")},
    ):
        assert messages(compiled(campaign(steps)), "CM075") == []


def test_the_output_is_compared_as_bps_fills_it_in() -> None:
    filled = {"payload": {"output": "u/{place}/out", "place": "c"}}
    result = compiled(campaign({"step1": step("r1"), "step2": step("r2", bps=filled)}))
    assert len(messages(result, "CM075")) == 1


def test_the_output_of_a_step_may_be_the_input_of_the_next() -> None:
    after = {"payload": {"output": "u/c/2", "inCollection": "u/c/out"}}
    result = compiled(campaign({"step1": step("r1"), "step2": step("r1", bps=after, needs=["step1"])}))
    assert not {"CM133", "CM075"} & {f.code.name for f in result.findings}
    itself = {"payload": {"output": "u/c/out", "inCollection": "HSC/raw,u/c/out"}}
    assert messages(compiled(campaign({"step1": step("r1", bps=itself)})), "CM133")


RESCUE = {"because": "x", "vars": {"release": "r2"}, "bps": {"payload": {"output": "u/c/again"}}}


def test_a_rescue_of_another_release_is_told_once() -> None:
    result = compiled(campaign({"step1": step("r1", rescues={"again": RESCUE})}))
    assert messages(result, "CM052") == [
        "groups again.1, again.2, again.3, again.4 of step1 have release r2, and 1 and others, which they "
        "cover, r1"
    ]
    (finding,) = [f for f in result.findings if f.code.name == "CM052"]
    assert finding.span == result.spec.steps[0].rescues[0].span
    assert messages(result, "CM075") == []
    one = {**RESCUE, "groups": [2]}
    assert messages(compiled(campaign({"step1": step("r1", rescues={"again": one})})), "CM052") == [
        "group again.2 of step1 has release r2, and 2, which it covers, r1"
    ]


def test_a_rescue_is_compared_with_all_that_it_covers() -> None:
    override = {"groups": [4], "because": "x", "vars": {"release": "r2"}}
    whole = {**RESCUE, "split": [{"by": "visit", "count": 1}], "carry": False}
    result = compiled(campaign({"step1": step("r1", overrides=[override], rescues={"again": whole})}))
    assert messages(result, "CM052") == [
        "group again.1 of step1 has release r2, and 1 and others, which it covers, r1"
    ]


def test_a_rescue_of_the_same_release_is_fine() -> None:
    same = {**RESCUE, "vars": {"release": "r1"}}
    assert messages(compiled(campaign({"step1": step("r1", rescues={"again": same})})), "CM052") == []
    assert messages(compiled(campaign({"step1": step(None, rescues={"again": same})})), "CM052") == []


def test_a_rescue_that_writes_into_the_output_of_another_release_is_told_by_both() -> None:
    rescue = {"because": "x", "vars": {"release": "r2"}}
    result = compiled(campaign({"step1": step("r1", rescues={"again": rescue})}))
    assert messages(result, "CM075") == [
        "u/c/out is written by release r1 (step1/1) and by release r2 (step1/again.1)"
    ]
    assert len(messages(result, "CM052")) == 1
