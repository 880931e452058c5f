"""Spec blocks of cm-service's first generation come out as their fields say."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from imported_specs import said, trees

from cmcompile.imports.cm_service.fields import DATA
from cmcompile.imports.cm_service.loading import imports_of, load
from cmcompile.imports.cm_service.settings import Settings
from cmcompile.imports.cm_service.v1 import imported
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Imported

BLOCKS = """\
- SpecBlock:
    name: base
    handler: x.elements.CampaignHandler
    collections:
      out: MUST_OVERRIDE
      raws: MUST_OVERRIDE
      tagged: "{out}/tagged"
      campaign_input: "{out}/input"
    scripts:
    - Script: {name: tag, spec_block: tagging, collections: {input: "{raws}", output: "{tagged}"}}
    - Script:
        name: chain
        spec_block: chaining
        collections: {inputs: ["{tagged}", "{more}"], output: "{campaign_input}"}
    - Script: {name: usage, spec_block: usage, collections: {}}
    - Script: {name: odd, spec_block: odd, collections: {}}
    data: {lsst_version: MUST_OVERRIDE, lsst_distrib_dir: /sw}
- SpecBlock: {name: tagging, handler: x.scripts.TagInputsScriptHandler}
- SpecBlock: {name: chaining, handler: x.scripts.ChainCreateScriptHandler}
- SpecBlock: {name: usage, handler: x.scripts.ResourceUsageScriptHandler}
- SpecBlock: {name: odd, handler: x.scripts.OwnHandler}
- SpecBlock:
    name: panda_submit
    handler: x.PandaScriptHandler
    data: {bps_wms_yaml_file: "${P_DIR}/bps.yaml"}
- SpecBlock: {name: condor_submit, handler: x.HTCondorScriptHandler, data: {custom_wms_setup: "export C=1"}}
- SpecBlock:
    name: any_step
    collections: {step_public_output: "{out}/{step}"}
    data: {extra_qgraph_options: "-c a:b=1\\n --more\\n", prepend: "umask 002"}
- SpecBlock: {name: site, data: {compute_site: {computeSite: SLAC, computeCloud: US, odd: 1}}}
- SpecBlock:
    name: first
    includes: [any_step, site]
    data:
      pipeline_yaml: "${D_PIPE_DIR}pipelines/x.yaml#one"
      numberOfRetries: 3
      cluster: {a: {pipetasks: "isr,cal"}}
      what: 1
      pipline_yaml: x
    child_config: {base_query: "instrument='X' and skymap='s'", split_dataset: raw, split_field: exposure}
- SpecBlock:
    name: second
    includes: [any_step]
    data: {pipeline_yaml: "${D_PIPE_DIR}/pipelines/x.yaml#two", bps_literals: {requestMemory: 4096}}
    child_config: {split_field: tract}
- SpecBlock:
    name: mine
    includes: [base]
    collections: {raws: X/raw, more: [X/calib, X/masks]}
    data:
      butler_repo: /repo
      data_query: "instrument='X' and skymap='s' and band='r'"
      bps_wms_clustering_file: "${D_PIPE_DIR}/cluster.yaml"
      bps_wms_extra_files: ["${D_PIPE_DIR}/last.yaml"]
      bps_variables: {subDirTemplate: "{label}"}
      bps_environment: {A: "1"}
      s3EndpointUrl: https://s3
      project: ${TICKET}
      ticket: ${TICKET}
      description: some text
      hips_pipeline_yaml_path: /h.yaml
    steps:
    - Step: {name: one, spec_block: first, child_config: {split_method: split_by_query, split_min_groups: 3}}
    - Step:
        name: two
        spec_block: second
        prerequisites: [one]
        child_config: {split_method: split_by_vals, split_vals: [7, 9]}
- Specification: {name: p, spec_aliases: {campaign: mine, bps_submit_script: panda_submit}}
- Specification: {name: c, spec_aliases: {campaign: mine, bps_submit_script: condor_submit}}
"""
START = """\
Imports: ["${CM}/blocks.yaml"]
Campaign:
  name: MUST_OVERRIDE
  spec_name: ${WMS}
  collections: {out: "X/runs/${TICKET}"}
  data: {lsst_version: MUST_OVERRIDE, prod_area: /p}
  child_config: {two: {data: {extra_init_options: --x}, split_vals: [7, 8]}}
  owner: me
"""
SET = {"WMS": "p", "TICKET": "DM-5", "lsst_version": "w_1", "unused": "x"}


def taken(
    settings: Mapping[str, str] = SET, start: str = START, blocks: str = BLOCKS, spec: str = ""
) -> Imported:
    """Import the sample."""
    given = Settings(settings)
    loaded = load({"blocks.yaml": blocks.encode(), "start.yaml": start.encode()}, given)
    assert not loaded.manifests
    return imported(loaded, given, "c", spec)


def test_every_value_is_what_its_field_says() -> None:
    files = trees(taken(), one="1\n2\n3\n4\n5\n6\n7\n")
    assert list(files) == ["one/1", "one/2", "one/3", "two/7", "two/8"]
    assert files["one/1"] == {
        "LSST_VERSION": "w_1",
        "wmsServiceClass": "lsst.ctrl.bps.panda.PanDAService",
        "project": "DM-5",
        "campaign": "c",
        "pipelineYaml": "${D_PIPE_DIR}/pipelines/x.yaml#one",
        "includeConfigs": ["${P_DIR}/bps.yaml", "${D_PIPE_DIR}/cluster.yaml", "${D_PIPE_DIR}/last.yaml"],
        "payload": {
            "payloadName": "c",
            "butlerConfig": "/repo",
            "s3EndpointUrl": "https://s3",
            "inCollection": "X/runs/DM-5/tagged,X/calib,X/masks",
            "output": "X/runs/DM-5/one/1",
            "dataQuery": "instrument='X' and skymap='s' and exposure in (1..3)",
        },
        "subDirTemplate": "{label}",
        "extraQgraphOptions": "-c a:b=1  --more",
        "environment": {"A": "1"},
        "computeSite": "SLAC",
        "computeCloud": "US",
        "cluster": {"a": {"pipetasks": "isr,cal"}},
        "numberOfRetries": 3,
    }
    two = files["two/8"]
    assert two["payload"]["dataQuery"] == "instrument='X' and skymap='s' and band='r' and tract = 8"
    assert two["payload"]["inCollection"] == "X/runs/DM-5/one,X/runs/DM-5/tagged,X/calib,X/masks"
    assert two["requestMemory"] == 4096
    assert two["extraInitOptions"] == "--x"
    assert "computeSite" not in two


def test_the_spec_keeps_what_is_set_at_loading_as_vars() -> None:
    tree = taken().tree
    assert tree["vars"] == {"TICKET": "DM-5", "lsst_version": "w_1", "release": "${{ lsst_version }}"}
    assert tree["collect"] == "X/runs/${{ TICKET }}"
    assert tree["ticket"] == "DM-5"
    assert tree["steps"]["two"]["needs"] == "one"
    assert tree["environments"]["stack"]["setup"] == [
        "umask 002",
        "source /sw/${{ release }}/loadLSST.bash",
        "setup lsst_distrib",
    ]
    assert tree["inputs"][0] == {
        "tagged": "X/runs/${{ TICKET }}/tagged",
        "from": ["X/raw"],
        "datasets": "raw",
        "where": "instrument='X' and skymap='s' and band='r'",
    }


def test_lists_are_asked_with_the_query_of_their_step() -> None:
    query = taken().tree["lists"]["one"]["query"]
    assert query["datasets"] == "raw"
    assert query["where"] == "instrument='X' and skymap='s'"


def test_another_specification_is_another_workload_system() -> None:
    files = trees(taken({**SET, "WMS": "c"}))
    assert "${P_DIR}/bps.yaml" not in files["two/7"]["includeConfigs"]
    assert taken({**SET, "WMS": "c"}).tree["environments"]["stack"]["setup"][-1] == "export C=1"
    assert list(trees(taken({**SET, "WMS": "none"}, spec="c"))) == ["two/7", "two/8"]


def test_defects_are_named_and_not_copied() -> None:
    defects = said(taken(), Fate.DEFECT)
    assert "`clustering`" in defects["step one: cluster"]
    assert "bps_literals" in defects["step one: numberOfRetries"]
    assert "slash" in defects["step one: pipeline_yaml"]
    assert "last group open" in defects["step one: split_by_query"]


def test_what_has_no_place_is_named_with_the_reason() -> None:
    left = said(taken(), Fate.LEFT)
    assert "compiled" in left["campaign: prod_area"]
    assert "HiPS" in left["campaign: hips_pipeline_yaml_path"]
    assert "not a field" in left["step one: what"]
    assert "did they mean pipeline_yaml?" in left["step one: pipline_yaml"]
    assert "not a field" in left["step one: compute_site.odd"]
    assert "not a field" in left["campaign: owner"]
    assert "--spec c" in left["specification c"]
    assert "nothing" in left["--set unused"]
    assert "not a field" in left["campaign, script odd: OwnHandler"]


def test_every_known_field_of_data_is_told() -> None:
    data = "\n".join(f"      {field.key}: x" for field in DATA.fields if field.key not in BLOCKS + START)
    blocks = BLOCKS.replace("      butler_repo: /repo", f"      butler_repo: /repo\n{data}")
    notes = {note.subject for note in taken(blocks=blocks).notes}
    assert {f"campaign: {field.key}" for field in DATA.fields if field.key not in BLOCKS + START} <= notes


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"settings": {"WMS": "p", "TICKET": "DM-5"}}, "--set lsst_version="),
        ({"settings": {"lsst_version": "w"}}, "--set WMS=… --set TICKET=…"),
        ({"settings": {**SET, "WMS": "z"}}, "no specification z; there are p, c"),
        (
            {"blocks": BLOCKS.replace("includes: [any_step]", "includes: [gone]")},
            "no spec block gone, which second",
        ),
        (
            {"blocks": BLOCKS.replace("name: site, data", "name: site, includes: [first], data")},
            "first → site",
        ),
        ({"blocks": BLOCKS.replace("split_by_vals", "split_by_magic")}, "split_by_magic is not known"),
        ({"start": START.replace("Campaign:", "Other:")}, "there are 0 campaigns"),
        ({"start": "- 1\n"}, "an entry is a mapping"),
        ({"start": "kind: campaign\nmetadata: {name: x}\n"}, "one generation at a time"),
    ],
)
def test_what_can_t_be_imported_is_an_error(change: dict[str, object], why: str) -> None:
    with pytest.raises(ForeignError, match=why):
        taken(**change)  # type: ignore[arg-type]


def test_imports_are_found() -> None:
    assert imports_of("start.yaml", START.encode()) == ["${CM}/blocks.yaml"]


def test_a_block_that_stands_twice_is_named() -> None:
    twice = BLOCKS + "- SpecBlock: {name: site, data: {compute_site: {computeSite: OTHER}}}\n"
    made = taken(blocks=twice)
    assert "that of blocks.yaml counts" in said(made, Fate.DEFECT)["spec block site"]
    assert made.tree["steps"]["one"]["bps"]["computeSite"] == "OTHER"


def test_a_step_whose_name_has_blanks_keeps_its_list_and_its_place() -> None:
    blocks = BLOCKS.replace("name: one, spec", "name: the one, spec").replace("[one]", "[the one]")
    blocks = blocks.replace("split_by_vals, split_vals: [7, 9]", "split_by_query")
    made = taken(blocks=blocks)
    assert list(made.tree["steps"]) == ["the-one", "two"]
    assert made.tree["lists"]["the-one"]["file"] == "lists/the-one.txt"
    assert made.tree["lists"]["two"]["query"]["collections"] == ["X/runs/${{ TICKET }}/the-one"]
    assert "the-one/1" in trees(made, tried=True)


def test_steps_that_would_be_one_are_an_error() -> None:
    more = "".join(f"    - Step: {{name: {name}, spec_block: first}}\n" for name in ("t-wo", "t wo"))
    with pytest.raises(ForeignError, match="t wo: two would be step t-wo"):
        taken(blocks=BLOCKS.replace("    steps:\n", f"    steps:\n{more}"))


@pytest.mark.parametrize("name", ["release", "campaign"])
def test_a_setting_whose_name_means_something_here_is_another_var(name: str) -> None:
    start = START.replace("lsst_version: MUST_OVERRIDE", f'lsst_version: "${{{name}}}"')
    made = taken({"WMS": "p", "TICKET": "DM-5", name: "w_7"}, start=start)
    assert made.tree["vars"]["release"] == f"${{{{ v_{name} }}}}"
    assert trees(made)["two/7"]["LSST_VERSION"] == "w_7"
