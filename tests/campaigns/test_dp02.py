"""DP0.2 from one spec: the files are those that were run, and the checks see what went wrong then."""

from __future__ import annotations

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

ROOT = Path(__file__).parents[2]
SPEC = "campaigns/dp02/campaign.yaml"

#: sha256 over the view that BpsConfig gives of each as-run file, sorted by name; see `_merged_digest`.
MERGED = {
    "step1/step1_*": "f084caa81f18894c",
    "step1_rescue/step1_rescue_*": "87cd6fbca8da41d2",
    "step3/step3_*": "8d82af6823e55108",
    "step7/step7.yaml": "d244c2a4b7188813",
    "HIPS/HIPS_*": "0c02042a8af0adda",
}


def compiled(root: Path = ROOT) -> Compilation:
    spec, findings = load(WorkingTree(root), SPEC)
    assert spec is not None, findings
    return compile_spec(spec)


def write(result: Compilation, out: Path) -> None:
    files = {g.path: g.data for g in result.groups} | {p: f.data for p, f in result.includes.items()}
    for path, data in files.items():
        (out / path).parent.mkdir(parents=True, exist_ok=True)
        (out / path).write_bytes(data)


def test_files_hold_what_was_run(tmp_path: Path) -> None:
    write(compiled(), tmp_path)
    known = ROOT / "campaigns/dp02/as-run.json"
    done = subprocess.run(
        [sys.executable, ROOT / "demo/as_run.py", tmp_path, known],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("equal to what was run") == 5


@pytest.mark.service("lsst")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("pattern", MERGED)
def test_bps_reads_what_was_run(pattern: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    idf = tmp_path / "bps/config/bps_idf.yaml"
    idf.parent.mkdir(parents=True)
    idf.write_text("computeSite: LSST\npipetask:\n  deblend: {queue: other}\n")
    monkeypatch.setenv("CTRL_BPS_DIR", str(tmp_path / "bps"))
    monkeypatch.setenv("CTRL_BPS_PANDA_DIR", str(tmp_path / "bps"))
    monkeypatch.chdir(tmp_path)
    write(compiled(), tmp_path / "out")
    assert merged_digest(sorted((tmp_path / "out").glob(pattern))) == MERGED[pattern]


def merged_digest(files: list[Path]) -> str:
    from lsst.ctrl.bps import BpsConfig
    from lsst.daf.butler import Config

    out = sha256()
    for file in files:
        merged: Any = Config.toDict(BpsConfig(str(file)))
        out.update(f"{file.name}\0{json.dumps(merged, sort_keys=True)}\n".encode())
    return out.hexdigest()[:16]


def test_keys_come_in_the_order_of_the_spec() -> None:
    result = compiled()
    made = result.group("step1", "1-1")
    assert made is not None
    content = yaml.safe_load(made.data)
    assert list(content) == [
        "includeConfigs", "project", "pipelineYaml", "payload",
        "saveClusteredQgraph", "saveGenericWorkflow", "campaign",
    ]  # fmt: skip
    assert list(content["payload"]) == [
        "payloadName", "output", "butlerConfig", "sw_image", "inCollection", "dataQuery",
    ]  # fmt: skip


def test_the_leak_of_step3_is_seen_without_allow(tmp_path: Path) -> None:
    text = (ROOT / SPEC).read_text()
    line = next(x for x in text.splitlines(keepends=True) if "allow: {CM041" in x)
    folder = tmp_path / "campaigns/dp02"
    folder.mkdir(parents=True)
    (folder / "campaign.yaml").write_text(text.replace(line, ""))
    for file in (ROOT / "campaigns/dp02").rglob("*"):
        target = folder / file.relative_to(ROOT / "campaigns/dp02")
        if file.is_file() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.read_bytes())
    found = [f for f in compiled(tmp_path).findings if f.code.name == "CM041" and f.allowed is None]
    assert [f.message for f in found] == [
        "tract 4848, 4849 is in two groups of step3: 27 and 32",
        "tract 5062..5064 is in two groups of step3: 29 and 32",
    ]


def test_an_exposure_taken_out_of_one_detector_group_only_is_seen() -> None:
    found = [f.message for f in compiled().findings if f.code.name == "CM045"]
    assert found == [
        "exposure 1145348 is taken out of group 1-11 only, 1 of the 3 groups that hold it: "
        "groups 2-11, 3-11 still take it"
    ]


def test_the_spec_is_short() -> None:
    lines = [x for x in (ROOT / SPEC).read_text().splitlines() if x.strip()]
    assert len(lines) <= 100
    assert [x.strip()[:7] for x in lines if len(x) > 120] == ["subset:", "subset:"]
    assert "extends" not in (ROOT / SPEC).read_text()


def test_rescues_cover_the_groups_that_they_served() -> None:
    covers = {g.group.id: g.group.covers for g in compiled().groups if g.group.rescue}
    assert covers["rescue.1"] == ("1-1", "2-1", "3-1")
    assert covers["halves.1-11"] == ("1-11", "2-11")
    assert covers["halves.2-13"] == ("2-13", "3-13")
    assert len(covers) == 17
