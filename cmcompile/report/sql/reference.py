"""The tables on the manual's page.

``python -m cmcompile.report.sql.reference < docs/sql.md > docs/sql.new && mv docs/sql.new docs/sql.md``
"""

from __future__ import annotations

from cmcompile.report.sql.schema import TABLES, Table

BEGIN, END = "<!-- tables: made by `make docs` -->", "<!-- end of tables -->"


def with_tables(page: str) -> str:
    """Return the page with the tables as they are now.

    Raises
    ------
    ValueError
        When the page has no place for them.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return f"{head}{BEGIN}\n\n{tables()}\n{END}{tail}"


def tables() -> str:
    """Return all tables as Markdown."""
    return "\n".join(map(_table, TABLES))


def _table(table: Table) -> str:
    rows = [f"| `{c.name}` | {c.kind.lower()} | {c.about} |" for c in table.columns]
    key = f" A row for each {', '.join(f'`{name}`' for name in table.key)}." if table.key else ""
    head = ["| column | type | meaning |", "| --- | --- | --- |"]
    return "\n".join([f"### `{table.name}`", "", f"{table.about}{key}", "", *head, *rows, ""])


def _main() -> None:
    import sys

    sys.stdout.write(with_tables(sys.stdin.read()))


if __name__ == "__main__":
    _main()
