"""Which instrument and skymap a step says outright."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmcompile.compiler.governors import governor
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

SPEC = """\
cmcompile: 1
campaign: c
where: CAMPAIGN
inputs: [x]
collect: x/c
bps: {pipelineYaml: /p.yaml, payload: {payloadName: c, butlerConfig: /repo}}
steps:
  step1: {where: STEP, collect: x/c/1}
"""


@pytest.mark.parametrize(
    ("campaign", "step", "found"),
    [
        ("instrument='A'", "visit > 3", "A"),
        ("visit > 3", "{one: instrument = 'A' and visit > 3}", "A"),
        ("instrument='A'", "instrument='B'", "B"),
        ("['A'=instrument, band='r']", "visit > 3", "A"),
        ("instrument='A' or instrument='B'", "visit > 3", ""),
        ("instrument != 'A'", "instrument in ('A')", ""),
        ("skymap='A'", "visit > ${{ vars.x }}", ""),
    ],
)
def test_governor(tmp_path: Path, campaign: str, step: str, found: str) -> None:
    def quoted(text: str) -> str:
        return text if text[0] in "[{" else f'"{text}"'

    text = SPEC.replace("CAMPAIGN", quoted(campaign)).replace("STEP", quoted(step))
    text = text.replace("['A'=instrument, ", "[\"'A'=instrument\", ")
    path = tmp_path / "campaigns/c/campaign.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    spec, findings = load(WorkingTree(tmp_path), "campaigns/c/campaign.yaml")
    assert spec is not None, findings
    assert governor(spec, spec.steps[0], "instrument") == found
