"""`tell` of a spec, and of the library files that it extends."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmcompile.model.campaign import Spec
from cmcompile.model.tell import JiraTarget, Tell, WebhookTarget
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

SPEC = """\
cmcompile: 1
campaign: c
{tell}inputs: [HSC/raw]
where: instrument='HSC'
bps: {{pipelineYaml: /p/x.yaml, payload: {{payloadName: c, butlerConfig: /repo/main}}}}
steps: {{step1: {{split: [{{by: visit, values: 1..4, size: 2}}]}}}}
"""
LIBRARY = """\
tell:
  jira: {url: "https://jira.test/sub/", project: DM, issue_type: Story}
  webhook: [{name: ops, url_from: OPS}, {name: dash, url_from: DASH, on: [overdue], form: json}]
"""


def read(root: Path, tell: str, library: str = "") -> tuple[Spec | None, list[str]]:
    place = root / "campaigns" / "c"
    place.mkdir(parents=True)
    (place / "campaign.yaml").write_text(SPEC.format(tell=tell))
    (place / "lib.yaml").write_text(library)
    spec, findings = load(WorkingTree(root), "campaigns/c/campaign.yaml")
    return spec, [f"{f.code.name} {f.span.line if f.span else 0}: {f.message}" for f in findings]


def told(root: Path, tell: str, library: str = "") -> Tell:
    spec, findings = read(root, tell, library)
    assert spec is not None, findings
    return spec.tell


def test_nobody(tmp_path: Path) -> None:
    assert told(tmp_path, "") == Tell()


def test_a_library_and_a_campaign(tmp_path: Path) -> None:
    tell = "extends: lib.yaml\ntell: {webhook: [{name: ops, url_from: MINE, on: [person]}]}\n"
    assert told(tmp_path, tell, LIBRARY) == Tell(
        JiraTarget("https://jira.test/sub", "DM", "Story"),
        (WebhookTarget("ops", "MINE", ("person",)), WebhookTarget("dash", "DASH", ("overdue",), "json")),
    )


@pytest.mark.parametrize(
    ("tell", "said"),
    [
        ("{}", "must not be empty"),
        ("{jira: {url: https://jira.test}}", "project"),
        (
            '{jira: {url: "https://me@jira.test", project: DM}}',
            "an address as `https://jira.example.org`",
        ),
        ("{jira: {url: https://jira.test, project: dm}}", "the key of a project"),
        ("{webhook: [{name: ops, url: https://hooks.test/secret}]}", "url_from"),
        ('{webhook: [{name: ops, url_from: "https://hooks.test/secret"}]}', "never its value"),
        ("{webhook: [{name: ops, url_from: OPS, on: [all]}]}", "`person` or `overdue`"),
        ("{mail: x}", "mail"),
    ],
)
def test_what_is_wrong_is_said_at_its_line(tmp_path: Path, tell: str, said: str) -> None:
    spec, findings = read(tmp_path, f"tell: {tell}\n")
    assert spec is None
    assert findings[0].split(":")[0].endswith(" 3")
    assert said in " ".join(findings)
    assert "hooks.test/secret" not in " ".join(f for f in findings if "never its value" in f)
