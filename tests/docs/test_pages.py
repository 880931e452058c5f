"""The examples on the pages of the codes of names, cuts, rescues, sent groups and outputs show what they say.

An example is the campaign of a repository that has a library with all that it leaves out. A block that begins
with the name of a file (``# lists/visits.txt``) is that file, relative to the campaign's folder; those of Bad
are there in Good too. A block that begins with ``# as it was sent`` is the campaign whose groups were sent.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

import pytest

from cmcompile.compiler.compile import compile_spec
from cmcompile.compiler.result import Compilation
from cmcompile.compiler.sent import sent_from
from cmcompile.model.codes import names, output, rescues, sent, splitting
from cmcompile.model.diagnostic import Code, Diagnostic, Severity
from cmcompile.model.group import SentGroups
from cmcompile.spec.files import WorkingTree
from cmcompile.spec.load import load

PAGES = Path(__file__).parents[2] / "docs/diagnostics"
STAGES: tuple[ModuleType, ...] = (names, splitting, rescues, sent, output)
#: What a compile says of the output folder: its page shows commands, which ``test_commands`` runs.
COMMANDS = {output.STALE_FILE}
CODES = [c for stage in STAGES for c in vars(stage).values() if isinstance(c, Code) and c not in COMMANDS]

SPEC = "campaigns/example/campaign.yaml"
LIBRARY = """\
cmcompile: 1
where: instrument='HSC' and skymap='hsc_rings_v1'
inputs: [HSC/defaults]
collect: HSC/runs/example
bps:
  pipelineYaml: ${DRP_PIPE_DIR}/pipelines/HSC/DRP-RC2.yaml#${{ step.name }}
  payload: {payloadName: example, butlerConfig: /repo/main}
step_defaults: {collect: "${{ campaign.collect }}/${{ step.name }}"}
steps: {step1: {}}
"""
SENT = "# as it was sent\n"

_BLOCK = re.compile(r"^```(?:yaml|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.(?:yaml|txt|csv))\n")


@dataclass(slots=True)
class Example:
    """The blocks of a section: campaigns in their order, and files by path."""

    campaigns: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)


def example(page: str, section: str) -> Example:
    """Return an example of a page."""
    part = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    found = Example()
    for text in _BLOCK.findall(part):
        named = _FILE.match(text)
        if named is None:
            found.campaigns.append(text)
        else:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(SPEC), named[1]))
            found.files[path] = text
    return found


def completed(text: str) -> str:
    """Return a campaign with what an example leaves out."""
    base = "../library/base.yaml"
    head = "" if text.startswith("cmcompile:") else "cmcompile: 1\ncampaign: example\n"
    if "extends: [" in text:
        return head + text.replace("extends: [", f"extends: [{base}, ")
    return f"{head}extends: [{base}]\n{text}"


def compiled(root: Path, text: str, before: SentGroups) -> tuple[Compilation | None, list[Diagnostic]]:
    """Write a campaign and compile it; returns the findings too."""
    (root / SPEC).write_text(completed(text), encoding="utf-8")
    spec, findings = load(WorkingTree(root), SPEC)
    if spec is None:
        return None, list(findings)
    result = compile_spec(spec, before)
    return result, [*findings, *result.findings]


def reported(root: Path, files: dict[str, str], campaigns: list[str]) -> list[Diagnostic]:
    """Return the findings of the last of some campaigns, those before it having been sent."""
    for path, text in {"campaigns/library/base.yaml": LIBRARY, SPEC: "", **files}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    before = SentGroups({})
    for text in campaigns[:-1]:
        assert text.startswith(SENT)
        result, _ = compiled(root, text, before)
        assert result is not None
        assert not result.failed
        before = SentGroups({(g.group.step, g.group.id): sent_from(g) for g in result.groups})
    return [d for d in compiled(root, campaigns[-1], before)[1] if d.allowed is None]


def faults(findings: list[Diagnostic]) -> set[str]:
    """Return the codes of errors and warnings."""
    return {d.code.name for d in findings if d.code.severity is not Severity.NOTE}


@pytest.mark.parametrize("code", CODES, ids=lambda c: c.name)
def test_the_bad_example_gives_the_code_and_no_other_fault(code: Code, tmp_path: Path) -> None:
    bad = example((PAGES / f"{code.name}.md").read_text(encoding="utf-8"), "Bad")
    found = reported(tmp_path, bad.files, bad.campaigns)
    assert code.name in {d.code.name for d in found}, found
    assert faults(found) <= {code.name}, found


@pytest.mark.parametrize("code", CODES, ids=lambda c: c.name)
def test_the_good_example_does_not(code: Code, tmp_path: Path) -> None:
    page = (PAGES / f"{code.name}.md").read_text(encoding="utf-8")
    bad, good = example(page, "Bad"), example(page, "Good")
    found = reported(tmp_path, {**bad.files, **good.files}, [*bad.campaigns[:-1], *good.campaigns])
    assert code.name not in {d.code.name for d in found}, found
    assert faults(found) == set(), found


def test_files_and_campaigns_are_told_apart() -> None:
    page = (
        "# x\n\n## Bad\n\n```yaml\n# as it was sent\na: 1\n```\n\n```yaml\nb: 1\n```\n\n"
        "```text\n# lists/x.txt\n1\n```\n\n```yaml\n# ../library/l.yaml\nc: 1\n```\n\n"
        "## Good\n\n```yaml\nd: 1\n```\n"
    )
    found = example(page, "Bad")
    assert found.campaigns == ["# as it was sent\na: 1\n", "b: 1\n"]
    assert found.files == {
        "campaigns/example/lists/x.txt": "# lists/x.txt\n1\n",
        "campaigns/library/l.yaml": "# ../library/l.yaml\nc: 1\n",
    }
    assert example(page, "Good") == Example(["d: 1\n"])
