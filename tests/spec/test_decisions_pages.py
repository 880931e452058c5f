"""The examples on the pages of the codes of decisions show what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cmcompile.model.codes import decisions as codes
from cmcompile.model.diagnostic import Code, Findings
from cmcompile.model.states import GroupRecord, LedgerState, Workflow, WorkflowState
from cmcompile.plan.legality import Known, check_decisions
from cmcompile.spec.decisions import read_decisions
from cmcompile.spec.yaml import read

PAGES = Path(__file__).parents[2] / "docs/diagnostics"
CODES = [code for code in vars(codes).values() if isinstance(code, Code)]
RUNNING = Workflow("step1", "3", "w00", WorkflowState.RUNNING, live=True, run_id="17")
LEDGER = LedgerState({("step1", "3"): GroupRecord("step1", "3", (RUNNING,))})


def told(code: Code, section: str) -> set[str]:
    page = (PAGES / f"{code.name}.md").read_text(encoding="utf-8")
    part = page.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    (text,) = re.findall(r"^```yaml\n(.*?)^```$", part, re.MULTILINE | re.DOTALL)
    findings = Findings()
    node = read("decisions.yaml", text.encode(), findings)
    assert node is not None
    known = Known(
        {"step1": ["1", "2", "3"]}, LEDGER if "the ledger: step1/3@w00 is running" in text else None
    )
    findings.extend(check_decisions(read_decisions(node, findings), known))
    return {d.code.name for d in findings}


@pytest.mark.parametrize("code", CODES, ids=lambda code: code.name)
def test_the_examples_of_a_page(code: Code) -> None:
    assert told(code, "Bad") == {code.name}
    assert told(code, "Good") == set()
