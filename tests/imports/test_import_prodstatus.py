"""Templates and a list of prodstatus give the files that make-prod-groups writes."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from imported_specs import compiled, said, trees

from cmcompile.imports.as_run import Made, with_edits
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Imported
from cmcompile.imports.prodstatus.campaign import Request as CampaignRequest
from cmcompile.imports.prodstatus.campaign import from_campaign, is_campaign, is_step
from cmcompile.imports.prodstatus.groups import Request, from_templates
from cmcompile.imports.prodstatus.proof import unlike

DP02 = Path(__file__).parents[2] / "campaigns" / "dp02"
#: Of the 42 files of step 1 of DP0.2 as they were run: name, NUL, their content as sorted JSON, line end.
DIGEST = "774b0f438e381867"
#: The last edit by hand of DP0.2: one of the 42 files leaves out an exposure.
EDITED = "step1_detectors0_62_all_11.yaml"
DETECTORS = ((0, 62), (63, 125), (126, 188))

TEMPLATE = """\
includeConfigs:
- ${CTRL_BPS_DIR}/config/bps_idf.yaml
- requestMemory.yaml
- clustering_alt.yaml

project: dp02
campaign: v23_0_0_rc5/PREOPS-905
pipelineYaml: "${OBS_LSST_DIR}/pipelines/imsim/DRP.yaml#step1"

payload:
  payloadName: 2.2i/runs/DP0.2
  output: "{payloadName}/{campaign}"
  butlerConfig: s3://butler-us-central1-panda-dev/dc2/butler-external.yaml
  inCollection: "2.2i/defaults/DP0.2"
  dataQuery: "QUERY"
  sw_image: "lsstsqre/centos:7-stack-lsst_distrib-v23_0_0_rc5"

saveClusteredQgraph: True
saveGenericWorkflow: True
"""
QUERY = (
    "instrument='LSSTCam-imSim' and skymap='DC2' and (detector>=%d and detector<=%d)"
    " and exposure >=LOWEXP and exposure <= HIGHEXP"
)
SMALL = """\
pipelineYaml: "p.yaml#step1"
note: BAND of group GNUM from LOWEXP
payload:
  butlerConfig: /repo
  inCollection: in
  output: out/GNUM
  dataQuery: "instrument='X' and exposure>=LOWEXP and exposure<=HIGHEXP"
"""


def dp02() -> Imported:
    """Return step 1 of DP0.2, imported from its templates and list."""
    texts = {
        f"step1_detectors{low}_{high}.yaml": TEMPLATE.replace("QUERY", QUERY % (low, high))
        for low, high in DETECTORS
    }
    rows = (DP02 / "lists" / "exposures.txt").read_bytes()
    sources = {name: text.encode() for name, text in texts.items()}
    made = from_templates(Request("dp02", sources, "exposures.txt", rows, 1500))
    includes = {
        "requestMemory.yaml": (DP02 / "include" / "requestMemory.yaml").read_bytes(),
        "clustering_alt.yaml": (DP02 / "include" / "step1" / "clustering_alt.yaml").read_bytes(),
    }
    allow = {"CM108": "kept as it was run"}
    return Imported(made.name, {**made.tree, "allow": allow}, {**made.files, **includes}, made.notes)


def digest(files: dict[str, object]) -> str:
    """Return the digest of the contents of files by name."""
    texts = (f"{name}\0{json.dumps(files[name], sort_keys=True)}\n" for name in sorted(files))
    return sha256("".join(texts).encode()).hexdigest()[:16]


def test_step1_of_dp02_is_one_step_of_two_axes_and_gives_the_42_files() -> None:
    imported = dp02()
    step = imported.tree["steps"]["step1"]
    assert [axis.get("count") or axis.get("size") for axis in step["split"]] == [3, 1500]
    result, _ = compiled(imported)
    made = [Made(g.group.step, {p.axis: p.n for p in g.group.parts}, g.path, g.data) for g in result.groups]
    given = {one.path.rpartition("/")[2]: yaml.safe_load(one.data) for one in made}
    assert len(given) == 42
    assert digest(given) != DIGEST

    run = json.loads(json.dumps(given))
    run[EDITED]["payload"]["dataQuery"] += " and exposure!=1145348"
    assert digest(run) == DIGEST
    edited = with_edits(imported, made, {name: json.dumps(tree).encode() for name, tree in run.items()})
    (override,) = edited.tree["steps"]["step1"]["overrides"]
    assert override["groups"] == {"detector": 1, "exposure": 11}
    assert override["where"] == "exposure!=1145348"
    again, _ = compiled(edited)
    assert digest({g.path.rpartition("/")[2]: yaml.safe_load(g.data) for g in again.groups}) == DIGEST


def small(rows: str, size: int = 2, template: str = SMALL, **more: object) -> Imported:
    """Import one template."""
    request = Request("c", {"t.yaml": template.encode()}, "list.txt", rows.encode(), size, **more)  # type: ignore[arg-type]
    return from_templates(request)


def test_tokens_keep_their_types_and_places() -> None:
    files = trees(small("r 3\ng 1\nr 2\n", band="all"))
    assert list(files) == ["t/1", "t/2"]
    assert files["t/1"]["note"] == "all of group 1 from 1"
    assert files["t/1"]["payload"]["output"] == "out/1"
    assert files["t/1"]["payload"]["dataQuery"] == "instrument='X' and exposure>=1 and exposure<=2"
    assert files["t/2"]["payload"]["dataQuery"] == "instrument='X' and exposure>=3 and exposure<=3"


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.integers(1, 99), min_size=1, max_size=30),
    st.integers(1, 7),
    st.integers(0, 3),
    st.none() | st.integers(1, 4),
)
def test_groups_are_those_of_make_prod_groups(ids: set[int], size: int, skip: int, count: int | None) -> None:
    rows = "".join(f"r {n}\n" for n in ids)
    ordered = sorted(ids)
    every = math.ceil(len(ordered) / size)
    last = every if count is None else min(every, skip + count)
    wanted = {
        n + 1: (ordered[n * size], ordered[min(len(ordered), (n + 1) * size) - 1]) for n in range(skip, last)
    }
    if skip >= every:
        with pytest.raises(ForeignError, match="no exposure"):
            small(rows, size, skip=skip, count=count)
        return
    files = trees(small(rows, size, skip=skip, count=count))
    assert {
        int(name.partition("/")[2]): tree["payload"]["dataQuery"].partition(" and ")[2]
        for name, tree in files.items()
    } == {n: f"exposure>={low} and exposure<={high}" for n, (low, high) in wanted.items()}


def test_the_proof_sees_what_is_not_as_theirs() -> None:
    request = Request("c", {"t.yaml": (SMALL + "odd: 0GNUM\n").encode()}, "l", b"r 1\nr 2\nr 3\n", 2)
    result, _ = compiled(from_templates(request))
    made = {group.path.rpartition("/")[2]: group.data for group in result.groups}
    # Their text `odd: 01` is a number for YAML; ours stays the text that the template has.
    assert unlike(request, made) == ["t_all_1.yaml", "t_all_2.yaml"]

    plain = replace(request, templates={"t.yaml": SMALL.encode()})
    result, _ = compiled(from_templates(plain))
    made = {group.path.rpartition("/")[2]: group.data for group in result.groups}
    assert unlike(plain, made) == []
    assert unlike(plain, {**made, "more.yaml": b"a: 1\n"}) == ["more.yaml"]
    assert unlike(plain, {"t_all_1.yaml": made["t_all_1.yaml"]}) == ["t_all_2.yaml"]


def test_a_band_narrows_the_list_and_says_that_the_query_does_not() -> None:
    imported = small("g 1\nr 2\ng 3\n", band="g")
    assert imported.tree["lists"]["exposures"]["only"] == {"band": "g"}
    assert "exposure>=1 and exposure<=3" in trees(imported)["t/1"]["payload"]["dataQuery"]
    assert "takes all bands" in said(imported, Fate.DIFFERENT)["BAND g"]


def test_an_unknown_band_is_an_error_where_make_prod_groups_writes_nan() -> None:
    with pytest.raises(ForeignError, match="band y"):
        small("g 1\n", band="y")


def test_bad_lines_and_ids_that_stand_twice_are_named() -> None:
    imported = small(f"# comment\nr 1\nr x\nr 2 3\nr 1\nr 2\nr {'9' * 5000}\n")
    assert "1, 3, 4, 7" in said(imported, Fate.DEFECT)["list.txt, lines"]
    assert "taken once: 1" in said(imported, Fate.DIFFERENT)["list.txt, ids"]
    assert imported.files["lists/exposures.txt"] == b"r 1\nr 2\n"


def test_a_token_within_a_word_is_replaced_as_theirs_does_and_named() -> None:
    template = SMALL.replace("note: ", "other: STARBANDS\nnote: ")
    imported = small("r 1\n", template=template)
    assert trees(imported)["t/1"]["other"] == "STARallS"
    assert "within this word" in said(imported, Fate.DIFFERENT)["t.yaml: STARBANDS"]


@pytest.mark.parametrize(
    "query",
    [
        "instrument='X' and exposure>=LOWEXP and exposure<=HIGHEXP and detector<5",
        "(instrument='X' or instrument='Y') or exposure>=LOWEXP and exposure<=HIGHEXP",
        "instrument='X' and exposure>=LOWEXP   and   exposure<=HIGHEXP",
        "instrument='X' AND exposure>=LOWEXP AND exposure<=HIGHEXP",
        "instrument='X' and exposure in (LOWEXP..HIGHEXP)",
        "instrument='X' and exposure.day_obs>=LOWEXP and exposure.day_obs<=HIGHEXP",
    ],
)
def test_a_query_comes_out_as_it_went_in(query: str) -> None:
    template = SMALL.replace("instrument='X' and exposure>=LOWEXP and exposure<=HIGHEXP", query)
    result, _ = compiled(small("r 1\nr 2\n", template=template))
    (group,) = result.groups
    wanted = query.replace("LOWEXP", "1").replace("HIGHEXP", "2")
    assert yaml.safe_load(group.data)["payload"]["dataQuery"] == wanted


def test_what_looks_like_an_expression_stays_text() -> None:
    template = SMALL + 'odd: "${{ secrets.x }} {pipelineYaml} ${Z}"\nnothing:\n'
    tree = trees(small("r 1\n", template=template))["t/1"]
    assert tree["odd"] == "${{ secrets.x }} {pipelineYaml} ${Z}"
    assert tree["nothing"] is None


def test_a_token_in_a_key_is_an_error() -> None:
    with pytest.raises(ForeignError, match="the key xGNUM"):
        small("r 1\n", template=SMALL + "xGNUM: 1\n")


def test_templates_that_differ_in_more_than_a_range_are_steps_of_their_own() -> None:
    other = SMALL.replace("p.yaml#step1", "p.yaml#step2")
    sources = {"a.yaml": SMALL.encode(), "b.yaml": other.encode()}
    imported = from_templates(Request("c", sources, "l", b"r 1\nr 2\nr 3\n", 2))
    assert list(trees(imported)) == ["a/1", "a/2", "b/1", "b/2"]
    assert imported.tree["steps"]["b"]["bps"] == {"pipelineYaml": "p.yaml#step2"}


def test_another_value_in_a_file_as_run_is_an_override_too() -> None:
    imported = small("r 1\nr 2\nr 3\n")
    result, _ = compiled(imported)
    made = [Made(g.group.step, {p.axis: p.n for p in g.group.parts}, g.path, g.data) for g in result.groups]
    run = yaml.safe_load(made[1].data)
    del run["note"]
    run |= {"requestMemory": 4096, "nothing": None}
    run["payload"]["inCollection"] = "other"
    edited = with_edits(imported, made, {"t_all_2.yaml": yaml.safe_dump(run).encode(), "odd.yaml": b"a: 1\n"})
    assert trees(edited)["t/2"] == run
    assert "t_all_1.yaml" in said(edited, Fate.DIFFERENT)["files as run"]
    assert "odd.yaml" in said(edited, Fate.LEFT)["files as run"]


CAMPAIGN = """\
name: my campaign
issue: DRP-12
exposures: list.txt
owner: me
steps:
  step1:
    base_bps_config: configs/a.yaml
    split_bands: true
    exposure_groups: {group_size: 2, skip_groups: 1}
    issue_name: DRP-13
  step2: {base_bps_config: b.yaml, workflow_base: ""}
  step3: {name: step3, split_bands: false, workflow_base: "", campaign_issue: DRP-12}
"""
BASE = (
    SMALL.replace(" and exposure>=LOWEXP and exposure<=HIGHEXP", "")
    .replace("GNUM", "x")
    .replace("LOWEXP", "y")
)


def test_a_campaign_with_its_steps() -> None:
    templates = {"a.yaml": BASE.encode(), "b.yaml": BASE.replace("#step1", "#step2").encode()}
    rows = b"r 1\nr 2\nr 3\ng 4\n"
    made = from_campaign(CampaignRequest("c", "campaign.yaml", CAMPAIGN.encode(), templates, rows))
    files = trees(made)
    assert {name: tree["payload"]["dataQuery"] for name, tree in files.items()} == {
        "step1/g-1": "instrument='X' and band = 'g' and exposure = 4",
        "step1/r-1": "instrument='X' and band = 'r' and exposure in (1, 2)",
        "step1/r-2": "instrument='X' and band = 'r' and exposure = 3",
        "step2/all": "instrument='X'",
    }
    assert made.tree["ticket"] == "DRP-12"
    assert made.tree["steps"]["step2"]["needs"] == "step1"
    assert "left out" in said(made, Fate.TO_DO)["step step3"]
    assert "not a field" in said(made, Fate.LEFT)["campaign: owner"]
    assert "hold" in said(made, Fate.LEFT)["step step1, exposure_groups: skip_groups"]


def test_groups_of_a_campaign_are_nearly_equal_as_theirs() -> None:
    rows = "".join(f"r {n}\n" for n in range(1, 8)).encode()
    text = "steps: [{name: step1, base_bps_config: a.yaml, exposure_groups: {group_size: 3}}]\n"
    made = from_campaign(CampaignRequest("c", "c.yaml", text.encode(), {"a.yaml": BASE.encode()}, rows))
    queries = [tree["payload"]["dataQuery"].rpartition(" and ")[2] for tree in trees(made).values()]
    assert queries == ["exposure in (1..3)", "exposure in (4, 5)", "exposure in (6, 7)"]


def test_a_step_may_have_a_file_of_its_own() -> None:
    step = "name: step1\nissue: DRP-13\nbase_bps_config: a.yaml\nworkflows: {}\n"
    assert is_step("step1.yaml", step.encode())
    assert not is_step("a.yaml", BASE.encode())
    text, templates = b"steps: [{name: step1, base_bps_config: gone.yaml}]\n", {"a.yaml": BASE.encode()}
    made = from_campaign(CampaignRequest("c", "c.yaml", text, templates, steps={"step1.yaml": step.encode()}))
    assert list(trees(made)) == ["step1/all"]
    assert made.tree["steps"]["step1"]["about"] == "DRP-13"
    assert "compiled anew" in said(made, Fate.LEFT)["step step1: workflows"]


def test_what_is_a_campaign_and_what_a_template() -> None:
    assert is_campaign("c.yaml", CAMPAIGN.encode())
    assert not is_campaign("a.yaml", SMALL.encode())
    with pytest.raises(ForeignError, match="no step has a template"):
        from_campaign(CampaignRequest("c", "c.yaml", CAMPAIGN.encode(), {}))


@pytest.mark.parametrize(
    ("steps", "why"),
    [
        ("[{name: a, base_bps_config: a.yaml}, {name: a}]", "step a stands twice"),
        ("[{name: a b, base_bps_config: a.yaml}, {name: a-b}]", "two would be step a-b"),
    ],
)
def test_steps_that_would_be_one_are_an_error(steps: str, why: str) -> None:
    text = f"steps: {steps}\n".encode()
    with pytest.raises(ForeignError, match=why):
        from_campaign(CampaignRequest("c", "c.yaml", text, {"a.yaml": BASE.encode()}))
