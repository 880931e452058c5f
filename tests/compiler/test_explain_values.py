"""Explanations of values: layers, positions, what was hidden, names in texts, clauses."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.explain import UnknownKeyError, explain, known_keys, plain_value_at
from cmcompile.compiler.result import Compilation
from cmcompile.model.explanation import Explanation, Setting
from cmcompile.model.source import Span
from cmcompile.report.explanation import explanation_text
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

ROOT = Path(__file__).parents[2]
DP02 = "campaigns/dp02/campaign.yaml"
SPEC = "campaigns/small/campaign.yaml"
LIBRARY = "campaigns/library/base.yaml"

BASE = """\
cmcompile: 1
site: near
where: {data: "instrument='A'", kind: "exposure.observation_type='science'", good: detector<189}
sites:
  near: {bps: {computeSite: NEAR}}
  far: {bps: {computeSite: FAR}}
environments:
  weekly: {setup: ["setup lsst -t ${{ release }}"], env: {THREADS: "1"}, secrets: [TOKEN]}
step_defaults:
  bps: {extraQgraphOptions: --one, includeConfigs: [/base.yaml], payload: {butlerConfig: /repo/main}}
"""

SMALL = """\
cmcompile: 1
extends: [../library/base.yaml]
campaign: small
ticket: DM-1
inputs: [A/raw]
collect: u/${{ campaign.name }}/${{ ticket }}
environment: weekly
vars: {release: w_1, memory: 2048, kind: wide}
exclude:
- {exposure: [104], because: no flat, ticket: DM-2}
bps:
  pipelineYaml: p.yaml#${{ step.name }}
  requestMemory: ${{ memory }}
  pipetask: {isr: {requestMemory: 1, requestCpus: 2}}
  note: "release ${{ release }}"
  joined: ${{ release ~ '/' ~ campaign.name ~ '/' ~ ticket }}
steps:
  one:
    collect: ${{ campaign.collect }}/${{ step.name }}
    where: {good: null, kind: "visit_system=1"}
    site: far
    split:
    - {by: exposure, parts: [{values: 101..104, size: 2, vars: {memory: 4096, kind+: deep}},
                              {values: 201..204, size: 2}]}
    bps:
      extraQgraphOptions+: --two ${{ group.id }}
      includeConfigs+: [/step.yaml]
      pipetask: {isr: {requestCpus: null}}
    overrides:
    - {groups: 2, where: exposure>0, because: bad seeing, bps: {pipetask: null}, vars: {release: w_2}}
    - {groups: 3, because: by hand, bps: {payload: {dataQuery: exposure=201}, includeConfigs: [/only.yaml]}}
    rescues:
      again: {because: failed, groups: [1, 2], bps: {"includeConfigs+": [/again.yaml]}}
  two:
    needs: one
    bps: {includeConfigs: [include/memory.yaml], note: null}
    overrides: [{groups: all, because: back, bps: {note: again}}]
"""

MEMORY = "pipetask:\n  isr: {requestMemory: 8192}\n  coadd: {requestMemory: 16384}\n"


def compiled(root: Path, path: str) -> Compilation:
    spec, findings = load(WorkingTree(root), path)
    assert spec is not None, findings
    return compile_spec(spec)


def write(root: Path, files: dict[str, str]) -> None:
    (root / ".git").mkdir(parents=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Compilation:
    root = tmp_path_factory.mktemp("small")
    write(root, {LIBRARY: BASE, SPEC: SMALL, "campaigns/small/include/memory.yaml": MEMORY})
    return compiled(root, SPEC)


@pytest.fixture(scope="module")
def dp02() -> Compilation:
    return compiled(ROOT, DP02)


def ask(compilation: Compilation, group: str, key: str = "") -> Explanation:
    made = compilation.group(*group.split("/"))
    assert made is not None
    return explain(compilation, made, key)


def origin(setting: Setting) -> tuple[str, str, int]:
    """Return what was done, by which layer, in which line."""
    return setting.how, setting.layer, 0 if setting.span is None else setting.span.line


def line(text: str, part: str) -> int:
    return next(n for n, row in enumerate(text.splitlines(), 1) if part in row)


def test_a_value_has_layer_and_position_and_what_it_hid(dp02: Compilation) -> None:
    text = (ROOT / DP02).read_text(encoding="utf-8")
    found = ask(dp02, "step3/5", "payload.sw_image")
    assert found.value == "lsstsqre/centos:7-stack-lsst_distrib-v23_0_1_rc3"
    (by,) = found.settings
    assert origin(by) == ("set", "campaign", line(text, "sw_image"))
    assert by.written.endswith("-${{ release }}")
    (release,) = found.names
    assert release.key == "release"
    assert [s.value for s in release.settings] == ["v23_0_1_rc3", "v23_0_1_rc4"]
    assert origin(release.settings[0]) == ("set", "override 1 of step3", line(text, "v23_0_1_rc3"))
    assert origin(release.settings[1]) == ("set", "step step3", line(text, "v23_0_1_rc4"))
    assert release.settings[0].because == "sent before rc4"


def test_a_group_without_the_override_has_another_answer(dp02: Compilation) -> None:
    assert [s.value for s in ask(dp02, "step3/4", "vars.release").settings] == ["v23_0_1_rc4"]


def test_a_deleted_key_is_explained_with_what_bps_does_then(dp02: Compilation) -> None:
    found = ask(dp02, "step3/5", "runPreCmdOpts")
    assert (found.kind, found.value) == ("deleted", None)
    assert [(s.how, s.layer) for s in found.settings] == [
        ("deleted", "override 1 of step3"),
        ("set", "step step3"),
    ]
    assert found.notes == ("so BPS takes {defaultPreCmdOpts}, from BPS default",)


def test_the_include_file_that_holds_a_key_is_named(dp02: Compilation) -> None:
    found = ask(dp02, "step3/5", "pipetask.measure.requestMemory")
    path = "campaigns/dp02/include/step3/requestMemory_step3.yaml"
    text = (ROOT / path).read_text(encoding="utf-8")
    assert found.value == 16384
    assert found.settings[0].layer == f"include {path}"
    assert found.settings[0].span == Span(path, line(text, "  measure:") + 1, 5)
    assert found.notes[0] == "not in the group's own file: an include file holds"


@pytest.mark.parametrize(
    ("group", "key"),
    [
        ("step3/5", "runPreCmdOpts"),
        ("step3/5", "pipelineYaml"),
        ("step3/5", "payload.sw_image"),
        ("step3/5", "payload.dataQuery"),
        ("step3/5", "payload.inCollection"),
        ("step3/5", ""),
        ("step3/20", "includeConfigs"),
        ("step3/32", "ids"),
        ("step1/1-11", "where"),
        ("step1/halves.1-11", "covers"),
        ("step1/halves.1-11", "extraQgraphOptions"),
        ("step1/halves.1-11", "file"),
        ("hips/33", "pipelineYaml"),
    ],
    ids=str,
)
def test_dp02_in_words(dp02: Compilation, group: str, key: str, snapshot: SnapshotAssertion) -> None:
    assert explanation_text([f"dp02/{group}"], ask(dp02, group, key)) == snapshot


@pytest.mark.parametrize(
    ("group", "key"),
    [
        ("one/1", ""),
        ("one/2", "where"),
        ("one/2", "pipetask.isr.requestMemory"),
        ("one/2", "extraQgraphOptions"),
        ("one/2", "ids"),
        ("one/3", "payload.dataQuery"),
        ("one/3", "includeConfigs"),
        ("one/again.1", "includeConfigs"),
        ("one/again.1", "output"),
        ("one/1", "site"),
        ("one/1", "environment"),
        ("one/1", "vars"),
        ("two/all", "payload.inCollection"),
        ("two/all", "pipetask.isr.requestMemory"),
    ],
    ids=str,
)
def test_small_in_words(small: Compilation, group: str, key: str, snapshot: SnapshotAssertion) -> None:
    assert explanation_text([f"small/{group}"], ask(small, group, key)) == snapshot


def test_appended_text_tells_both_pieces(small: Compilation) -> None:
    found = ask(small, "one/2", "extraQgraphOptions")
    assert found.value == "--one --two 2"
    assert [(s.how, s.value) for s in found.settings] == [("appended", "--two 2"), ("set", "--one")]
    assert [n.key for n in found.names] == ["group.id"]


def test_the_vars_of_a_part_may_append(small: Compilation) -> None:
    found = ask(small, "one/1", "vars.kind")
    assert found.value == "wide deep"
    assert [(s.how, s.layer, s.value) for s in found.settings] == [
        ("appended", "axis exposure", "deep"),
        ("set", "campaign", "wide"),
    ]


def test_names_are_in_the_order_of_the_text(small: Compilation) -> None:
    found = ask(small, "one/1", "joined")
    assert found.value == "w_1/small/DM-1"
    assert [name.key for name in found.names] == ["release", "campaign.name", "ticket"]


def test_a_value_after_a_deletion(small: Compilation) -> None:
    found = ask(small, "two/all", "note")
    assert [(s.how, s.value) for s in found.settings] == [
        ("set", "again"),
        ("deleted", None),
        ("set", "release w_1"),
    ]
    assert "  hid what was deleted by step two at" in explanation_text(["small/two/all"], found)


def test_appended_items_keep_their_layers_and_hide_nothing(small: Compilation) -> None:
    found = ask(small, "one/again.1", "includeConfigs")
    assert found.value == ["/base.yaml", "/step.yaml", "/again.yaml"]
    assert [(s.how, s.layer) for s in found.settings] == [
        ("appended", "rescue again"),
        ("appended", "step one"),
        ("set", "library base.yaml: step_defaults"),
    ]
    assert [p.settings[0].layer for p in found.parts] == [s.layer for s in reversed(found.settings)]


def test_a_replaced_list_hides_what_was_appended_before(small: Compilation) -> None:
    found = ask(small, "one/3", "includeConfigs")
    assert found.value == ["/only.yaml"]
    assert [s.how for s in found.settings] == ["set", "appended", "set"]


def test_a_deleted_mapping_takes_its_keys_with_it(small: Compilation) -> None:
    found = ask(small, "one/2", "pipetask.isr.requestMemory")
    assert (found.key, found.kind) == ("pipetask", "deleted")
    assert found.notes == ("pipetask.isr.requestMemory went with it",)
    assert ask(small, "one/1", "pipetask.isr.requestCpus").kind == "deleted"
    assert ask(small, "one/1", "pipetask.isr.requestMemory").value == 1


def test_an_own_value_hides_that_of_an_include_file(small: Compilation) -> None:
    found = ask(small, "two/all", "pipetask.isr.requestMemory")
    assert [(s.layer.split()[0], s.value) for s in found.settings] == [("campaign", 1), ("include", 8192)]
    assert ask(small, "two/all", "pipetask.coadd.requestMemory").value == 16384


def test_the_vars_of_a_part_are_a_layer(small: Compilation) -> None:
    assert [(s.layer, s.value) for s in ask(small, "one/1", "vars.memory").settings] == [
        ("axis exposure", 4096),
        ("campaign", 2048),
    ]
    assert ask(small, "one/3", "vars.memory").settings[0].layer == "campaign"


def test_clauses_are_in_order_with_names_and_removals(small: Compilation) -> None:
    found = ask(small, "one/2", "where")
    made = small.group("one", "2")
    assert made is not None
    kept = [p for p in found.parts if p.kind == "value"]
    assert " and ".join(str(p.value) for p in kept) == made.where == found.value
    assert [p.key for p in found.parts] == ["data", "kind", "", "", "", "good"]
    kind, removed = found.parts[1], found.parts[-1]
    assert [(s.how, s.layer) for s in kind.settings] == [("set", "step one"), ("set", "library base.yaml")]
    assert [(s.how, s.layer) for s in removed.settings] == [
        ("deleted", "step one"),
        ("set", "library base.yaml"),
    ]
    assert [p.settings[0].how for p in found.parts[2:5]] == ["cut", "set", "excluded"]
    assert found.parts[4].settings[0].because == "no flat"
    assert found.parts[3].settings[0].because == "bad seeing"


def test_a_query_by_hand_hides_the_clauses(small: Compilation) -> None:
    found = ask(small, "one/3", "payload.dataQuery")
    assert (found.value, found.settings[0].layer) == ("exposure=201", "override 2 of one")
    assert found.settings[1].layer == "built-in"
    assert str(found.settings[1].value).startswith("instrument='A'")


def test_site_is_chosen_by_the_highest_layer(small: Compilation) -> None:
    found = ask(small, "one/1", "site")
    assert [(s.how, s.layer, s.value) for s in found.settings] == [
        ("chosen", "step one", "far"),
        ("chosen", "library base.yaml", "near"),
    ]
    assert ask(small, "one/1", "computeSite").settings[0].layer == "site far"


def test_the_document_is_whole(small: Compilation) -> None:
    made = small.group("one", "1")
    assert made is not None
    found = explain(small, made)
    rendered = small.shapes["one"].of(made.group).rendered(small.shapes["one"].names(made.group))
    assert [p.key for p in found.parts if p.kind != "deleted"] == list(rendered.entries)
    for part in found.walk():
        assert part is found or part.settings, part.key
        assert not part.fault


def test_every_known_key_has_an_answer(small: Compilation, dp02: Compilation) -> None:
    for compilation in (small, dp02):
        for made in compilation.groups[:: max(1, len(compilation.groups) // 12)]:
            for key in known_keys(compilation, made):
                found = explain(compilation, made, key)
                assert (
                    found.kind == "deleted" or found.settings or found.parts or found.notes or found.fault
                ), key


def test_an_unknown_key_is_answered_with_the_nearest(small: Compilation) -> None:
    for key, near in {
        "payload.butlerconfig": "payload.butlerConfig",
        "vars.relase": "vars.release",
        "butlerConfig": "payload.butlerConfig",
        "wher": "where",
    }.items():
        with pytest.raises(UnknownKeyError, match=rf"small/one/1 has no key '{key}'; did you mean {near}"):
            ask(small, "one/1", key)
    with pytest.raises(UnknownKeyError, match=r"ask for vars\.NAME"):
        ask(small, "one/1", "zzzzzz")


def test_an_item_of_a_list_and_a_key_with_a_prefix(small: Compilation) -> None:
    assert ask(small, "one/1", "includeConfigs.1").value == "/step.yaml"
    assert ask(small, "one/1", "bps.note") == ask(small, "one/1", "note")
    with pytest.raises(UnknownKeyError):
        ask(small, "one/1", "includeConfigs.7")


def test_a_value_that_cannot_be_filled_in_says_why(tmp_path: Path) -> None:
    broken = SMALL.replace("release ${{ release }}", "release ${{ relase }}")
    write(tmp_path, {LIBRARY: BASE, SPEC: broken, "campaigns/small/include/memory.yaml": MEMORY})
    compilation = compiled(tmp_path, SPEC)
    assert compilation.failed
    found = ask(compilation, "one/1", "note")
    assert found.fault == "`relase` is no var and no built-in name"
    assert "no value: `relase`" in explanation_text(["x"], found)


def test_plain_values_for_tables(small: Compilation) -> None:
    made = small.group("one", "1")
    assert made is not None
    assert plain_value_at(small, made, "bps.requestMemory") == 4096
    assert plain_value_at(small, made, "bps.includeConfigs") == ["/base.yaml", "/step.yaml"]
    assert plain_value_at(small, made, "vars.release") == "w_1"
    assert plain_value_at(small, made, "bps.pipetask.isr.requestCpus") is None
    assert plain_value_at(small, made, "bps.nothing") is None
