"""An ini file of POMS becomes batch steps, every split type an axis."""

from __future__ import annotations

import pytest
from imported_specs import compiled, said

from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Imported
from cmcompile.imports.poms.fields import SPLITS, TABLES
from cmcompile.imports.poms.stages import from_ini
from cmcompile.model.diagnostic import Severity

INI = """\
[campaign]
experiment = exp
poms_role = analysis
name = My campaign
campaign_keywords = {"flavour": "mu"}
campaign_stage_list = gen, reco

[campaign_defaults]
vo_role = Analysis
software_version = v1
dataset_or_split_data = None
cs_split_type = None
completion_type = complete
completion_pct = 95
param_overrides = [["--a=", "0"], ["--q", ""]]
merge_overrides = True
login_setup = here now
job_type = launch

[campaign_stage gen]
param_overrides = [["--a=", "%(flavour)s"], ["-n ", "5"]]

[campaign_stage reco]
dataset_or_split_data = DATA
cs_split_type = SPLIT
stage_type = approval
speed = 3

[dependencies reco]
campaign_stage_1 = gen
file_pattern_1 = %.root
campaign_stage_2 = reco

[login_setup here now]
host = h
setup = source /x.sh; setup y %(version)s

[job_type launch]
launch_script = run_it
parameters = [["-c ", "/x.cfg"], ["--d=", "%(dataset)s"], ["--v=", "%(version)s"], ["--a=", "1"]]
recoveries = [["pending_files", [["-q", "1"]]], ["process_status", []], ["odd", []]]

[node_positions]
n1 = 1

[strange thing]
a = b
"""
#: What each split type gives: groups, and what stands for the dataset in the first job of the first.
SPLIT = {
    "None": ("ds", 1, "--d=ds"),
    "draining": ("ds", 1, "--d=ds"),
    "drainingn(2)": ("ds", 3, "--d=f1"),
    "nfiles(2)": ("ds", 3, "--d=f1"),
    "mod(2)": ("ds", 2, "--d=f1"),
    "limitn(2)": ("ds", 1, "--d=f1"),
    "list": ("a,b", 2, "--d=a"),
    "byrun(low=3, high=5)": ("ds", 3, "--d=ds_run3"),
    "byexistingruns()": ("ds", 2, "--d=ds_run7"),
    "new(window=2d)": ("ds", 2, "--d=ds_20260101"),
    "multiparam": ('[["a", "b"], ["c", "d"]]', 4, "--d=a_c"),
    "stagedfiles(5)": ("ds", 1, "--d=f1"),
}
LISTS = {"reco_files": "f1\nf2\nf3\nf4\nf5\n", "reco_runs": "7\n8\n", "reco_days": "20260101\n20260104\n"}


def taken(split: str = "None", data: str = "ds", ini: str = INI) -> Imported:
    """Import the sample."""
    return from_ini("c", "c.ini", ini.replace("SPLIT", split).replace("DATA", data).encode())


def test_the_split_types_are_all_tried() -> None:
    assert {text.partition("(")[0] for text in SPLIT} == {field.key for field in SPLITS.fields}


@pytest.mark.parametrize("split", SPLIT)
def test_every_split_type_makes_all_its_groups(split: str) -> None:
    data, count, argument = SPLIT[split]
    result, findings = compiled(taken(split, data), True, **LISTS)
    assert not [f for f in findings if f.severity is Severity.ERROR and f.allowed is None], findings
    groups = [group for group in result.groups if group.group.step == "reco"]
    assert len(groups) == count
    found = {path: f.data.decode() for path, f in result.includes.items() if path.endswith(".jobs.tsv")}
    tables = [text for path, text in found.items() if path.startswith("reco/")]
    assert any(argument in table.splitlines()[1].split() for table in tables), tables


def test_parameters_are_laid_over_each_other_as_poms_does() -> None:
    steps = taken().tree["steps"]
    assert steps["gen"]["jobs"]["command"] == (
        "run_it -c /x.cfg --d=${{ dataset }} --v=${{ version }} --a=${{ flavour }} --q -n 5"
    )
    assert "--a=0" in steps["reco"]["jobs"]["command"]
    own = INI.replace("merge_overrides = True", "merge_overrides = False")
    plain = taken(ini=own.replace("speed = 3", "param_overrides = []"))
    assert "--a=1" in plain.tree["steps"]["reco"]["jobs"]["command"]


def test_what_else_a_stage_says() -> None:
    tree = taken().tree
    assert tree["vars"] == {"flavour": "mu", "experiment": "exp"}
    assert tree["environments"]["here-now"]["setup"] == ["source /x.sh", "setup y ${{ version }}"]
    assert tree["step_defaults"]["accept"] == {"failed": "5%"}
    assert [entry["of"] for entry in tree["step_defaults"]["recovery"]] == ["missing_outputs", "failed"]
    assert tree["steps"]["reco"]["needs"] == "gen"
    assert tree["steps"]["reco"]["review"] == {"approvals": 1}


def test_what_has_no_place_is_named_with_the_reason() -> None:
    left = said(taken(), Fate.LEFT)
    assert "not a section" in left["[strange thing]"]
    assert "picture" in left["[node_positions]"]
    assert "not a field" in left["stage reco: speed"]
    assert "merge" in left["[campaign]: poms_role"]
    assert "%.root" in left["[dependencies reco]: file_pattern_1"]
    assert "launches itself" in left["[dependencies reco]: campaign_stage_2"]
    assert "not a field" in left["stage gen: recoveries: odd"]


def test_a_split_type_that_nobody_knows_is_to_do() -> None:
    made = taken("magic(3)")
    assert "not known" in said(made, Fate.TO_DO)["stage reco: cs_split_type"]
    assert "not a field" in said(made, Fate.LEFT)["stage reco: magic"]


def test_every_known_field_is_told() -> None:
    campaign, stage, login, job = TABLES[:4]
    more = {"[campaign]\n": campaign, "[campaign_stage gen]\n": stage, "[job_type launch]\n": job}
    ini = INI
    fixed = ("job_type", "login_setup", "cs_split_type")
    for head, table in {**more, "[login_setup here now]\n": login}.items():
        section = ini.partition(head)[2].partition("\n\n")[0]
        keys = [field.key for field in table.fields if field.key not in fixed]
        ini = ini.replace(head, head + "".join(f"{key} = x\n" for key in keys if f"{key} = " not in section))
    subjects = " ".join(note.subject for note in taken(ini=ini).notes)
    for table in (campaign, stage, login, job):
        for field in table.fields:
            assert f": {field.key}" in subjects


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("gen, reco", "gen, gone", "names gone"),
        ("campaign_stage_1 = gen", "campaign_stage_1 = gone", "no stage"),
        ("job_type = launch", "job_type = other", "no .job_type other."),
        ("[campaign]", "[other]", "no campaign of POMS"),
        ("[campaign]", "campaign", "no section headers"),
        ("[campaign_stage gen]", "[campaign_stage gen]\na=1\n[campaign_stage gen]", "already exists"),
    ],
)
def test_what_can_t_be_imported_is_an_error(old: str, new: str, why: str) -> None:
    with pytest.raises(ForeignError, match=why):
        taken(ini=INI.replace(old, new, 1))


def test_stages_that_would_be_one_step_are_an_error() -> None:
    more = "[campaign_stage g en]\na=1\n[campaign_stage g-en]\na=1\n[campaign_stage gen]"
    with pytest.raises(ForeignError, match="two would be step g-en"):
        taken(ini=INI.replace("[campaign_stage gen]", more))


def test_a_stage_that_is_listed_twice_is_one_step() -> None:
    assert list(taken(ini=INI.replace("gen, reco", "gen, reco, gen")).tree["steps"]) == ["gen", "reco"]


def test_what_looks_like_an_expression_stays_text() -> None:
    made = taken("list", "a,${{ x }}", INI.replace('"mu"', '"${{ secrets.x }}"'))
    assert made.tree["vars"]["flavour"] == "${{ '$' }}{{ secrets.x }}"
    assert made.tree["steps"]["reco"]["split"][0]["values"] == ["a", "${{ '$' }}{{ x }}"]


def test_a_name_in_a_login_setup_that_nothing_defines_is_to_do() -> None:
    made = taken(ini=INI.replace("setup y %(version)s", "setup y %(version)s %(group)s"))
    assert made.tree["environments"]["here-now"]["setup"][-1] == "setup y ${{ version }} ${{ v_group }}"
    assert made.tree["vars"]["v_group"] == "GROUP"
    assert "`v_group`" in said(made, Fate.TO_DO)["stage gen: %(group)s"]
    _, findings = compiled(made)
    assert not [f for f in findings if f.severity is Severity.ERROR and f.allowed is None], findings


@pytest.mark.parametrize("percent", ["²", "99.5", "9" * 5000], ids=["power", "part", "long"])
def test_a_percentage_that_is_no_whole_number_is_to_do(percent: str) -> None:
    made = taken(ini=INI.replace("completion_pct = 95", f"completion_pct = {percent}"))
    assert "no whole number" in said(made, Fate.TO_DO)["stage gen: completion_pct"]
    assert "accept" not in made.tree["steps"]["gen"]


@pytest.mark.parametrize("split", ["nfiles(²)", "nfiles(0)", "byrun(low=³, high=5)"])
def test_a_number_of_a_split_that_is_none_is_to_do(split: str) -> None:
    assert "needs" in said(taken(split), Fate.TO_DO)["stage reco: cs_split_type"]
