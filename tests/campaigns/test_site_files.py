"""The site files of the library compile without a finding, and say what `docs/sites.md` says of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from cmcompile.compiler.compile import compile_spec
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

ROOT = Path(__file__).parents[2]
LIBRARY = ROOT / "campaigns" / "library"
PAGE = (ROOT / "docs" / "sites.md").read_text(encoding="utf-8")
_CAMPAIGN = """\
cmcompile: 1
campaign: c
extends: [../library/local.yaml, ../library/slurm.yaml]
site: {site}
vars: {vars}
where: instrument='HSC'
inputs: [HSC/raw]
collect: u/c
bps:
  project: p
  campaign: c
  pipelineYaml: /pipelines/drp.yaml#step1
  payload: {{payloadName: c, butlerConfig: /repo}}
steps: {{step1: {{collect: u/c/step1}}}}
"""


def made(root: Path, site: str, given: str = "{}") -> dict[str, Any]:
    """Return the submit file of a campaign at a site, as BPS reads it."""
    for name in ("local", "slurm"):
        (root / "campaigns/library").mkdir(parents=True, exist_ok=True)
        shutil.copy(LIBRARY / f"{name}.yaml", root / "campaigns/library")
    file = root / "campaigns/c/campaign.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(_CAMPAIGN.format(site=site, vars=given), encoding="utf-8")
    spec, findings = load(WorkingTree(root), "campaigns/c/campaign.yaml")
    assert spec is not None, findings
    result = compile_spec(spec)
    assert [finding for finding in (*findings, *result.findings) if finding.allowed is None] == []
    (group,) = result.groups
    document: dict[str, Any] = yaml.safe_load(group.data)
    return document


@pytest.mark.parametrize("site", ["local", "local-parsl", "slurm"])
def test_a_site_compiles_without_a_finding(site: str, tmp_path: Path) -> None:
    document = made(tmp_path, site)
    # BPS itself asks for 16 cores and 32 GB, which waits for ever on a small machine.
    assert document["finalJob"]["requestCpus"] == 1
    assert ("site" in document) == (site != "local")
    if site != "local":
        assert set(document["site"]) == {document["computeSite"]}


def test_vars_of_slurm_reach_its_site(tmp_path: Path) -> None:
    given = '{slurm_nodes: 4, slurm_cores: 32, slurm_memory: 9, slurm_walltime: "24:00:00", slurm_setup: x}'
    site = made(tmp_path, "slurm", given)["site"]["slurm"]
    assert (site["nodes"], site["cores_per_node"], site["mem_per_node"]) == (4, 32, 9)
    assert (site["walltime"], site["commandPrefix"]) == ("24:00:00", "x")


def test_a_wall_time_that_yaml_made_a_number_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="CM025"):
        made(tmp_path, "slurm", "{slurm_walltime: 600}")


def test_the_page_has_the_vars_and_what_they_are_by_themselves() -> None:
    params = yaml.safe_load((LIBRARY / "slurm.yaml").read_text(encoding="utf-8"))["params"]
    rows = dict(re.findall(r"^\| `(slurm_\w+)` \|.*\| `?([^|`]+?)`? \|$", PAGE, re.MULTILINE))
    assert rows == {name: str(rule["default"]) or "none" for name, rule in params.items()}


def test_the_page_names_each_site_of_the_library() -> None:
    for file in sorted(LIBRARY.glob("*.yaml")):
        for site in yaml.safe_load(file.read_text(encoding="utf-8")).get("sites", {}):
            assert re.search(rf"^\| [^|]*`{site}`[^|]*\| `{file.name}`", PAGE, re.MULTILINE), site
