"""Tagged inputs: entries of ``inputs`` that are made of chosen datasets."""

from __future__ import annotations

import pytest
from language_tools import BPS, PATH, Built, build_from, remember

from cmcompile.compiler.compile import expand_spec
from cmcompile.model.diagnostic import Severity
from cmcompile.model.tagged import TaggedInput, content_of
from cmcompile.spec.load import load

OPEN = BPS.replace("inCollection: HSC/raw, ", "")
GOOD = "{tagged: u/good, from: HSC/raw, datasets: raw}"
CAM = "instrument='HSC' and exposure"


def built_of(text: str, top: str = "") -> Built:
    lines = "".join(f"  {line}\n" for line in text.strip("\n").split("\n"))
    built = build_from(remember(OPEN + top + "steps:\n" + lines))
    if built.compilation is not None:
        # What `status` makes is the same, without files.
        spec, _ = load(remember(OPEN + top + "steps:\n" + lines), PATH)
        assert spec is not None
        assert expand_spec(spec).tagged == built.compilation.tagged
    return built


def tagged_of(built: Built) -> dict[str, TaggedInput]:
    assert built.compilation is not None, built.findings
    assert built.found(Severity.ERROR) == []
    return dict(built.compilation.tagged.declared)


def readers(built: Built) -> dict[str, tuple[str, ...]]:
    assert built.compilation is not None
    return {f"{step}/{group}": names for (step, group), names in built.compilation.tagged.readers.items()}


def test_a_compiled_file_has_its_name_only() -> None:
    built = built_of("s: {}", f"inputs: [HSC/calib, {GOOD}]\n")
    assert built.doc("s/all")["payload"]["inCollection"] == "HSC/calib,u/good"
    (one,) = tagged_of(built).values()
    assert (one.name, one.sources, one.datasets, one.where) == ("u/good", ("HSC/raw",), ("raw",), "")
    assert readers(built) == {"s/all": ("u/good",)}


@pytest.mark.parametrize(
    ("top", "text", "step"),
    [
        (f"inputs: {GOOD}\n", "a: {}\nb: {}", None),
        (f"step_defaults: {{inputs: {GOOD}}}\n", "a: {}\nb: {}", None),
        ("", f"a: {{inputs: {GOOD}}}\nb: {{inputs: [HSC/raw, {GOOD}]}}", None),
        ("", f"a: {{inputs: {GOOD}}}\nb: {{inputs: [HSC/raw, u/good]}}", "a"),
        ("inputs: HSC/raw\n", f"a: {{inputs: [{GOOD}]}}\nb: {{}}", "a"),
    ],
)
def test_it_belongs_to_the_step_that_alone_declares_it(top: str, text: str, step: str | None) -> None:
    built = built_of(text, top)
    (one,) = tagged_of(built).values()
    assert one.step == step
    assert readers(built)["a/all"] == ("u/good",)
    assert ("b/all" in readers(built)) is ("b: {}" not in text or top != "inputs: HSC/raw\n")


def test_all_names_may_stand_in_it_and_groups_may_have_their_own() -> None:
    one = (
        "tagged: 'u/{campaign}/${{ group.id }}', from: '${{ campaign.name }}/raw', datasets: ['${{ kind }}']"
    )
    text = f"""
s:
  split: [{{by: exposure, values: 1..4, size: 2}}]
  vars: {{kind: raw}}
  bps: {{campaign: k}}
  inputs: {{{one}, where: "{CAM} in (${{{{ exposure.ids | join(', ') }}}})"}}
"""
    found = tagged_of(built_of(text))
    told = [(t.name, t.sources, t.datasets, t.where) for t in found.values()]
    assert told == [
        ("u/k/1", ("c/raw",), ("raw",), f"{CAM} in (1, 2)"),
        ("u/k/2", ("c/raw",), ("raw",), f"{CAM} in (3, 4)"),
    ]


def test_the_digest_is_of_what_is_chosen() -> None:
    one = TaggedInput("u/t", ("a", "b"), ("x", "z"), "q", "s")
    same = TaggedInput("u/t", ("a", "b"), ("z", "x"), "q", None, ("other",))
    assert one.digest == same.digest
    others = [
        TaggedInput("u/v", ("a", "b"), ("x", "z"), "q"),
        TaggedInput("u/t", ("b", "a"), ("x", "z"), "q"),
        TaggedInput("u/t", ("a", "b"), ("x",), "q"),
        TaggedInput("u/t", ("a", "b"), ("x", "z"), ""),
    ]
    assert len({one.digest, *(other.digest for other in others)}) == 5
    assert content_of(frozenset(["2", "1"])) == content_of(frozenset(["1", "2"]))


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("a: {inputs: r, collect: u/a}\nb: {needs: a, inputs: TAG}", ("a",)),
        ("a: {inputs: r, collect: u/a}\nb: {inputs: TAG}", ("a",)),
        ("a: {inputs: r, bps: {payload: {output: u/a}}}\nb: {inputs: TAG}", ("a",)),
        ("a: {inputs: r}\nb: {inputs: TAG}", ()),
    ],
)
def test_it_comes_after_the_steps_that_make_what_it_is_chosen_from(text: str, after: tuple[str, ...]) -> None:
    tag = "{tagged: u/t, from: [HSC/raw, u/a], datasets: x}"
    (one,) = tagged_of(built_of(text.replace("TAG", tag))).values()
    assert one.after == after


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: {collect: u/a, inputs: {tagged: u/t, from: u/a, datasets: x}}", "CM157"),
        (
            "a: {collect: u/a, needs: b, inputs: r}\nb: {inputs: {tagged: u/t, from: u/a, datasets: x}}",
            "CM157",
        ),
        (
            "a: {collect: u/a, inputs: {tagged: u/s, from: u/b, datasets: x}}\n"
            "b: {collect: u/b, inputs: {tagged: u/t, from: u/a, datasets: x}}",
            "CM157",
        ),
        ("a: {inputs: {tagged: u/t, from: u/t, datasets: x}}", "CM157"),
        ("a: {inputs: ['u/b', {tagged: 'u/a,u/b', from: r, datasets: x}]}", "CM157"),
        ("a: {inputs: [{tagged: u/t, from: 'HSC/*', datasets: x}]}", "CM157"),
        (
            "a: {inputs: [{tagged: u/t, from: r, datasets: x}, {tagged: u/s, from: u/t, datasets: x}]}",
            "CM157",
        ),
        ("a: {collect: u/t, inputs: {tagged: u/t, from: r, datasets: x}}", "CM156"),
        ("a: {inputs: {tagged: u/out, from: r, datasets: x}}", "CM156"),
        ("a: {inputs: [{tagged: u/t, from: r, datasets: x}, {tagged: u/t, from: s, datasets: x}]}", "CM155"),
        (
            "a: {split: [{by: tract, values: 1..2}],"
            " inputs: {tagged: u/t, from: r, datasets: x, where: '${{ where }}'}}",
            "CM155",
        ),
        ("a: {inputs: {tagged: u/t, from: r, datasets: x, where: 'instrument= and'}}", "CM121"),
        ("a: {inputs: {tagged: u/t, from: r, datasets: x, where: detector = 1}}", "CM122"),
        ("a: {inputs: {tagged: u/t, from: '${{ nothing }}', datasets: x}}", "CM021"),
        ("a: {inputs: {tagged: u/t, datasets: x}}", "CM032"),
        ("a: {inputs: {tagged: u/t, from: [], datasets: x}}", "CM035"),
        ("a: {inputs: {tagged: u/t, from: r, datasets: ['a b']}}", "CM034"),
    ],
)
def test_what_can_not_be_made_is_an_error(text: str, code: str) -> None:
    found = built_of(text).found(Severity.ERROR)
    assert set(found) - {"CM133", "CM021"} == {code} - {"CM021"}
    assert code in found


def test_such_an_error_can_not_be_allowed() -> None:
    text = f"a: {{allow: {{CM155: no matter}}, inputs: [{GOOD}, {GOOD.replace('HSC/raw', 'x')}]}}"
    assert built_of(text).found(Severity.ERROR) == ["CM033"]


def test_steps_that_are_not_bps_read_none() -> None:
    built = built_of(
        "a: {engine: batch, collect: u/a, jobs: {command: x}}", f"inputs: {GOOD}\nbatch: {{system: slurm}}\n"
    )
    assert tagged_of(built) == {}
