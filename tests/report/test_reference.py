"""The manual of the language is made from the schema, is up to date, and has no dead link."""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from cmcompile.report import reference
from cmcompile.report.reference import language_reference

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/language.md"
SCHEMA = ROOT / "schemas/campaign-v1.schema.json"


def loaded() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return found


def anchors(page: str) -> list[str]:
    outside = re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)
    titles = re.findall(r"^#+ (.+)$", outside, re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles]


def test_the_page_is_up_to_date() -> None:
    made = language_reference(loaded())
    assert PAGE.read_text(encoding="utf-8") == made, (
        "python -m cmcompile.report.reference < schemas/campaign-v1.schema.json > docs/language.md"
    )


def test_every_link_leads_somewhere_and_no_heading_comes_twice() -> None:
    page = language_reference(loaded())
    found = anchors(page)
    assert len(found) == len(set(found))
    links = re.findall(r"\]\(#([^)]+)\)", page)
    assert links
    assert set(links) <= set(found)


def test_every_key_of_every_object_is_in_a_table() -> None:
    page = language_reference(loaded())
    for part in [loaded(), *loaded()["$defs"].values()]:
        if "title" not in part or "properties" not in part:
            continue
        section = page.partition(f"\n### {part['title']}\n")[2].partition("\n### ")[0]
        assert part["description"] in section
        rows = [row for row in section.splitlines() if row.startswith("| ") and "`" in row]
        keys = [re.findall(r"`([^`]+)`", row.split("|")[1])[0] for row in rows]
        assert [key for key in keys if not key.startswith("<")] == list(part["properties"])


def test_every_row_has_four_cells() -> None:
    tables = language_reference(loaded()).partition("\n## Keys\n")[2]
    for row in re.findall(r"^\|.*$", tables, re.MULTILINE):
        assert len(re.split(r"(?<!\\)\|", row)) == 6, row


def small() -> dict[str, Any]:
    return {
        "title": "Thing",
        "description": "A thing.",
        "required": ["a"],
        "properties": {
            "a": {"$ref": "#/$defs/key_a", "description": "Said here."},
            "b": {"type": "integer", "x-form": "x|y", "description": "B.", "default": 0, "examples": [1, 2]},
            "c": {"type": "array", "x-form": "parts", "items": {"$ref": "#/$defs/part"}, "description": "C."},
        },
        "$defs": {
            "key_a": {"type": "string", "x-form": "text", "description": "Hidden.", "examples": ["it's"]},
            "part": {
                "title": "Part",
                "description": "P.",
                "properties": {"d": {"x-form": "d", "description": "D.", "default": "no limit"}},
            },
        },
        "x-guide": [{"title": "How, then?", "keys": ["a"], "text": ["Like", "this."]}],
    }


def test_a_row_tells_form_default_and_meaning() -> None:
    page = language_reference(small())
    assert "| [`a`](#how-then) | text | required | Said here. |\n" in page
    assert "| `b` | x\\|y | `0` | B. |\n" in page
    assert "| `c` | parts → [Part](#part) |  | C. |\n" in page
    assert "| `d` | d | no limit | D. |\n" in page
    assert "```yaml\na: it's\nb: 1\nb: 2\n```" in page
    assert "## How, then?\n\nLike\nthis.\n" in page


def test_the_module_writes_the_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(small())))
    reference._main()
    assert capsys.readouterr().out == language_reference(small())
