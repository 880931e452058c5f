"""What issues of Jira say."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from syrupy.assertion import SnapshotAssertion
from test_alerts import HOSTILE

from cmcompile.model.campaign import Spec
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState
from cmcompile.model.stats import Stats, StatsRow
from cmcompile.model.status import Attention, CampaignStatus, Concern, StepStatus
from cmcompile.report.jira import issues, wiki
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

SPEC = """\
cmcompile: 1
campaign: hsc-w46
production: "P [x] {code}"
where: instrument='HSC'
inputs: [HSC/raw]
bps: {pipelineYaml: /p/x.yaml, payload: {payloadName: c, butlerConfig: /repo/main}}
steps:
  step1:
    split: [{by: visit, values: 1..40, size: 10}]
  step3:
    split: [{by: tract, values: [9615, 9697]}]
"""
STEPS = (
    StepStatus("step1", {GroupState.ACCEPTED: 1, GroupState.FAILED: 2, GroupState.ACTIVE: 1}, people=2,
               quanta=800, missing=7, known=2),
    StepStatus("step3", {GroupState.WAITING: 2}),
)  # fmt: skip
CONCERNS = tuple(
    Concern(
        f"step1/{n}", GroupState.FAILED, HOSTILE, f"{n}@w00", f"cmcompile retry c/step1/{n}@w00 --because '…'"
    )
    for n in range(22)
)
STATUS = CampaignStatus(
    "hsc-w46", steps=STEPS, attention=(Attention("step1", Reason.OUTCOME_UNKNOWN, CONCERNS),)
)
ROW = StatsRow(
    step="step1", workflows=2, told=2, measured=2, quanta=800, succeeded=793, failed=7,
    taken=793, sampled=793, started="2026-11-20T08:00:00Z", ended="2026-11-20T19:06:40Z",
    cpu=120_000_000, wall=160_000_000, wall_median=400_000, memory=3000,
)  # fmt: skip


def spec(tmp_path: Path) -> Spec:
    path = tmp_path / "campaigns/hsc-w46/campaign.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(SPEC)
    found, _ = load(WorkingTree(tmp_path), "campaigns/hsc-w46/campaign.yaml")
    assert found is not None
    return found


def test_the_issues_of_a_campaign(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    by_step = Stats((ROW,), replace(ROW, step=""))
    by_task = Stats((replace(ROW, task="isr"), replace(ROW, task="calibrate")), replace(ROW, step=""))
    keys = {"": "DM-1", "step1": "DM-2"}
    found = issues(spec(tmp_path), STATUS, by_step, by_task, keys, "ledger-id")
    for one in found:
        shown = "\n".join([one.label, one.summary, one.description, "", one.body, one.token])
        assert shown == snapshot(name=one.step or "campaign")
    other = issues(spec(tmp_path / "2"), STATUS, by_step, by_task, {}, "another")
    assert not {one.label for one in found} & {one.label for one in other}


@given(text=st.text())
def test_nothing_of_others_is_markup(text: str) -> None:
    shown = wiki(text)
    assert "\n" not in shown
    # What has a meaning has a backslash before it, and that one has none before it.
    assert not re.search(r"(?<!\\)[{}\[\]|*_^~+!?]", shown)
    assert not re.search(r"\\(?![{}\[\]|*_^~+!?])", shown)
    assert not re.search(r"&(?!#[0-9]{2};)", shown)
    assert "(" not in shown
    assert "://" not in shown
    assert "--" not in shown
