"""Every code has a page in one form, every page has a code, and the table of codes is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cmcompile.model.codes import all_codes
from cmcompile.model.diagnostic import Code
from cmcompile.report.codes_table import codes_table

PAGES = Path(__file__).parents[2] / "docs/diagnostics"
SECTIONS = ["What it means", "Bad", "Good", "What to do"]


def faults(code: Code, text: str) -> list[str]:
    """Return what is wrong with the page of a code."""
    wrong = []
    head = f"# {code.name}: {code.title}\n\nSeverity: {code.severity.value}\n"
    if not re.sub("\n\n+", "\n", text).startswith(re.sub("\n\n+", "\n", head)):
        wrong.append(f"does not begin with {head!r}")
    # A line of a code block may begin with ## too.
    prose = re.sub(r"^```.*?^```$", "CODE", text, flags=re.MULTILINE | re.DOTALL)
    parts = re.split(r"^## (.+)$", prose, flags=re.MULTILINE)
    if parts[1::2] != SECTIONS:
        wrong.append(f"has the sections {parts[1::2]}, not {SECTIONS}")
    bodies = zip(parts[1::2], parts[2::2], strict=True)
    return wrong + [f"has nothing under {name!r}" for name, body in bodies if not body.strip()]


@pytest.mark.parametrize("code", all_codes().values(), ids=lambda c: c.name)
def test_the_page_of_a_code_is_complete(code: Code) -> None:
    page = PAGES / f"{code.name}.md"
    assert page.is_file(), f"write docs/diagnostics/{code.name}.md"
    assert faults(code, page.read_text(encoding="utf-8")) == []


def test_every_page_has_a_code() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} - {"README"} <= set(all_codes())


def test_names_and_titles_of_codes_are_well_formed() -> None:
    for name, code in all_codes().items():
        assert re.fullmatch(r"CM\d{3}", name)
        assert code.title
        assert not code.title.endswith(".")
        assert "\n" not in code.title


def test_no_name_is_used_for_two_codes() -> None:
    source = Path(__file__).parents[2] / "cmcompile/model/codes"
    names = [n for path in source.glob("*.py") for n in re.findall(r'Code\(\s*"(CM\d+)"', path.read_text())]
    assert len(names) == len(set(names)), sorted({n for n in names if names.count(n) > 1})
    assert set(names) == set(all_codes())


def test_the_table_of_codes_is_up_to_date() -> None:
    table = codes_table(all_codes().values())
    written = (PAGES / "README.md").read_text(encoding="utf-8")
    assert written == table, "python -m cmcompile.report.codes_table > docs/diagnostics/README.md"


def test_a_page_that_lacks_something_is_seen() -> None:
    code = next(iter(all_codes().values()))
    good = f"# {code.name}: {code.title}\n\nSeverity: {code.severity.value}\n" + "".join(
        f"## {section}\ntext\n```yaml\n## no section\n```\n" for section in SECTIONS
    )
    assert faults(code, good) == []
    assert faults(code, good.replace("## Bad\n", "")) != []
    assert faults(code, good.replace(code.title, "other")) != []
    assert faults(code, good.replace("Severity: ", "severity: ")) != []
    assert faults(code, good.partition("## Good")[0] + "## Good\n## What to do\nx\n") != []
