"""A campaign of batch steps on the command line: compiled, explained, compared, planned, verified."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from ledger_builder import Builder, git

from cmcompile.batch.table import read_table
from cmcompile.cli.main import cli

ROOT = Path(__file__).parents[2]
SPEC = "campaigns/auau23/campaign.yaml"
SMALL = """\
cmcompile: 1
campaign: c
batch: {system: slurm, options: {partition: long}}
lists: {runs: {file: runs.csv}}
steps:
  step1:
    engine: batch
    collect: u/c
    split: [{name: run, list: runs}]
    jobs: {each: [run, segment], command: ./go "$JOB_run", payload: go, resources: {memory: 2GB}}
"""


def run(*args: str) -> Result:
    return CliRunner().invoke(cli, list(args))


@pytest.fixture
def campaign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with the campaign of jobs of this one."""
    shutil.copytree(ROOT / "campaigns/auau23", tmp_path / "campaigns/auau23")
    shutil.copytree(ROOT / "campaigns/library", tmp_path / "campaigns/library")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_files_are_written_and_the_manifest_says_which_are_whose(campaign: Path) -> None:
    assert run("compile", "auau23").exit_code == 0
    out = campaign / "build/auau23"
    told = json.loads((out / "manifest.json").read_bytes())["outputs"]
    assert told["DST_CALOR/1.sh"]["kind"] == "jobs"
    assert told["DST_CALOR/calor.sh"]["source"] == "campaigns/auau23/calor.sh"
    names = ["1.jobs.tsv", "1.sh", "1.sbatch", "calor.sh"]
    assert told["DST_CALOR/1.yaml"]["includes"] == [f"DST_CALOR/{name}" for name in names]
    table = read_table((out / "DST_CALOR/1.jobs.tsv").read_bytes())
    assert [job.data_id for job in table.jobs][:2] == ["run=53896, segment=0", "run=53896, segment=1"]
    again = run("compile", "auau23")
    assert "0 new, 0 changed, 30 unchanged" in again.output


def test_the_jobs_run_one_after_the_other_as_they_were_compiled(campaign: Path) -> None:
    """EVENT, then CALOR over what it left, by bash alone."""
    spec = campaign / SPEC
    spec.write_text(spec.read_text().replace("data: /data/sphenix", f"data: {campaign}/data"))
    assert run("compile", "auau23").exit_code == 0
    for step in ("DST_EVENT", "DST_CALOR"):
        folder = campaign / "build/auau23" / step
        (folder / "run.txt").write_text(f"auau23_{step}_1_w00-0a1b2c\n")
        table = read_table((folder / "1.jobs.tsv").read_bytes())
        for job in table.jobs:
            (folder / f"{'event' if step == 'DST_EVENT' else 'calor'}.sh").chmod(0o755)
            done = subprocess.run(
                ["bash", folder / "1.sh", str(job.number)], capture_output=True, check=False
            )
            assert done.returncode == 0, done.stdout
            (output,) = job.outputs
            words = "events" if step == "DST_EVENT" else "calibrated events"
            told = f"{words} of run {job.values[0]}, segment {job.values[1]}\n"
            assert Path(output).read_text() == told
    assert len(list((campaign / "data").rglob("*.root"))) == 22


def test_the_memory_of_a_rescue_is_explained_by_layers(campaign: Path) -> None:
    assert campaign
    found = run("explain", "auau23/DST_CALOR/memory.2", "jobs.resources.memory")
    assert found.exit_code == 0, found.output
    assert found.output.splitlines()[1:] == [
        "jobs.resources.memory: 12GB",
        "  set by rescue memory at campaigns/auau23/campaign.yaml:50:36, because long runs need more memory",
        "  hid 4GB, set by step DST_CALOR at campaigns/auau23/campaign.yaml:45:27",
        "  hid 2GB, set by step_defaults at campaigns/auau23/campaign.yaml:30:25",
    ]
    whole = run("explain", "auau23/DST_CALOR/1")
    output = "/data/sphenix/auau23/DST_CALOR_auau23_ana387_2023p003-${{ job.run | pad(8) }}-"
    assert f"outputs: {output}" in whole.output
    assert "system: slurm" in whole.output
    assert run("explain", "auau23/DST_CALOR/1", "pipelineYaml").exit_code != 0


def test_fields_of_jobs_can_be_listed(campaign: Path) -> None:
    assert campaign
    found = run("list", "auau23", "--fields", "group,jobs.resources.memory,batch.system", "--format", "csv")
    assert "auau23/DST_CALOR/memory.2,12GB,slurm" in found.output
    assert "auau23/DST_EVENT/1,2GB,slurm" in found.output


def test_an_edit_is_put_down_to_its_key_and_new_rows_to_the_table(campaign: Path) -> None:
    spec, rows = campaign / SPEC, campaign / "campaigns/auau23/lists/runs.csv"
    spec.write_text(spec.read_text().replace("memory: 4GB", "memory: 5GB"))
    found = run("diff", "auau23")
    assert "jobs.resources.memory: 4GB → 5GB  DST_CALOR/1 … 3 (all 3 groups)" in found.output
    assert found.output.count("~") == 1
    git(campaign, "checkout", "-q", ".")
    rows.write_text(rows.read_text().replace("53890,2,380", "53890,2,5000"))
    found = run("diff", "auau23")
    assert "rows of the job table: -0 +1 lines  DST_EVENT/1" in found.output
    assert "rows of the job table: -0 +1 lines  DST_CALOR/1" in found.output


def test_a_plan_sends_them_and_collects_nothing(campaign: Path) -> None:
    assert campaign
    found = run("plan", "auau23")
    assert found.exit_code == 0, found.output
    assert "3 to submit; 4 wait" in found.output
    assert "collect" not in found.output
    assert "collection" not in run("status", "auau23").output


@pytest.mark.parametrize("tampered", ["", "1.jobs.tsv", "1.sh", "1.sbatch", "go", "submit.yaml"])
def test_what_was_submitted_is_compiled_again_and_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tampered: str
) -> None:
    folder = tmp_path / "campaigns/c"
    folder.mkdir(parents=True)
    (folder / "campaign.yaml").write_text(SMALL)
    (folder / "runs.csv").write_text("run,segment\n1,0\n1,1\n2,0\n")
    (folder / "go").write_text("#!/bin/bash\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    monkeypatch.chdir(tmp_path)
    builder = Builder(tmp_path, "c").begin()
    made = builder.make("1", git(tmp_path, "rev-parse", "HEAD"))
    assert set(made.files) == {"submit.yaml", "1.jobs.tsv", "1.sh", "1.sbatch", "go"}
    if tampered:
        made.files[tampered] += b"# more\n"
    builder.record(made)
    builder.plant()
    found = run("verify", "c")
    assert found.exit_code == bool(tampered), found.output
    if tampered:
        assert ("CM216" if tampered == "submit.yaml" else "CM217") in found.output
        assert f"/{tampered}" in found.output
    else:
        assert "1 submission: 1 compared (5 files, 1 spec commit)" in found.output


def test_a_folder_of_payload_files_is_what_stands_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "campaigns/c"
    (folder / "macros/deep").mkdir(parents=True)
    (folder / "campaign.yaml").write_text(SMALL.replace("payload: go", "payload: [go, macros/]"))
    (folder / "runs.csv").write_text("run,segment\n1,0\n")
    for name in ("go", "macros/a.C", "macros/deep/b.C"):
        (folder / name).write_text(f"{name}\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    monkeypatch.chdir(tmp_path)
    assert run("compile", "c").exit_code == 0
    out = tmp_path / "build/c/step1"
    assert (out / "macros/deep/b.C").read_text() == "macros/deep/b.C\n"
    assert '"go", "macros/a.C", "macros/deep/b.C"' in (out / "1.yaml").read_text()
    planned = [run("plan", "c").output for _ in range(2)]
    assert planned[0] == planned[1]
    (folder / "macros/c.C").write_text("new\n")
    changed = run("diff", "c")
    assert "1 of 1 group changed" in changed.output, changed.output
    assert "+ campaigns/c/macros/c.C:1  payload: c.C  step1/1" in changed.output
    # What is kept of the last compilation does not hide it.
    assert run("plan", "c").output.splitlines()[1] != planned[0].splitlines()[1]
    reviewed = run("review", "--base", "HEAD")
    assert "c: fine" in reviewed.output, reviewed.output
    git(tmp_path, "rm", "-q", "-rf", "--cached", "campaigns/c/macros")
    shutil.rmtree(folder / "macros")
    found = run("validate", "c")
    assert found.exit_code == 1
    assert "CM072" in found.output
    assert "macros/" in found.output


def test_payload_files_of_two_campaigns_are_paired_by_their_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("c", "d"):
        folder = tmp_path / "campaigns" / name
        folder.mkdir(parents=True)
        (folder / "campaign.yaml").write_text(SMALL.replace("campaign: c", f"campaign: {name}"))
        (folder / "runs.csv").write_text("run,segment\n1,0\n")
        (folder / "go").write_text(f"go {name}\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    monkeypatch.chdir(tmp_path)
    edits = json.loads(run("compare", "c", "d", "--format", "json").output)["spec"]["edits"]
    assert [edit["key"] for edit in edits["listed"]] == ["include go"]
