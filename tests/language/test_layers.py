"""Layers: their order, what null and ``key+`` do, built-in values, and what every value remembers."""

from __future__ import annotations

from pathlib import Path

import pytest
from language_tools import BPS, build, build_from, remember, steps

from cmcompile.model.resolved import Leaf

#: Every layer sets `mine`, `own_<layer>`, and appends its name to `list`, `text` and the var `v`.
EVERY_LAYER = """
extends: [../library/one.yaml, ../library/two.yaml]
where: instrument='HSC' and skymap='hsc'
vars: {v+: campaign}
site: here
bps:
  pipelineYaml: p.yaml#x
  payload: {butlerConfig: /repo/main, payloadName: p, inCollection: HSC/raw, output: u/out}
  mine: campaign
  list+: [campaign]
  text+: campaign
sites:
  here: {bps: {mine: site, list+: [site], text+: site}}
step_defaults:
  vars: {v+: step_defaults}
  bps: {mine: step_defaults, list+: [step_defaults], text+: step_defaults}
  rescue_defaults:
    file: r/${{ group.id }}.yaml
    vars: {v+: rd1}
    bps: {mine: rd1, list+: [rd1], text+: rd1}
steps:
  s:
    split: [{by: tract, values: 1..2}]
    vars: {v+: step}
    bps: {mine: step, list+: [step], text+: step, show: "${{ v }}"}
    overrides:
    - {groups: [1, 2], because: x, vars: {v+: o1}, bps: {mine: o1, list+: [o1], text+: o1}}
    - {groups: 1, because: x, vars: {v+: o2}, bps: {mine: o2, list+: [o2], text+: o2}}
    rescue_defaults: {vars: {v+: rd2}, bps: {mine: rd2, list+: [rd2], text+: rd2}}
    rescues:
      r:
        because: x
        vars: {v+: rescue}
        bps: {mine: rescue, list+: [rescue], text+: rescue}
        overrides: [{groups: 1, because: x, vars: {v+: ro}, bps: {mine: ro, list+: [ro], text+: ro}}]
"""
LIBRARIES = {
    f"/campaigns/library/{name}.yaml": (
        f"bps: {{mine: {name}, list+: [{name}], text+: {name}}}\nvars: {{v+: {name}}}\n"
    )
    for name in ("one", "two")
}
#: Sites have no vars, so that the order of vars lacks them.
STEP = ["one", "two", "campaign", "site", "step_defaults", "step"]
GROUPS = {
    "2": [*STEP, "o1"],
    "1": [*STEP, "o1", "o2"],
    "r.2": [*STEP, "o1", "rd1", "rd2", "rescue"],
    "r.1": [*STEP, "o1", "o2", "rd1", "rd2", "rescue", "ro"],
}


@pytest.mark.parametrize("group", GROUPS)
def test_the_order_of_layers(group: str, tmp_path: Path) -> None:
    built = build(tmp_path, EVERY_LAYER, LIBRARIES)
    assert "CM109" in {f.code.name for f in built.findings}
    doc, order = built.doc(group), GROUPS[group]
    assert doc["list"] == order
    assert doc["text"] == " ".join(order)
    assert doc["mine"] == order[-1]
    assert doc["show"] == " ".join(name for name in order if name != "site")


def test_a_library_may_extend_and_each_file_counts_once(tmp_path: Path) -> None:
    libraries = {
        "/l/a.yaml": "extends: c.yaml\nbps: {list+: [a]}\n",
        "/l/b.yaml": "extends: [c.yaml]\nbps: {list+: [b]}\n",
        "/l/c.yaml": "bps: {list+: [c]}\n",
    }
    built = build(tmp_path, "extends: [../../l/a.yaml, ../../l/b.yaml]\n" + steps("s: {}"), libraries)
    assert built.doc("all")["list"] == ["c", "a", "b"]


def test_a_step_of_a_library_is_below_that_of_the_campaign(tmp_path: Path) -> None:
    library = "steps: {s: {bps: {list+: [l]}, overrides: [{groups: 1, because: x, bps: {list+: [lo]}}]}}"
    text = "extends: ../../l.yaml\nstep_defaults: {bps: {list: [d]}}\n"
    text += steps("""
    s:
      split: [{by: tract, values: 1..2}]
      bps: {list+: [c]}
      overrides: [{groups: 1, because: x, bps: {list+: [co]}}]
    """)
    built = build(tmp_path, text, {"/l.yaml": library})
    assert built.doc("1")["list"] == ["d", "l", "c", "lo", "co"]
    assert built.doc("2")["list"] == ["d", "l", "c"]


def layered(lower: str, upper: str) -> object:
    """Return the key ``m`` of two layers, the lower of the campaign, the upper of the step."""
    built = build_from(remember(BPS + f"  m: {lower}\nsteps: {{s: {{bps: {upper}}}}}\n"))
    assert built.compilation is not None, built.findings
    return built.doc("all").get("m", "gone")


@pytest.mark.parametrize(
    ("lower", "upper", "merged"),
    [
        ("{a: 1, b: {c: 2}}", "{m: {b: {d: 3}}}", {"a": 1, "b": {"c": 2, "d": 3}}),
        ("{a: [1, 2]}", "{m: {a: [3]}}", {"a": [3]}),
        ("{a: 1, b: 2}", "{m: {a: null}}", {"b": 2}),
        ("{a: 1}", "{m: null}", "gone"),
        ("{a: 1}", "{m: {a: null}}", {}),
        ("{a: 1}", "{m: text}", "text"),
        ("text", "{m: {a: 1}}", {"a": 1}),
        ("[a]", "{m+: [b, c]}", ["a", "b", "c"]),
        ("[a]", "{m+: b}", ["a", "b"]),
        ("[a]", "{m+: {b: 1}}", ["a", {"b": 1}]),
        ("text", "{m+: more}", "text more"),
        ("text", "{m+: [more]}", ["text", "more"]),
        ("{a: x}", "{m: {a+: b, b+: z, c+: [w]}}", {"a": "x b", "b": "z", "c": ["w"]}),
        ("[a]", "{m+: [c], m: [b]}", ["b", "c"]),
        ("[a]", "{m: [b], m+: [c]}", ["b", "c"]),
        ("[{a: 1, b: null}]", "{m+: [{c: null}]}", [{"a": 1}, {}]),
        ("[a, null]", "{x: 1}", ["a", None]),
    ],
)
def test_merging(lower: str, upper: str, merged: object) -> None:
    assert layered(lower, upper) == merged


@pytest.mark.parametrize(
    ("lower", "upper"),
    [("{a: 1}", "{m+: text}"), ("text", "{m+: {a: 1}}"), ("3", "{m+: 4}"), ("true", "{m+: x}"),
     ("[a]", "{m+: null}"), ("text", "{m+: 3}"), ("text", "{m+: null}"), ("x", "{n+: null}"),
     ("{a: 1}", "{m+: [b]}")],
)  # fmt: skip
def test_what_can_not_be_appended_is_an_error(lower: str, upper: str) -> None:
    built = build_from(remember(BPS + f"  m: {lower}\nsteps:\n  s: {{bps: {upper}}}\n"))
    assert built.place("CM027") == "9:13"


def test_null_deletes_what_lower_layers_say_and_higher_ones_may_set_it_anew() -> None:
    text = BPS + "  m: [a]\nstep_defaults: {bps: {m: null}}\nsteps:\n  s: {bps: {m+: [b]}}\n  t: {}\n"
    built = build_from(remember(text))
    assert built.doc("s/all")["m"] == ["b"]
    assert "m" not in built.doc("t/all")


def test_built_in_values() -> None:
    text = BPS.replace(", inCollection: HSC/raw, output: u/out", "")
    text += "inputs: [i]\nsteps:\n  s: {collect: u/c, split: [{by: tract, values: 1..2}]}\n"
    payload = build_from(remember(text)).doc("2")["payload"]
    assert payload["inCollection"] == "i"
    assert payload["output"] == "u/c/2"
    assert payload["dataQuery"] == "instrument='HSC' and skymap='hsc' and tract = 2"
    assert list(payload) == ["butlerConfig", "payloadName", "inCollection", "output", "dataQuery"]


def test_no_query_with_a_graph_file_and_none_where_it_is_deleted() -> None:
    assert (
        "dataQuery" not in build_from(remember(steps("s: {bps: {qgraphFile: x.qg}}"))).doc("all")["payload"]
    )
    built = build_from(remember(steps("s: {bps: {payload: {dataQuery: null}}}")))
    assert "dataQuery" not in built.doc("all")["payload"]


def test_keys_keep_the_order_of_the_spec() -> None:
    built = build_from(remember(BPS + "  z: 1\n  a: 2\nsteps: {s: {bps: {b: 3, z: 4}}}\n"))
    assert list(built.doc("all")) == ["pipelineYaml", "payload", "z", "a", "b"]


def test_a_value_remembers_who_set_it_and_what_it_hid() -> None:
    built = build_from(remember(BPS + "  m: low\nsteps:\n  s:\n    bps: {m: high}\n"))
    assert built.compilation is not None
    group = built.groups["s/all"].group
    found = built.compilation.shapes["s"].of(group).tree.get("m")
    assert isinstance(found, Leaf)
    assert (found.value, found.origin.layer, str(found.origin.span)) == (
        "high", "step s", "campaigns/c/campaign.yaml:10:14",
    )  # fmt: skip
    hidden = found.hid[0]
    assert isinstance(hidden, Leaf)
    assert (hidden.value, hidden.origin.layer, str(hidden.origin.span)) == (
        "low", "campaign", "campaigns/c/campaign.yaml:7:6",
    )  # fmt: skip
