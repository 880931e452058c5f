"""The schemas are sound, say what every key means, and accept campaigns as people write them."""

from __future__ import annotations

import copy
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from cmcompile.model.diagnostic import Findings
from cmcompile.model.schemas import KINDS, SchemaKind
from cmcompile.model.source import Entry, Mapping, Node, Scalar, Sequence, Span, plain
from cmcompile.spec.schema import check, schema, schema_text
from cmcompile.spec.yaml import read

FOLDER = Path(__file__).parents[2] / "schemas"
HERE = Span("c.yaml", 1, 1)

TYPICAL = """\
cmcompile: 1
campaign: dp02
production: DP0.2
ticket: PREOPS-905
about: >-
  all of it
lists:
  exposures: {file: lists/exposures.txt, columns: [band, exposure], only: {band: [g, r], seeing: "<1.2"}}
  tracts: {file: lists/tracts.txt}
vars: {butler: external-600, subset: "${{ step.name }}", tasks+: [isr]}
where: instrument='LSSTCam-imSim' and skymap='DC2'
bps:
  includeConfigs: ["${CTRL_BPS_DIR}/config/bps_idf.yaml"]
  pipelineYaml: ${OBS_LSST_DIR}/pipelines/imsim/DRP.yaml#${{ subset }}
  payload: {output: "{payloadName}/{campaign}", butlerConfig: "s3://butler/${{ butler }}.yaml"}
  saveClusteredQgraph: true
  runPreCmdOpts: null
exclude:
- {file: lists/veto.txt, by: visit, because: veto list, ticket: DM-38955}
- {run: [22026, 22033, 1..3], because: bad HV, until: 2026-12-31, steps: step1}
steps:
  step1:
    vars: {release: v23_0_0_rc5}
    split:
    - {by: detector, values: 0..188, count: 3, where: "(detector>=${{ lo }} and detector<=${{ hi }})"}
    - {by: exposure, list: exposures, size: 1500, where: {e: "exposure >=${{ lo }}"}, order: descending}
    file: step1/step1_${{ detector.lo }}_all_${{ exposure.n }}.yaml
    bps: {campaign: "${{ release }}/${{ ticket }}", includeConfigs+: [include/requestMemory.yaml]}
    overrides:
    - {groups: {detector: 1, exposure: 11}, where: exposure!=1145348, because: corrupt raw}
    - {groups: [5, 7, 11..19], vars: {a: 1}, bps: {runPreCmdOpts: null}, priority: 3}
    - {groups: 20260105-3, site: usdf, environment: weekly}
    - {groups: {holds: {tract: 4849}}}
    rescue_defaults:
      vars: {clustering: step1_rescue/clustering.yaml}
      bps: {extraQgraphOptions: "--skip-existing-in ${{ output }}"}
    rescues:
      rescue: {groups: {exposure: [1..10, 14]}, split: [exposure], file: "r_${{ exposure.n }}.yaml"}
      visit-898797:
        groups: {exposure: 11..13}
        split: [{by: detector, values: 0..188, count: 2}, exposure]
        needs: {step1/rescue: all}
        skip_existing_in: prior
        carry: false
        overrides: [{groups: {exposure: 11}, where: [a=1, b=2], because: corrupt raw}]
    accept: {failed: 1%, tasks: {calibrate: 5.5%}, review: true}
  step3:
    needs: {step1: all}
    split: [{by: tract, list: tracts, size: 5}]
    extra:
      32: {tract: [4848, 4849, 5062..5064], where: "tract in (4848)", because: missing from the list}
    allow: {CM041: it was run so}
  hips:
    needs: [step1, step3/oom]
    split: [{name: pixel, values: [33, 35]}]
    bps: {pipelineYaml: null, qgraphFile: "HIPS_${{ pixel.value }}.qgraph"}
  step7: {needs: {step3: {accepted: 95%}}}
"""

GROWING = """\
cmcompile: 1
campaign: prompt-2026
site: usdf
extends: [../library/sites.yaml, ../library/environments.yaml]
lists:
  visits:
    query: {dimensions: [visit, day_obs], collections: LSSTCam/raw/all, where: "visit.day_obs>=20260101"}
    file: lists/visits.csv
  tracts:
    query: {dimensions: tract, datasets: visit_summary, collections: "${{ steps.step1.collect }}"}
    file: lists/tracts.csv
collect: LSSTCam/runs/prompt/PREOPS-6000
step_defaults:
  collect: "${{ campaign.collect }}/${{ step.name }}"
  limits: {running: 200}
steps:
  step1:
    split:
    - {by: day_obs, list: visits, close: next}
    - {by: visit, list: visits, weight: detectors, size: 500, limit: 3}
    where: detector<189
    priority: 10
    pause:
    - {from: 2026-01-05, because: maintenance}
    - {from: "2026-01-05T08:00Z", to: "2026-01-05 10:30:00+01:00"}
  step3:
    needs: {step1: overlap}
    split: [{by: tract, list: tracts, size: 5, close: {after: 14d}}]
  step4:
    split:
    - by: tract
      first: 0
      parts: [{list: wide, size: 5, vars: {layer: wide}}, {list: deep, column: t, size: 1}]
    overrides: [{groups: {layer: [deep, udeep]}, bps: {pipetask: {deblend: {requestMemory: 65536}}}}]
  weekly: {split: [{by: day_obs, list: visits, window: 7d}, {by: detector, values: [1, 2], ranges: [[1, 2]]}]}
  calor:
    engine: batch
    jobs: {command: ./run.sh, each: [run], resources: {memory: 4GB, cores: 1, disk: 100, walltime: 90m}}
links: {faro: "https://faro.invalid/{campaign}"}
due: 2026-12-31
policy: careful
limits: {running: 40, submitting: 2}
"""

SHORT = "cmcompile: 1\nextends: ../library/nightly.yaml\ncampaign: nv-20250423\nvars: {night: 20250423}\n"

LIBRARY = """\
params: {night: {type: day_obs}, w: {match: "^w_[0-9_]+$"}, n: {enum: [1, 2], default: 1, about: many}}
inputs: ["${{ runs }}"]
site: usdf
where:
  data: instrument='LSSTCam' and exposure.day_obs=${{ night }}
  kind: exposure.observation_type in ('science', 'acq')
  old: null
environments:
  weekly:
    setup: ["source /sdf/group/rubin/sw/tag/${{ release }}/loadLSST.sh"]
    env: {LSST_S3_USE_THREADS: "False", OMP_NUM_THREADS: 1}
    secrets: [PANDA_AUTH_ID_TOKEN]
  weekly-nocache: {like: weekly, env: {DAF_BUTLER_CACHE_DIRECTORY: null}}
sites:
  usdf: {limits: {running: 40, submitting: 2}, bps: {computeSite: SLAC, includeConfigs+: ["${X}/bps.yaml"]}}
step_defaults: {split: [{name: run, values: 22000..23000, order: descending}], collect: "${{ name }}"}
steps:
  step1a: {vars: {subset: step1a}, bps: {numberOfRetries: 2, retryUnlessExit: [2]}}
  step1b: {needs: step1a, environment: weekly-nocache}
  step1c: {needs: {step1b: same}, where: {kind: null, good: detector<189}}
"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [(TYPICAL, "campaign"), (GROWING, "campaign"), (SHORT, "campaign"), (LIBRARY, "library")],
)
def test_a_campaign_as_people_write_it_is_accepted(text: str, kind: Literal["campaign", "library"]) -> None:
    findings = Findings()
    node = read("c.yaml", text.encode(), findings)
    assert isinstance(node, Mapping)
    assert check(node, kind, findings)
    assert findings.sorted() == ()


def test_the_campaigns_of_the_manual_are_accepted() -> None:
    manual = (FOLDER.parent / "docs/language.md").read_text(encoding="utf-8")
    blocks = [
        block for block in re.findall(r"^```yaml\n(.*?)^```", manual, re.M | re.S) if "\nsteps:" in block
    ]
    whole = [block for block in blocks if block.startswith("cmcompile:") and "\nsite:" not in block]
    assert whole
    for block in whole:
        findings = Findings()
        node = read("c.yaml", block.encode(), findings)
        assert isinstance(node, Mapping)
        assert check(node, "campaign", findings), findings.sorted()


def node_of(value: object) -> Node:
    if isinstance(value, dict):
        entries = {k: Entry(k, HERE, node_of(v)) for k, v in value.items()}
        return Mapping(entries, HERE)
    if isinstance(value, list):
        return Sequence(tuple(node_of(item) for item in value), HERE)
    assert value is None or isinstance(value, str | int | float)
    return Scalar(value, HERE)


def places(value: object) -> Iterator[tuple[Any, Any]]:
    """Yield every container with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    for key in keys:
        yield value, key
        yield from places(value[key])  # type: ignore[index]


JUNK: tuple[object, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    "x y",
    "${{ x }}",
    "a\n",
    [],
    [None],
    [[1]],
    {},
    {"a b": None},
)


@pytest.mark.parametrize("text", [TYPICAL, GROWING])
def test_whatever_is_written_the_checker_answers_in_words(text: str) -> None:
    findings = Findings()
    node = read("c.yaml", text.encode(), findings)
    assert node is not None
    choose = random.Random(1)
    wrong = 0
    for _ in range(120):
        spec: Any = copy.deepcopy(plain(node))
        holder, key = choose.choice(list(places(spec)))
        junk = choose.choice(JUNK)
        if isinstance(holder, dict) and choose.random() < 0.3:
            holder["odd key"] = junk
        else:
            holder[key] = junk
        found = Findings()
        changed = node_of(spec)
        assert isinstance(changed, Mapping)
        assert check(changed, "campaign", found) is (len(found) == 0)
        wrong += len(found) > 0
        assert all(d.message and "\n" not in d.message and "None" not in d.message for d in found), (
            found.sorted()
        )
    assert wrong > 60


def test_each_file_is_of_a_kind() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(f"{k}-v1.schema.json" for k in KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_sound(kind: SchemaKind) -> None:
    loaded = schema(kind)
    Draft202012Validator.check_schema(loaded)
    assert schema_text(kind) == (FOLDER / f"{kind}-v1.schema.json").read_text(encoding="utf-8")
    # A relative $id lets editors that read from disk find the other file beside it.
    assert loaded["$id"] == f"{kind}-v1.schema.json"
    assert json.dumps(loaded, indent=2, ensure_ascii=False) + "\n" == schema_text(kind)


def parts(schema_part: Any) -> Iterator[dict[str, Any]]:
    """Yield every subschema."""
    if isinstance(schema_part, bool):
        return
    yield schema_part
    for key in ("properties", "$defs"):
        for value in schema_part.get(key, {}).values():
            yield from parts(value)
    for key in ("items", "additionalProperties", "propertyNames"):
        yield from parts(schema_part.get(key, True))
    for value in schema_part.get("anyOf", ()):
        yield from parts(value)


def target(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part and "description" not in part:
        part = document["$defs"][part["$ref"].removeprefix("#/$defs/")]
    return part


@pytest.mark.parametrize("kind", ["campaign", "manifest", "diagnostics"])
def test_every_property_is_described(kind: SchemaKind) -> None:
    document = schema(kind)
    for part in parts(document):
        for key, value in part.get("properties", {}).items():
            description = target(document, value).get("description", "")
            assert description.endswith("."), (kind, part.get("title"), key)


def test_every_key_of_the_language_has_an_example_that_is_right() -> None:
    document = schema("campaign")
    registry: Registry[Any] = Registry().with_resources(
        [(document["$id"], DRAFT202012.create_resource(document))]
    )
    for part in parts(document):
        for key, value in part.get("properties", {}).items():
            told = target(document, value)
            assert told.get("examples"), (part.get("title"), key)
            here = {**told, "$id": "here", "$defs": document["$defs"]}
            for example in told["examples"]:
                problems = list(Draft202012Validator(here, registry=registry).iter_errors(example))
                assert not problems, (part.get("title"), key, problems)


def test_whatever_can_be_wrong_has_words() -> None:
    for part in parts(schema("campaign")):
        if {"type", "enum", "const", "pattern"} & set(part):
            assert part.get("x-form"), part
        if "anyOf" in part and part.get("title") != "Campaign":
            assert part.get("x-form"), part
        if part.get("additionalProperties") is False:
            assert part.get("x-noun"), part
        if "not" in part:
            assert part.get("x-few"), part


def test_only_named_things_and_foreign_configuration_take_any_key() -> None:
    for part in parts(schema("campaign")):
        if part.get("type") == "object":
            assert "additionalProperties" in part, part
            assert part["additionalProperties"] is False or "propertyNames" in part, part


@pytest.mark.parametrize("kind", KINDS)
def test_no_pattern_lets_a_line_break_pass_at_the_end(kind: SchemaKind) -> None:
    patterns = [part["pattern"] for part in parts(schema(kind)) if "pattern" in part]
    patterns.remove("[^ \\t\\n]") if kind == "campaign" else None  # a reason: free text
    for pattern in patterns:
        assert pattern.startswith("^"), pattern
        assert pattern.endswith("$(?!\\n)"), pattern
        re.compile(pattern)


def test_a_library_file_has_the_keys_of_a_campaign_but_its_name() -> None:
    campaign = schema("campaign")
    library = schema("library")
    assert list(library["properties"]) == [key for key in campaign["properties"] if key != "campaign"]
    for key, value in library["properties"].items():
        assert value == {"$ref": f"campaign-v1.schema.json#/properties/{key}"}


def test_a_manifest_and_findings_as_written_are_accepted() -> None:
    digest = "0" * 64
    Draft202012Validator(schema("manifest")).validate(
        {
            "format": 1,
            "cmcompile": "0.1.0",
            "emit": 1,
            "campaign": "dp02",
            "inputs": {"campaigns/dp02/campaign.yaml": digest},
            "outputs": {
                "step1/1.yaml": {
                    "sha256": digest,
                    "kind": "group",
                    "step": "step1",
                    "group": "r.1",
                    "rescue": "r",
                    "covers": ["1", "2"],
                    "definition": digest,
                    "includes": ["step1/include/a.yaml"],
                },
                "step1/include/a.yaml": {"sha256": digest, "kind": "include", "source": "a.yaml"},
            },
        }
    )
    place = {"file": "c.yaml", "line": 1, "column": 2}
    finding = {
        "code": "CM031",
        "severity": "error",
        "message": "m",
        "hint": "",
        **place,
        "related": [{**place, "message": "r"}],
        "scope": "",
        "allowed": None,
        "docs": "CM031",
    }
    nowhere = {**finding, "file": None, "line": None, "column": None}
    Draft202012Validator(schema("diagnostics")).validate(
        {
            "format": 1,
            "findings": [finding, nowhere],
            "summary": {"error": 2, "warning": 0, "note": 0, "allowed": 0},
        }
    )


@pytest.mark.parametrize("lacks", ["step", "group", "definition", "covers"])
def test_a_group_in_a_manifest_says_whose_it_is(lacks: str) -> None:
    digest = "0" * 64
    whole: dict[str, object] = {"sha256": digest, "kind": "group", "step": "s", "group": "r.1"}
    whole |= {"rescue": "r", "covers": [], "definition": digest}
    document = {"format": 1, "cmcompile": "0.1.0", "emit": 1, "campaign": "a", "inputs": {}}
    validator = Draft202012Validator(schema("manifest"))
    assert validator.is_valid({**document, "outputs": {"a": whole}})
    del whole[lacks]
    assert not validator.is_valid({**document, "outputs": {"a": whole}})
