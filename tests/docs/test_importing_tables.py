"""The tables of fields on the page about importing are those that imports go by."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmcompile.imports.cm_service import fields as blocks
from cmcompile.imports.cm_service import manifest_fields as manifests
from cmcompile.imports.fields import Table
from cmcompile.imports.poms import fields as poms
from cmcompile.imports.prodstatus import fields as prodstatus
from cmcompile.imports.slurp import fields as slurp

PAGE = (Path(__file__).parents[2] / "docs" / "importing-others.md").read_text(encoding="utf-8")
TABLES = [t for module in (prodstatus, blocks, manifests, poms, slurp) for t in module.TABLES]


def markdown(table: Table) -> str:
    """Return a table as the page has it."""
    rows = [f"| `{f.key}` | {f.here or '—'} | {f.why} |".replace("|  |", "| |") for f in table.fields]
    return "\n".join(["| field | here | |", "| --- | --- | --- |", *rows])


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.about)
def test_a_table_stands_on_the_page_as_it_is(table: Table) -> None:
    assert f"\n\n{markdown(table)}\n" in PAGE


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.about)
def test_a_field_stands_once_and_says_where_it_goes_or_why_nowhere(table: Table) -> None:
    keys = [field.key for field in table.fields]
    assert len(set(keys)) == len(keys)
    assert all(field.here or field.why for field in table.fields)


def test_a_field_that_nobody_knows_is_told() -> None:
    note = slurp.PARAMS.note("dbtga", "rule")
    assert "did they mean dbtag?" in note.text
