"""Rows of real databases: SQLite and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from postgres_server import Postgres

from cmcompile.model.list_query import Answer
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.lists import sql
from cmcompile.observe.lists.cells import AskError
from cmcompile.observe.lists.sql import ask_sql

MADE = (
    "create table runs (run integer, segment integer, quality text, seeing double precision)",
    "insert into runs values (72500, 0, 'good', 1.5), (72500, 1, 'good', null), (72501, 0, 'bad', 2.25)",
)
SELECT = "select run, segment, seeing from runs where quality = 'good' order by segment desc"


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=[pytest.mark.service("postgres"), pytest.mark.xdist_group("sites")]),
    ]
)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database with three rows."""
    if request.param == "sqlite":
        with closing(sqlite3.connect(tmp_path / "a b%.db")) as connection:
            for statement in MADE:
                connection.execute(statement)
            connection.commit()
        yield f"sqlite:///{tmp_path / 'a b%.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.new_database()
    for statement in MADE:
        server.ask(statement, name)
    yield f"postgresql://{server.user}:hunter2@127.0.0.1:{server.port}/{name}"
    server.drop(name)


def test_rows_with_the_names_of_their_columns(address: str) -> None:
    expected = Answer(("run", "segment", "seeing"), ((72500, 1, "null"), (72500, 0, "1.5")))
    assert ask_sql(address, f"  {SELECT} ;\n") == expected


def test_percent_signs_and_colons_are_nothing_special(address: str) -> None:
    found = ask_sql(
        address, "select quality from runs where quality like 'g%' and ':x' <> '%s' and segment = 0"
    )
    assert found == Answer(("quality",), (("good",),))


@pytest.mark.parametrize(
    "statement",
    [
        "delete from runs",
        "insert into runs values (1, 1, 'x', 1)",
        "create table more (n integer)",
        "update runs set run = 1 where run = 72500 returning run",
        "select 1; delete from runs",
    ],
)
def test_nothing_is_ever_written(address: str, statement: str) -> None:
    with pytest.raises(AskError):
        ask_sql(address, statement)
    found = ask_sql(address, "select run from runs")
    assert isinstance(found, Answer)
    assert len(found.rows) == 3


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("select nothing from runs", "nothing"),
        ("select run from nowhere", "nowhere"),
        ("selec run from runs", "syntax error"),
        (" ; ", "no statement"),
    ],
)
def test_a_wrong_statement_is_told(address: str, statement: str, said: str) -> None:
    with pytest.raises(AskError, match=said) as told:
        ask_sql(address, statement)
    assert "hunter2" not in str(told.value)


def test_too_many_rows(address: str) -> None:
    with pytest.raises(AskError, match="more than 2 rows"):
        ask_sql(address, "select run from runs", most=2)


def test_a_statement_that_takes_too_long(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "PATIENCE", 1)
    endless = "with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) from t"
    found = ask_sql(address, endless)
    assert isinstance(found, NoAnswer), found
    assert "hunter2" not in found.why


@pytest.mark.service("postgres")
@pytest.mark.xdist_group("sites")
def test_values_of_other_kinds(postgres: Postgres) -> None:
    address = f"postgresql://{postgres.user}@127.0.0.1:{postgres.port}/postgres"
    found = ask_sql(
        address,
        "select 5::numeric as n, 5.25::numeric as d, true as t, date '2026-01-02' as day, "
        "timestamp '2026-01-02 03:04:05' as at, '007' as text, ' 12 ' as padded",
    )
    assert isinstance(found, Answer)
    assert found.rows == ((5, "5.25", "true", "2026-01-02", "2026-01-02T03:04:05", "007", 12),)
    with pytest.raises(AskError, match="of the kind list"):
        ask_sql(address, "select array[1, 2]")


@pytest.mark.parametrize(
    "bad", ["", "nonsense", "nosuch://x/y", "sqlite://", "sqlite:///relative.db", "postgresql://h:port/x"]
)
def test_a_bad_address_is_not_shown(bad: str) -> None:
    with pytest.raises(AskError, match="its address") as told:
        ask_sql(bad, "select 1")
    assert not bad or bad not in str(told.value).partition(";")[0]


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    assert isinstance(ask_sql(f"sqlite:///{tmp_path}/none.db", "select 1"), NoAnswer)
    assert not (tmp_path / "none.db").exists()
    found = ask_sql("postgresql://u:hunter2@127.0.0.1:1/x?application_name=hunter2", "select 1")
    assert isinstance(found, NoAnswer)
    assert "hunter2" not in found.why
