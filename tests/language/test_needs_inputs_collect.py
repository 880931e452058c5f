"""``needs``, ``inputs`` and ``collect``: what waits for what, and what reads what."""

from __future__ import annotations

import pytest
from language_tools import BPS, PATH, Built, build_from, remember, steps

from cmcompile.model.campaign import Need
from cmcompile.model.diagnostic import Severity
from cmcompile.spec.load import load

OPEN = BPS.replace("inCollection: HSC/raw, ", "")


def built_of(text: str, top: str = "") -> Built:
    lines = "".join(f"  {line}\n" for line in text.strip("\n").split("\n"))
    return build_from(remember(OPEN + top + "steps:\n" + lines))


def inputs(text: str, top: str = "", group: str = "s/all") -> str:
    built = built_of(text, top)
    assert built.compilation is not None, built.findings
    return str(built.doc(group)["payload"]["inCollection"])


def needs_of(text: str) -> tuple[Need, ...]:
    spec, findings = load(
        remember(steps(f"a: {{rescues: {{r: {{because: x}}}}}}\nb: {{}}\ns: {{needs: {text}}}")), PATH
    )
    assert spec is not None, findings
    step = spec.step("s")
    assert step is not None
    return step.needs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", [("a", None, "all", None)]),
        ("[a, b]", [("a", None, "all", None), ("b", None, "all", None)]),
        ("{a: all}", [("a", None, "all", None)]),
        ("{a: same, b: overlap}", [("a", None, "same", None), ("b", None, "overlap", None)]),
        ("{a: {accepted: 95%}}", [("a", None, "accepted", 0.95)]),
        ("{a: {accepted: 99.5%}}", [("a", None, "accepted", 0.995)]),
        ("{a/r: all}", [("a", "r", "all", None)]),
        ("a/r", [("a", "r", "all", None)]),
        ("[]", []),
    ],
)
def test_how_needs_are_written(text: str, expected: list[tuple[object, ...]]) -> None:
    assert [(n.step, n.rescue, n.kind, n.accepted) for n in needs_of(text)] == expected


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: {needs: c}", "CM020", "8:14"),
        ("a: {needs: [a]}", "CM022", "8:15"),
        ("a: {needs: b}\nb: {needs: {a: same}}", "CM022", "8:14"),
        ("a: {needs: b/r}\nb: {}", "CM020", "8:14"),
        ("a: {rescues: {r: {because: x, needs: a/r}}}", "CM022", "8:40"),
        (
            "a: {rescues: {r: {because: x, needs: b/q}}}\nb: {rescues: {q: {because: x, needs: a/r}}}",
            "CM022",
            None,
        ),
        ("a: {needs: b/q}\nb: {rescues: {q: {because: x, needs: a}}}", "CM022", None),
        ("a: {needs: {b: sometimes}}\nb: {}", "CM033", "8:15"),
    ],
)
def test_needs_that_lead_nowhere(text: str, code: str, place: str | None) -> None:
    built = build_from(remember(steps(text)))
    assert built.found(Severity.ERROR) == [code]
    assert place is None or built.place(code) == place


def test_a_rescue_may_need_a_rescue_and_what_its_step_needs_may_need_it() -> None:
    text = """
    a: {rescues: {r: {because: x, file: r.yaml}}}
    b: {needs: a/r, rescues: {q: {because: x, needs: {a/r: all}}}}
    """
    assert build_from(remember(steps(text))).found(Severity.ERROR) == []


def test_inputs_are_the_collects_of_needed_steps_then_the_inputs() -> None:
    text = (
        "a: {inputs: i, collect: u/a}\nb: {inputs: i, collect: u/b}\ns: {needs: [b, a], inputs: [x, u/a, z]}"
    )
    assert inputs(text) == "u/b,u/a,x,z"
    assert inputs("s: {inputs: [x, z]}") == "x,z"
    assert inputs("s: {inputs: x}", "inputs: [low]\n") == "x"
    assert inputs("s: {}", "inputs: [low, '${{ campaign.name }}']\n") == "low,c"
    assert inputs("s: {}", "step_defaults: {inputs: '${{ step.name }}'}\n") == "s"


def test_a_needed_step_without_a_collect_gives_its_output() -> None:
    assert inputs("a: {inputs: i}\ns: {needs: a}") == "u/out"
    text = (
        "a: {inputs: i, split: [{by: tract, values: 1..2}], bps: {payload: {output: 'u/${{ group.id }}'}}}\n"
    )
    built = built_of(text + "s: {needs: a}")
    assert "`steps.a.output` has no value" in built.finding("CM021").message
    assert built.place("CM021").startswith("9:")


def test_a_batch_step_gives_its_collect_or_nothing() -> None:
    batch = "a: {engine: batch, jobs: {command: x}}\n"
    assert inputs(batch + "s: {needs: a, inputs: i}") == "i"
    assert inputs(batch.replace("jobs", "collect: u/a, jobs") + "s: {needs: a, inputs: i}") == "u/a,i"


def test_the_needs_of_a_rescue_are_its_inputs_too() -> None:
    text = """
a: {inputs: i, collect: u/a, rescues: {q: {because: x, file: a/q.yaml}}}
s: {inputs: i, rescues: {r: {because: x, needs: a/q}, own: {because: x, needs: s/r}}}
"""
    assert [inputs(text, group=f"s/{g}") for g in ("all", "r.all", "own.all")] == ["i", "u/a,i", "i"]


def test_no_inputs_at_all_is_an_error_at_the_step() -> None:
    built = built_of("s: {}")
    assert built.place("CM021") == "8:3"
    assert "names no inputs" in built.finding("CM021").message


def test_collects() -> None:
    top = "vars: {runs: u/r}\nticket: DM-1\ncollect: ${{ runs }}/${{ ticket }}\n"
    top += "step_defaults: {collect: '${{ campaign.collect }}/${{ step.name }}/${{ kind }}'}\n"
    text = "a: {inputs: i, vars: {kind: x}}\ns: {needs: a, vars: {kind: z}, bps: {c: '${{ step.collect }}'}}"
    assert inputs(text, top) == "u/r/DM-1/a/x"
    assert built_of(text, top).doc("s/all")["c"] == "u/r/DM-1/s/z"


@pytest.mark.parametrize(
    ("top", "place"),
    [
        ("collect: u/${{ group.id }}\n", "7:10"),
        ("collect: u/${{ step.name }}\n", "7:10"),
        ("collect: u/${{ campaign.collect }}\n", "7:10"),
        ("step_defaults: {collect: 'u/${{ nothing }}'}\n", "7:26"),
    ],
)
def test_a_collect_is_the_same_for_all_groups(top: str, place: str) -> None:
    built = built_of("s: {inputs: i}", top)
    assert built.found(Severity.ERROR) == ["CM021"]
    assert built.place("CM021") == place
