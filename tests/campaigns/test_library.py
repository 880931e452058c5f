"""The campaigns and the library of this repository."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cmcompile.batch.table import read_table
from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.model.diagnostic import Diagnostic, Severity
from cmcompile.model.group import CompiledGroup
from cmcompile.model.source import Mapping
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

ROOT = Path(__file__).parents[2]
NIGHT = "nv-20250423"


def compiled(root: Path, name: str) -> tuple[Compilation, tuple[Diagnostic, ...]]:
    spec, findings = load(WorkingTree(root), f"campaigns/{name}/campaign.yaml")
    assert spec is not None, findings
    result = compile_spec(spec)
    return result, (*findings, *result.findings)


def group(result: Compilation, name: str) -> CompiledGroup:
    found = result.group(*name.split("/"))
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["auau23", "first-light", NIGHT])
def test_campaigns_have_no_findings_but_notes(name: str) -> None:
    _, findings = compiled(ROOT, name)
    assert [f for f in findings if f.severity is not Severity.NOTE and f.allowed is None] == []


@pytest.mark.parametrize("name", ["auau23", "first-light", NIGHT])
def test_editors_find_the_schema(name: str) -> None:
    folder = ROOT / "campaigns" / name
    first = (folder / "campaign.yaml").read_text().split("\n", 1)[0]
    lead, _, path = first.partition("$schema=")
    assert lead == "# yaml-language-server: "
    assert (folder / path).is_file()


def test_first_light_fits_a_screen() -> None:
    lines = (ROOT / "campaigns/first-light/campaign.yaml").read_text().splitlines()
    assert len(lines) <= 50
    assert max(map(len, lines)) <= 110


def test_first_light_does_what_its_comments_say() -> None:
    result, _ = compiled(ROOT, "first-light")
    names = [f"{g.group.step}/{g.group.id}" for g in result.groups]
    first = [f"step1/{n}" for n in (1, 2, 3, 4)]
    assert names == [*first, "step1/memory.2", "step1/memory.3", "step3/9615", "step3/9697", "step3/9813"]
    assert [len(p.ids) for g in result.groups[:4] for p in g.group.parts] == [10] * 4
    assert [n for n in first if b"isr:" in group(result, n).data] == ["step1/2"]
    assert group(result, "step1/memory.2").group.covers == ("2",)
    assert b"HSC/runs/first-light/DM-50000/step1,skymaps" in group(result, "step3/9615").data


def test_jobs_are_those_that_their_comments_say() -> None:
    result, _ = compiled(ROOT, "auau23")
    tables = {p: read_table(f.data) for p, f in result.includes.items() if p.endswith(".tsv")}
    counts = {path.removesuffix(".jobs.tsv"): len(table.jobs) for path, table in tables.items()}
    each = {"1": 11, "2": 9, "3": 3}  # one segment has too few events, one run is excluded
    first = {f"{step}/{id_}": n for step in ("DST_EVENT", "DST_CALOR") for id_, n in each.items()}
    assert counts == {**first, "DST_CALOR/memory.2": 9}
    made, before = tables["DST_CALOR/1.jobs.tsv"], tables["DST_EVENT/1.jobs.tsv"]
    assert [job.inputs for job in made.jobs] == [job.outputs for job in before.jobs]
    assert [job.values[0] for job in made.jobs[:4]] == ["53896", "53896", "53896", "53894"]


def test_a_night_is_what_the_library_says_for_it() -> None:
    result, _ = compiled(ROOT, NIGHT)
    assert [g.group.step for g in result.groups] == ["step1a", "step1b", "step1c", "step1d", "stage3"]
    first = group(result, "step1a/all")
    assert first.output == "LSSTCam/runs/nightlyValidation/20250423/w_2025_17/DM-50001/step1a/all"
    assert "exposure.day_obs=20250423" in first.where
    assert b"config/bps_usdf.yaml" in first.data
    assert result.spec.environments["weekly-nocache"].env.keys() == {"LSST_S3_USE_THREADS"}
    assert (
        result.shapes["stage3"].of(group(result, "stage3/all").group).frame.stack.environment
        == "weekly-nocache"
    )


def test_every_param_says_what_it_is_for() -> None:
    result, _ = compiled(ROOT, NIGHT)
    library = next(layer for layer in result.spec.layers if layer.name == "library nightly.yaml")
    params = library.get("params")
    assert isinstance(params, Mapping)
    rules = [entry.value for entry in params]
    assert len(rules) == 3
    assert all(isinstance(rule, Mapping) and "about" in rule for rule in rules)


def test_a_night_without_a_param_is_told_what_is_missing(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "campaigns/library", tmp_path / "campaigns/library")
    shutil.copytree(ROOT / "campaigns" / NIGHT, tmp_path / "campaigns" / NIGHT)
    file = tmp_path / "campaigns" / NIGHT / "campaign.yaml"
    file.write_text(file.read_text().replace("night: 20250423, ", ""))
    spec, findings = load(WorkingTree(tmp_path), f"campaigns/{NIGHT}/campaign.yaml")
    assert spec is None
    assert [(f.code.name, "the night to process" in f.hint) for f in findings] == [("CM025", True)]
