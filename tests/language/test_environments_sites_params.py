"""Environments, sites and params; pace and ``allow``."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_tools import PATH, Built, build, build_from, remember, steps

from cmcompile.model.campaign import Spec
from cmcompile.model.diagnostic import Severity
from cmcompile.spec.load import load

ENVIRONMENTS = """\
environments:
  weekly:
    setup: ["source ${{ release }}", b]
    env: {A: "1", B: x}
    secrets: [TOKEN]
  other: {like: weekly, env: {B: null, C: z}}
  own: {like: other, setup: [c], secrets: []}
vars: {release: w_1}
"""


def spec_of(text: str) -> Spec:
    spec, findings = load(remember(text), PATH)
    assert spec is not None, findings
    return spec


def test_an_environment_like_another() -> None:
    found = spec_of(steps("s: {}") + ENVIRONMENTS).environments
    shown = {
        name: ([s.value for s in e.setup], {k: v.value for k, v in e.env.items()}, list(e.secrets))
        for name, e in found.items()
    }
    assert shown == {
        "weekly": (["source ${{ release }}", "b"], {"A": "1", "B": "x"}, ["TOKEN"]),
        "other": (["source ${{ release }}", "b"], {"A": "1", "C": "z"}, ["TOKEN"]),
        "own": (["c"], {"A": "1", "C": "z"}, []),
    }


@pytest.mark.parametrize(
    ("environments", "code"),
    [
        ("{a: {like: b}}", "CM020"),
        ("{a: {like: a}}", "CM022"),
        ("{a: {like: b}, b: {like: a}}", "CM022"),
        ("{a: {like: b}, b: {like: c}, c: {like: b}}", "CM022"),
    ],
)
def test_likes_that_lead_nowhere(environments: str, code: str) -> None:
    built = build_from(remember(steps("s: {}") + f"environments: {environments}\n"))
    assert built.found(Severity.ERROR) == [code]


def test_a_name_that_an_environment_uses_must_be_there() -> None:
    text = ENVIRONMENTS.replace("release: w_1", "other: w_1")
    built = build_from(remember(steps("s: {environment: weekly}") + text))
    assert built.found(Severity.ERROR) == ["CM021"]


CHOICES = """
s:
  site: a
  split: [{by: tract, values: 1..3}]
  overrides: [{groups: 2, because: x, site: b}, {groups: 3, because: x, environment: own}]
  rescue_defaults: {site: c}
  rescues: {r: {because: x}, t: {because: x, site: a}}
u: {}
"""
SITES = (
    "site: d\nsites: {a: {bps: {at: A, low: A}}, b: {bps: {at: B}}, c: {bps: {at: C}}, d: {bps: {at: D}}}\n"
)


def test_sites_and_environments_may_be_chosen_on_every_layer() -> None:
    built = build_from(remember(steps(CHOICES) + SITES + ENVIRONMENTS))
    chosen = {name: built.doc(name)["at"] for name in built.groups}
    assert chosen == {
        "s/1": "A", "s/2": "B", "s/3": "A", "s/r.1": "C", "s/r.2": "C", "s/r.3": "C",
        "s/t.1": "A", "s/t.2": "A", "s/t.3": "A", "u/all": "D",
    }  # fmt: skip
    assert "low" not in built.doc("s/2")
    assert built.compilation is not None
    shapes = built.compilation.shapes["s"]
    environments = {
        n: shapes.of(built.groups[f"s/{n}"].group).frame.stack.environment for n in ("1", "3", "r.3")
    }
    assert environments == {"1": None, "3": "own", "r.3": "own"}


def test_a_site_is_below_the_step_and_above_the_campaign() -> None:
    text = steps("s: {bps: {both: step}}") + "site: a\nsites: {a: {bps: {both: site, project: site}}}\n"
    doc = build_from(remember(text.replace("bps:\n", "bps:\n  project: campaign\n", 1))).doc("all")
    assert (doc["both"], doc["project"]) == ("step", "site")


@pytest.mark.parametrize("key", ["site", "environment"])
def test_what_is_chosen_must_be_there(key: str) -> None:
    built = build_from(remember(steps(f"s: {{{key}: none}}")))
    assert f"no {key} is named none" in built.finding("CM020").message
    assert built.place("CM020").startswith("8:")


def with_params(params: str, variables: str, root: Path) -> Built:
    library = {"/l.yaml": f"params: {params}\nbps: {{p: '${{{{ p }}}}'}}\n"}
    return build(root, "extends: ../../l.yaml\n" + steps("s: {}") + f"vars: {variables}\n", library)


@pytest.mark.parametrize(
    ("params", "variables", "value"),
    [
        ("{p: {type: day_obs}}", "{p: 20260105}", 20260105),
        ("{p: {type: text}}", "{p: x}", "x"),
        ("{p: {type: integer}}", "{p: 3}", 3),
        ("{p: {type: number}}", "{p: 1.5}", 1.5),
        ("{p: {type: boolean}}", "{p: true}", True),
        ("{p: {match: '^[dw]_[0-9_]+$'}}", "{p: w_2026_01}", "w_2026_01"),
        ("{p: {enum: [a, 3]}}", "{p: 3}", 3),
        ("{p: {default: 7}}", "{q: 1}", 7),
        ("{p: {default: 7}}", "{p: 8}", 8),
        ("{p: {match: '^x$'}}", "{p: '${{ q }}', q: x}", "x"),
        ("{p: {about: anything}}", "{p: [1, 2]}", [1, 2]),
    ],
)
def test_params_that_fit(params: str, variables: str, value: object, tmp_path: Path) -> None:
    built = with_params(params, variables, tmp_path)
    assert built.found(Severity.ERROR) in ([], ["CM118"])
    assert built.doc("all")["p"] == value


@pytest.mark.parametrize(
    ("params", "variables", "words"),
    [
        ("{p: {about: the night}}", "{q: 1}", "is not set"),
        ("{p: {default: null}}", "{q: 1}", "is not set"),
        ("{p: {type: day_obs}}", "{p: 20261399}", "must be a day"),
        ("{p: {type: day_obs}}", "{p: 2026010}", "must be a day"),
        ("{p: {type: day_obs}}", "{p: x}", "must be a day"),
        ("{p: {type: integer}}", "{p: x}", "must be of type integer"),
        ("{p: {type: integer}}", "{p: true}", "must be of type integer"),
        ("{p: {type: text}}", "{p: 3}", "must be of type text"),
        ("{p: {type: number}}", "{p: [1]}", "must be of type number"),
        ("{p: {match: '^w_$'}}", '{p: "w_\\n"}', "does not match"),
        ("{p: {match: '^w'}}", "{p: d_1}", "does not match"),
        ("{p: {match: '[a'}}", "{p: d_1}", "regular expression"),
        ("{p: {enum: [a, b]}}", "{p: c}", "one of a, b"),
    ],
)
def test_params_that_do_not_fit(params: str, variables: str, words: str, tmp_path: Path) -> None:
    assert words in with_params(params, variables, tmp_path).finding("CM025").message


def test_a_reason_allows_a_finding_of_its_step_only() -> None:
    leak = "split: [{by: tract, values: 1..2, where: tract>0}]"
    built = build_from(remember(steps(f"s: {{{leak}, allow: {{CM041: wanted}}}}\nt: {{{leak}}}")))
    found = {f.scope: f.allowed for f in built.findings if f.code.name == "CM041"}
    assert found == {"s": "wanted", "t": None}
    built = build_from(remember(steps(f"s: {{{leak}}}\nt: {{{leak}}}") + "allow: {CM041: all}\n"))
    assert {f.allowed for f in built.findings if f.code.name == "CM041"} == {"all"}


@pytest.mark.parametrize(
    "code", ["CM006", "CM021", "CM031", "CM038", "CM040", "CM046", "CM060", "CM062", "CM071"]
)
def test_what_leaves_no_right_file_can_not_be_allowed(code: str) -> None:
    for text in (steps("s: {}") + f"allow: {{{code}: x}}\n", steps(f"s: {{allow: {{{code}: x}}}}")):
        assert f"can't accept {code}" in build_from(remember(text)).finding("CM033").message
