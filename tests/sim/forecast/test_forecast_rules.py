"""What a forecast makes of pauses, holds, growing lists, people, shared outputs and a limit of children."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from forecast_campaigns import POLICY, Made, made

from cmcompile.model.forecast import Range, Variant
from cmcompile.sim.forecast.forecast import answer, quantiles
from cmcompile.sim.forecast.spread import Between, always, measured
from cmcompile.sim.forecast.times import Kind, Mix, Times
from cmcompile.version import EMIT

HOUR = 3600.0
ONE = Kind(always(10 * HOUR), always(600), 0.0, "declared")


def told(found: Made, *, kind: Kind = ONE, person: float | None = None, at_once: int = 4) -> Variant:
    steps = [step.name for step in found.result.spec.steps]
    rescue = replace(kind, duration=always(HOUR), failures=0.0)
    times = Times(
        dict.fromkeys(steps, kind), dict.fromkeys(steps, rescue), 900.0, at_once=at_once, person=person
    )
    return answer(found.inputs(), times, "as written", None, 1, 1, EMIT).variant


def end(found: Made, **more: object) -> float | None:
    return told(found, **more).ends.p50  # type: ignore[arg-type]


def hours(value: float) -> float:
    return value * HOUR


def test_one_group_takes_as_long_as_it_takes() -> None:
    assert end(made("steps: {a: {}}\n")) == hours(10.25)  # ten hours and ten minutes, seen by the next pass


def test_a_step_that_needs_another_begins_in_the_pass_that_accepts_it() -> None:
    assert end(made("steps: {a: {}, b: {needs: a}}\n")) == hours(20.5)


def test_limits_make_waves() -> None:
    text = "limits: {running: 2}\nsteps: {a: {split: [{by: tract, values: 1..6}]}}\n"
    assert end(made(text)) == hours(3 * 10.25)


def test_children_prepare_so_many_at_once() -> None:
    four = made("steps: {a: {split: [{by: tract, values: 1..4}]}}\n")
    assert end(four) == hours(10.25)
    assert end(four, at_once=1) == hours(10.75)
    limited = made("limits: {submitting: 1}\nsteps: {a: {split: [{by: tract, values: 1..4}]}}\n")
    assert end(limited) == hours(10.75)
    shared = (
        "step_defaults: {bps: {payload: {output: u/all}}}\nsteps: {a: {split: [{by: tract, values: 1..4}]}}\n"
    )
    assert end(made(shared)) == hours(10.75)


def test_a_pause_holds_everything_up() -> None:
    text = "pause: [{from: 2026-11-20, to: 2026-11-21, because: x}]\nsteps: {a: {}}\n"
    found = told(made(text))
    assert found.ends.p50 == hours(40 + 10.25)  # it is 8 o'clock on the 20th, and the 21st is part of it
    assert [(held.kind, held.what) for held in found.held if held.kind == "pause"] == [("pause", "a")]


def test_a_pause_that_never_ends() -> None:
    found = told(made("pause: [{from: 2026-11-20, because: x}]\nsteps: {a: {}}\n"))
    assert found.ends.p50 is None
    assert found.stuck


GROWING = """\
lists:
  visits: {query: {dimensions: visit, collections: x, where: "visit > 1"}, file: v.txt, columns: [visit]}
steps: {a: {split: [{by: visit, list: visits, size: 3, close: CLOSE}]}}
"""


def test_the_last_group_of_a_growing_list() -> None:
    visits = {"v.txt": "".join(f"{n}\n" for n in range(1, 6))}
    assert end(made(GROWING.replace("CLOSE", "now"), visits)) == hours(10.25)
    found = told(made(GROWING.replace("CLOSE", "full"), visits))
    assert [(stuck.why, stuck.examples) for stuck in found.stuck] == [("its list may still grow", ("a/2",))]
    later = made(GROWING.replace("CLOSE", "{after: 2d}"), visits)
    steps = {"a": ONE}
    inputs = later.inputs()
    facts = replace(inputs.facts, list_dates={"visits": "2026-11-19T08:00:00Z"})
    said = answer(replace(inputs, facts=facts), Times(steps, steps), "as written", None, 1, 1, EMIT).variant
    # It grew a day ago, and is closed in another.
    assert said.ends.p50 == pytest.approx(hours(31), abs=1)


BAD = replace(ONE, failures=1.0)


def test_what_fails_goes_on_in_a_rescue() -> None:
    text = "steps: {a: {rescues: {r: {because: x}}}, b: {needs: a}}\n"
    found = told(made(text.replace(", b: {needs: a}", "")), kind=BAD)
    assert found.ends.p50 == hours(10.25 + 1.25)
    assert found.workflows == 2
    assert [link.group for link in found.path] == ["a/all", "a/r.all"]
    assert found.path[1].because == "what it covers"


def test_what_nothing_mends_waits_for_a_person() -> None:
    one = made("steps: {a: {}}\n")
    found = told(one, kind=BAD)
    assert found.ends.p50 is None
    assert [(stuck.why, stuck.groups) for stuck in found.stuck] == [
        ("it waits for a person, and nobody answers", 1)
    ]
    half = replace(ONE, failures=0.5)
    answered = told(one, kind=half, person=hours(2))
    assert answered.ends.p50 is not None
    again = answered.workflows - 1
    assert answered.ends.p50 == pytest.approx(hours(10.25 + again * 12.25), abs=900 * (again + 1))


def by_policy(mix: Mix, *, retries: int = 1, rescues: int = 2, groups: int = 1) -> Variant:
    """Return the forecast of a step that always fails, under a policy."""
    split = f"split: [{{by: tract, values: 1..{groups}}}]"
    text = POLICY.replace("RETRIES", str(retries)).replace("RESCUES", str(rescues)).replace("STEP", "")
    one = made(f"policy: careful\nsteps: {{a: {{{split}}}}}\n", {"policies/careful.yaml": text})
    return told(one, kind=replace(BAD, mix=mix))


def test_what_a_policy_sends_again_makes_only_what_is_not_there() -> None:
    found = by_policy(Mix(retried=1.0))
    assert found.ends.p50 == hours(10.25 + 1.25)
    assert [(link.group, link.because) for link in found.path] == [("a/1", "nothing"), ("a/1", "a policy")]
    assert [stuck.groups for stuck in by_policy(Mix(retried=1.0), retries=0).stuck] == [1]


def test_a_rescue_that_a_policy_has_written() -> None:
    found = by_policy(Mix(rescued=1.0), groups=2)
    assert found.ends.p50 == hours(10.25 + 1.25)
    assert [link.group for link in found.path] == ["a/2", "a/rescue.2"]
    assert found.workflows == 4
    assert [stuck.groups for stuck in by_policy(Mix(rescued=1.0), rescues=0).stuck] == [1]


def test_what_no_rule_knows_waits_for_a_person() -> None:
    assert [stuck.groups for stuck in by_policy(Mix()).stuck] == [1]


def test_a_look_that_is_asked_for() -> None:
    text = "steps: {a: {accept: {review: true}}}\n"
    assert end(made(text)) is None
    assert end(made(text), person=hours(2)) == hours(12.25)


def test_a_step_without_groups_is_never_there() -> None:
    nothing = "exclude: [{tract: 1, because: x}]\n"
    found = told(made(nothing + "steps: {a: {split: [{by: tract, values: [1]}]}, b: {needs: a}}\n"))
    assert found.ends.p50 is None


def test_sizes_scale_durations() -> None:
    text = "steps: {a: {split: [{by: tract, values: 1..25, size: 10}]}}\n"
    found = told(made(text))
    assert found.ends.p50 == hours(10.25)
    assert {round(link.ends - link.runs) for link in found.path} == {36000}


def test_quantiles() -> None:
    assert quantiles(range(1, 11)) == Range(1, 5, 9)
    assert quantiles([1, float("inf")]) == Range(1, 1, None)
    assert quantiles([]) == Range(None, None, None)


def test_spreads() -> None:
    random = Random(1)
    spread = Between(1, 2, 6)
    drawn = [spread.draw(random, 2.0) for _ in range(500)]
    assert 2 <= min(drawn) < 3
    assert 10 < max(drawn) <= 12
    assert spread.longer(random, 1.0, 5.0) > 5
    assert spread.longer(random, 1.0, 10.0) == pytest.approx(11)
    past = measured([(10.0, 1.0), (40.0, 2.0)])
    assert past is not None
    assert past.middle == 15
    assert {past.draw(random, 2.0) for _ in range(50)} == {20.0, 40.0}
    assert measured([]) is None
