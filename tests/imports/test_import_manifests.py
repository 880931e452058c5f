"""Manifests of cm-service's second generation come out as their fields say."""

from __future__ import annotations

import pytest
from imported_specs import said, trees

from cmcompile.imports.cm_service.loading import load
from cmcompile.imports.cm_service.settings import Settings
from cmcompile.imports.cm_service.v2 import imported
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Imported

MANIFESTS = """\
{kind: campaign, metadata: {name: n}, spec: {}}
---
kind: lsst
metadata: {name: l}
spec:
  lsst_version: w_2026_01
  lsst_distrib_dir: /sw
  ticket: DM-1
  environment: {E: "1"}
  append: done
---
kind: butler
metadata: {name: b}
spec:
  repo: embargo
  predicates: ["instrument='X'", "skymap='s'"]
  collections: {campaign_input: [X/defaults], campaign_public_output: u/x/c, step_input: "x", odd: 1}
---
kind: bps
metadata: {name: p}
spec:
  variables: {operator: me}
  include_files: ["${P_DIR}/a.yaml"]
  clustering: {a: {pipetasks: "isr,cal"}}
  literals: {requestMemory: 2048, payload: {more: 1}}
  payload: {payloadName: n}
  extra_qgraph_options: --x
---
kind: wms
metadata: {name: w, version: 1}
spec: {service_class: lsst.A, request_mem: 4, include_files: [/w.yaml]}
---
{kind: wms, metadata: {name: v, version: 2}, spec: {service_class: lsst.B}}
---
{kind: site, metadata: {name: s}, spec: {facility: SLAC, provisioning: {queue: q}}}
---
- kind: node
  metadata: {name: one, kind: step}
  spec:
    bps: {pipeline_yaml: "${D_DIR}/p.yaml#one", literals: {requestMemory: 9}}
    groups: {split_by: query, dataset: raw, dimension: exposure, max_size: 2}
    predicates: ["exposure>1"]
- kind: node
  metadata: {name: two, kind: step}
  spec:
    bps: {pipeline_yaml: "${D_DIR}/p.yaml#two"}
    groups:
      split_by: values
      dimension: tract
      values: [1, [2, 4], {min: 5, max: 9}, {min: 10, max: 13, endpoint: false}]
    gruops: 1
- kind: node
  metadata: {name: three, kind: step}
  spec:
    bps: {pipeline_yaml: "${D_DIR}/p.yaml#three"}
    groups: {split_by: values, dimension: band, values: [r, g]}
- {kind: node, metadata: {name: pause, kind: breakpoint}, spec: {}}
- {kind: edge, metadata: {name: e1}, spec: {source: START, target: one}}
- {kind: edge, metadata: {name: e2}, spec: {source: one, target: pause}}
- {kind: edge, metadata: {name: e3}, spec: {source: pause, target: two}}
- {kind: edge, metadata: {name: e4}, spec: {source: two, target: three}}
- {kind: edge, metadata: {name: e5}, spec: {source: three, target: END}}
- {kind: schedule, metadata: {name: x}, spec: {}}
- {kind: oddity, metadata: {name: x}, spec: {}}
"""


def taken(text: str = MANIFESTS) -> Imported:
    """Import the sample."""
    given = Settings({})
    loaded = load({"m.yaml": text.encode()}, given)
    assert loaded.manifests
    return imported(loaded, given, "c")


def test_every_value_is_what_its_field_says() -> None:
    files = trees(taken(), one="2\n3\n4\n")
    assert files["one/1"] == {
        "LSST_VERSION": "w_2026_01",
        "pipelineYaml": "${D_DIR}/p.yaml#one",
        "includeConfigs": ["${P_DIR}/a.yaml"],
        "payload": {
            "butlerConfig": "embargo",
            "payloadName": "n",
            "inCollection": "X/defaults",
            "output": "u/x/c/one/1",
            "dataQuery": "instrument='X' and skymap='s' and exposure>1 and exposure in (2, 3)",
        },
        "operator": "me",
        "extraQgraphOptions": "--x",
        "cluster": {"a": {"pipetasks": "isr,cal"}},
        "wmsServiceClass": "lsst.B",
        "computeSite": "SLAC",
        "requestMemory": 9,
        "provisioning": {"provisioningQueue": "q"},
    }
    assert files["two/1"]["requestMemory"] == 2048
    assert files["two/1"]["payload"]["more"] == 1


def test_groups_of_values_lists_and_ranges() -> None:
    files = trees(taken())
    queries = {name: tree["payload"]["dataQuery"].rpartition(" and ")[2] for name, tree in files.items()}
    assert queries == {
        "two/1": "tract = 1",
        "two/2": "tract in (2, 4)",
        "two/3": "tract in (5..9)",
        "two/4": "tract in (10..12)",
        "three/g": "band = 'g'",
        "three/r": "band = 'r'",
    }


def test_the_graph_becomes_needs_and_a_breakpoint_a_hold() -> None:
    made = taken()
    assert {name: step.get("needs") for name, step in made.tree["steps"].items()} == {
        "one": None,
        "two": "one",
        "three": "two",
    }
    assert "cmcompile hold c/two" in said(made, Fate.TO_DO)["breakpoint pause"]


def test_defects_are_named_and_not_copied() -> None:
    found = [note for note in taken().notes if note.fate is Fate.DEFECT]
    every = " ".join(f"{note.subject}: {note.text}" for note in found)
    for part in (
        "manifests wms: cm-service takes the newest of a kind whatever its name: v, not w",
        "step two: groups.values: 5 to 9: cm-service says that the last id is taken, and leaves it out",
        "without its last bracket",
        "last group open at its end",
        "without the predicates of the step",
    ):
        assert part in every
    assert "10 to 13" not in every


def test_what_has_no_place_is_named_with_the_reason() -> None:
    left = said(taken(), Fate.LEFT)
    assert "did they mean groups?" in left["step two: gruops"]
    assert "after a submission" in left["lsst: append"]
    assert "`collect`" in left["butler: collections: step_input"]
    assert "not a field" in left["butler: collections: odd"]
    assert "new --from" in left["manifest: schedule"]
    assert "not a field" in left["manifest: oddity"]


def test_a_value_that_they_fill_in_later_is_to_do() -> None:
    text = MANIFESTS.replace("extra_qgraph_options: --x", 'extra_qgraph_options: "--x {{ y }}"')
    assert "{{ }}" in said(taken(text), Fate.TO_DO)["step one"]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("source: two, target: three", "source: two, target: four", "there is no node four"),
        ("source: one, target: pause}", "source: pause, target: pause}", "circle"),
        ("split_by: query", "split_by: luck", "split_by luck is not known"),
        ("dimension: band, ", "", "without a dimension"),
        ("min: 5", "min: a", "whole number"),
    ],
)
def test_what_can_t_be_imported_is_an_error(old: str, new: str, why: str) -> None:
    assert old in MANIFESTS
    with pytest.raises(ForeignError, match=why):
        taken(MANIFESTS.replace(old, new))
