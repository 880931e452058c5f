"""The pages of the codes of this stage show what they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cmcompile.model.codes import reading
from cmcompile.model.diagnostic import Code, Findings
from cmcompile.spec.yaml import read

PAGES = Path(__file__).parents[2] / "docs" / "diagnostics"
CODES = [code for code in vars(reading).values() if isinstance(code, Code)]
#: Files that can't be shown in a page: named, wrongly encoded, or with other line ends.
NOT_SHOWN = {"CM001", "CM002", "CM003", "CM011", "CM018"}


def parts(code: Code) -> dict[str, str]:
    text = (PAGES / f"{code.name}.md").read_text()
    assert text.startswith(f"# {code.name}: {code.title}\n\nSeverity: {code.severity.value}\n")
    return dict(re.findall(r"^## (.*?)\n\n(.*?)(?=\n## |\Z)", text, re.DOTALL | re.MULTILINE))


def codes(fenced: str) -> set[str]:
    findings = Findings()
    read("x.yaml", fenced.removeprefix("```yaml\n").rstrip().removesuffix("```").encode(), findings)
    return {finding.code.name for finding in findings}


@pytest.mark.parametrize("code", CODES, ids=lambda code: str(code.name))
def test_page(code: Code) -> None:
    page = parts(code)
    assert list(page) == ["What it means", "Bad", "Good", "What to do"]
    assert codes(page["Good"]) == set()
    assert code.name in NOT_SHOWN or code.name in codes(page["Bad"])
