"""The durations file: what it says, and what is wrong with it, at its place."""

from __future__ import annotations

import pytest
from forecast_campaigns import Memory

from cmcompile.model.diagnostic import Findings
from cmcompile.sim.forecast.declared import SILENT, Declared, load_durations, seconds
from cmcompile.sim.forecast.known import known, notes, told
from cmcompile.sim.forecast.spread import Between, always
from cmcompile.sim.forecast.times import Kind, Mix, Overlapping, Then

STEPS = ("step1", "step3")
GOOD = """\
cmcompile: 1
every: 30m
at_once: 8
person: 8h
all: {preparation: 10m, failures: 2%}
steps:
  step1:
    duration: {low: 4h, likely: 6h, high: 12h}
    rescue: {duration: 1h}
  step3:
    duration: 2d
    failures: 0%
    overlaps: {step1: {share: 5%, spread: anywhere}}
"""


def load(text: str) -> tuple[Declared | None, list[str]]:
    findings = Findings()
    found = load_durations(Memory({"d.yaml": text}), "d.yaml", STEPS, findings)
    return found, [f"{f.span}: {f.code.name} {f.message} | {f.hint}" for f in findings.sorted()]


def test_what_it_says() -> None:
    found, wrong = load(GOOD)
    assert wrong == []
    assert found is not None
    times = known(STEPS, {}, found)
    assert (times.every, times.at_once, times.person) == (1800, 8, 28800)
    assert times.of("step1", rescue=False).duration == Between(4 * 3600, 6 * 3600, 12 * 3600)
    assert times.of("step1", rescue=False).preparation == always(600)
    assert times.of("step1", rescue=True).duration == always(3600)
    assert times.of("step1", rescue=True).failures == 0
    assert times.of("step3", rescue=True).duration == always(2 * 86400)
    assert [(t.source, t.failures) for t in told(times)] == [("declared", 0.02), ("declared", 0)]
    assert times.overlaps == {("step3", "step1"): Overlapping(0.05, near=False)}
    assert list(notes(times, found, {})) == []


def test_what_is_declared_comes_before_what_was_measured() -> None:
    measured = {("step1", False): Kind(always(7), always(3), 0.5, "measured", 9)}
    declared, _ = load("steps: {step1: {failures: 10%}}\n")
    assert declared is not None
    kind = known(STEPS, measured, declared).of("step1", rescue=False)
    assert (kind.duration, kind.failures, kind.source) == (always(7), 0.1, "measured")


def test_what_policies_do() -> None:
    """What is declared comes first, then what was measured of the step, then of all steps together."""
    measured = {("step3", False): Kind(always(7), always(3), 0.5, "measured", 8, Mix(0.5, 0.25))}
    declared, wrong = load("all: {failures: 10%, rescue: {rescued: 5%}}\nsteps: {step3: {retried: 60%}}\n")
    assert wrong == []
    assert declared is not None
    times = known(STEPS, measured, declared)
    assert times.of("step3", rescue=False).mix == Mix(0.6, 0)
    assert times.of("step1", rescue=False).mix == Mix(0.5, 0.25)
    assert times.of("step1", rescue=True).mix == Mix(0, 0.05)
    assert [(t.retried, t.rescued) for t in told(times, ["step3"])] == [(0, 0), (0.6, 0)]
    drawn = [Mix(0.5, 0.25).then(share) for share in (0.0, 0.49, 0.5, 0.74, 0.75)]
    assert drawn == [Then.RETRY, Then.RETRY, Then.RESCUE, Then.RESCUE, Then.PERSON]
    said = list(notes(known(STEPS, {}, declared), declared, {}, STEPS))
    assert "failures of step1 is not known" in said[-1]
    assert not any("not known" in note for note in notes(known(STEPS, {}, declared), declared, {}))


def test_what_is_not_known_is_said() -> None:
    said = list(notes(known(STEPS, {}, SILENT), SILENT, {("step3", "step1"): "unknown"}))
    assert said[0].startswith("nothing is known of how long step1, step3 take: 12 h")
    assert "waits for all" in said[1]
    never, _ = load("person: never\n")
    assert never is not None
    assert known(STEPS, {}, never).person is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: {stpe1: {}}", "d.yaml:1:9: CM020 no step is named stpe1 | did you mean `step1`?"),
        ("every: 5", "d.yaml:1:1: CM030 `every` must be a duration such as `90m`"),
        ("every: 0m", "d.yaml:1:1: CM035 `every` must be longer than nothing"),
        ("steps: {step1: {duraton: 5h}}", "CM031 `duraton` is not a key of a step"),
        ("steps: {step1: {duration: 5 hours}}", "CM034 "),
        ("steps: {step1: {duration: {low: 4h, high: 6h}}}", "CM032 "),
        ("steps: {step1: {duration: {low: 9h, likely: 5h, high: 6h}}}", "CM035 `likely` must be between"),
        ("steps: {step1: {failures: 110%}}", "CM034 "),
        ("all: {retried: 60%, rescued: 50%}", "CM035 `retried` and `rescued` are more than 100% together"),
        ("steps: {step1: {overlaps: {step2: 5%}}}", "CM020 no step is named step2"),
        ("every: 15m\nevery: 16m", "d.yaml:2:1: CM"),
        ("cmcompile: 2", "CM036 "),
    ],
)
def test_what_is_wrong_is_said_at_its_place(text: str, said: str) -> None:
    found, wrong = load(text + "\n")
    assert found is None
    assert len(wrong) == 1, wrong
    assert said in wrong[0]
    assert wrong[0].startswith("d.yaml:")


@pytest.mark.parametrize(
    ("text", "value"),
    [("90s", 90), ("15m", 900), ("1.5h", 5400), ("2d", 172800), ("1w", 604800), ("x", None)],
)
def test_durations(text: str, value: float | None) -> None:
    assert seconds(text) == value
