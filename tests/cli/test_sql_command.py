"""`cmcompile sql`: the ledgers as tables that can be read only."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from ledger_builder import git
from ledger_world import ENDED, SENT, TWIN, World, failed, make_world, run
from syrupy.assertion import SnapshotAssertion

from cmcompile.cli.main import cli
from cmcompile.report.sql.schema import TABLES, Table, ddl

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return two campaigns; one has a ledger with three groups and a rescue group."""
    world = make_world(tmp_path_factory.mktemp("sql"), d=TWIN)
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *ENDED["partial"])
    world.happened("3", *SENT)
    return world.happened("memory.2", *SENT, covers="2").published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def ask(query: str, *more: str) -> list[dict[str, object]]:
    result = run("sql", query, *(more or ("c",)), "--format", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    found: list[dict[str, object]] = json.loads(result.stdout)["rows"]
    return found


@pytest.mark.usefixtures("world")
def test_every_group_of_the_ledger_is_one_row() -> None:
    rows = ask("select group_id, rescue, state, workflows from groups order by group_id")
    assert [tuple(row.values()) for row in rows] == [
        ("1", None, "succeeded", 1),
        ("2", None, "partial", 1),
        ("3", None, "submitted", 1),
        ("memory.2", "memory", "submitted", 1),
    ]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("table", TABLES, ids=lambda t: t.name)
def test_each_table_has_its_columns_and_no_two_rows_of_one_key(table: Table) -> None:
    result = run("sql", "select * from " + table.name, "--format", "csv")  # noqa: S608 - a name of ours
    assert result.exit_code == 0
    head, *rows = list(csv.reader(io.StringIO(result.stdout)))
    assert tuple(head) == tuple(column.name for column in table.columns)
    if table.key:
        keys = [tuple(row[head.index(name)] for name in table.key) for row in rows]
        assert len(keys) == len(set(keys))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("table", ["steps", "groups", "workflows", "tasks", "failures", "members"])
def test_tables_look_as_reviewed(table: str, snapshot: SnapshotAssertion) -> None:
    rows = ask("select * from " + table + " limit 3")  # noqa: S608 - a name of ours
    changing = ("spec_commit", "claim", "gate", "definition", "version", "emit")
    assert [{k: "…" if v and k in changing else v for k, v in row.items()} for row in rows] == snapshot


@pytest.mark.usefixtures("world")
def test_tables_join() -> None:
    (row,) = ask(
        "select w.run, c.covered, e.at from workflows w"
        " join covers c using (campaign, step, group_id, workflow)"
        " join events e using (campaign, step, group_id, workflow) where e.kind = 'claimed'"
    )
    assert row["covered"] == "2"
    assert str(row["run"]).startswith("HSC/runs/c/step1/memory.2/w00-")
    assert str(row["at"]).startswith("2026-11-01T")


@pytest.mark.usefixtures("world")
def test_where_the_data_of_an_id_went() -> None:
    rows = ask("select group_id from members where axis = 'visit' and 12 between lo and hi and not excluded")
    assert {row["group_id"] for row in rows} == {"2", "memory.2"}


@pytest.mark.usefixtures("world")
def test_events_are_whole_and_as_recorded(world: World) -> None:
    rows = ask("select kind, path, blob, body from events where group_id = '1' order by number")
    assert [row["kind"] for row in rows] == [*ENDED["succeeded"][:4], "observed", "observed", "measured"]
    git(world.root, "fetch", "--quiet", "origin")
    for row in rows:
        assert git(world.root, "rev-parse", f"origin/cm/c:{row['path']}") == row["blob"]
        assert isinstance(json.loads(str(row["body"])), dict)
    assert ask("select count(*) as n from events") == [{"n": 7 + 6 + 4 + 4}]


@pytest.mark.usefixtures("world")
def test_which_commit_brought_an_event(world: World) -> None:
    query = (
        "select c.commit_id, c.author, f.change from events e join files f using (campaign, path)"
        " join commits c using (campaign, commit_id) where e.group_id = '1' and e.kind = 'submitting'"
    )
    (row,) = ask(query)
    git(world.root, "fetch", "--quiet", "origin")
    paths = git(world.root, "log", "-1", "--name-only", "--format=", str(row["commit_id"])).splitlines()
    assert any(path.endswith("-submitting.json") for path in paths)
    assert row["change"] == "added"
    assert ask("select distinct change from files") == [{"change": "added"}]
    (places,) = ask("select count(*) n, min(place) a, max(place) b from commits")
    assert places == {"n": 22, "a": 1, "b": 22}


def test_a_shallow_clone_says_that_its_history_is_a_part(
    made: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = git(made.root, "remote", "get-url", "origin")
    git(tmp_path, "clone", "--quiet", "--depth=1", remote, "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    assert ask("select complete, (select count(*) from commits) as n from campaigns") == [
        {"complete": 0, "n": 1}
    ]
    assert ask("select count(*) as n from groups") == [{"n": 4}]


@pytest.mark.usefixtures("world")
def test_what_is_not_known_is_null() -> None:
    (row,) = ask("select quanta, missing, core_seconds from workflows where group_id = '3'")
    assert set(row.values()) == {None}
    (row,) = ask("select commit_id, at, fresh from campaigns where campaign = 'd'", "d")
    assert row == {"commit_id": None, "at": None, "fresh": 1}


@pytest.mark.usefixtures("world")
def test_all_campaigns_are_asked_where_none_is_named() -> None:
    assert ask("select campaign from campaigns order by 1", "c", "d") == [
        {"campaign": "c"},
        {"campaign": "d"},
    ]
    result = run("sql", "select count(*) as n from campaigns", "--format", "csv")
    assert result.stdout == "n\n2\n"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select load_extension('x')", "the function load_extension is not allowed"),
        ("with x as (select 1) delete from groups", "DELETE is not allowed"),
        ("with x as (select 1) insert into groups select * from groups", "INSERT is not allowed"),
        ("with x as (select 1) update groups set step = 'x'", "UPDATE is not allowed"),
        ("select * from pragma_table_info('groups')", "a virtual table is not allowed"),
        ("select 1; drop table groups", "one statement at a time"),
        ("select nope from groups", "no such column: nope"),
        ("select * from nowhere", "no such table: nowhere"),
        ("select 'a", "unrecognized token"),
        ("select hex(zeroblob(500000000))", "too big"),
        ("select \x00", "can't be answered"),
        ("values (", "can't be answered"),
    ],
)
def test_a_query_may_only_read(query: str, said: str) -> None:
    assert said in failed("sql", query, "c")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "query",
    [
        "attach 'x.db' as x",
        "pragma user_version",
        "create table x (a)",
        "drop table groups",
        "vacuum into 'x'",
    ],
)
def test_what_is_no_query_is_refused(query: str, world: World) -> None:
    result = run("sql", query, "c")
    assert result.exit_code == 64
    assert "begins with SELECT" in result.stderr
    assert not list(world.root.glob("x*"))


@pytest.mark.usefixtures("world")
def test_even_behind_explain_nothing_but_reading_is_allowed() -> None:
    from cmcompile.cli.sql_base import QueryError, answer

    for query in ("attach 'x' as y", "pragma user_version", "create table x (a)", "vacuum", "begin"):
        with pytest.raises(QueryError, match=r"is not allowed|can't be answered"):
            answer([], query, 1, 10)
    assert not Path("x").exists()


@pytest.mark.usefixtures("world")
def test_a_query_that_never_ends_is_ended() -> None:
    began = time.monotonic()
    query = "with recursive a(x) as (select 1 union all select x + 1 from a) select count(*) from a"
    assert "took too long" in failed("sql", query, "c", "--seconds", "0.5")
    assert time.monotonic() - began < 20


@pytest.mark.usefixtures("world")
def test_more_rows_than_asked_for_are_told() -> None:
    result = run("sql", "select group_id from groups", "c", "--rows", "2")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 3
    assert "more than 2 rows" in result.stderr


@pytest.mark.usefixtures("world")
def test_any_value_goes_into_any_format() -> None:
    query = "select x'00ff' as b, 9e999 as i, 1 as a, 2 as a, null as n, 'a' || char(27) || '[31m' as t"
    (row,) = ask(query)
    assert row == {"b": "00ff", "i": "inf", "a": 1, "a_2": 2, "n": None, "t": "a\x1b[31m"}
    assert "\x1b" not in run("sql", query, "c").stdout
    assert run("sql", query, "c", "--format", "csv").stdout.startswith("b,i,a,a_2,n,t\n")


@pytest.mark.usefixtures("world")
def test_a_query_may_come_from_standard_input() -> None:
    result = CliRunner().invoke(
        cli, ["sql", "-", "c"], input="-- how many\nselect count(*) as n from groups;\n"
    )
    assert result.exit_code == 0
    assert result.stdout.split() == ["N", "4"]


@pytest.mark.usefixtures("world")
def test_tables_are_listed_and_described() -> None:
    result = run("sql", "--tables", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == sum(len(table.columns) for table in TABLES)
    assert all(row["meaning"] for row in rows)


def test_a_kept_file_is_the_same_each_time(world: World, tmp_path: Path) -> None:
    one, two = tmp_path / "one.sqlite", tmp_path / "two.sqlite"
    assert run("sql", "-o", str(one)).stdout == f"{one}: 2 campaigns\n"
    assert run("sql", "-o", str(two)).exit_code == 0
    assert one.read_bytes() == two.read_bytes()
    base = sqlite3.connect(one)
    assert base.execute("select count(*) from groups").fetchall() == [(4,)]
    texts = dict(base.execute("select name, sql from sqlite_master where sql is not null"))
    assert texts == {table.name: ddl(table) for table in TABLES}
    base.close()
    result = run("sql", "select count(*) as n from events", "-o", str(one), "c", "--format", "csv")
    assert (result.stdout, result.stderr) == ("n\n21\n", f"{one}: 1 campaign\n")
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["one.sqlite", "two.sqlite"]


@pytest.mark.usefixtures("world")
def test_no_other_file_is_ever_replaced(tmp_path: Path) -> None:
    mine = tmp_path / "mine.sqlite"
    base = sqlite3.connect(mine)
    base.execute("create table precious (a)")
    base.commit()
    base.close()
    before = mine.read_bytes()
    assert "was not made by this command" in failed("sql", "-o", str(mine), "c")
    assert mine.read_bytes() == before
    assert "can't be written" in failed("sql", "-o", str(tmp_path / "no/x.sqlite"), "c")


@pytest.mark.usefixtures("world")
def test_the_command_line_says_what_it_wants() -> None:
    assert run("sql").exit_code == 64
    assert run("sql", "c").exit_code == 64
    assert "no campaign is at 'nope'" in failed("sql", "select 1", "nope")


def test_a_ledger_that_cant_be_read_is_told_and_the_others_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(tmp_path, d=TWIN)
    world.happened("1", *SENT).published()
    monkeypatch.chdir(world.root)
    assert run("sql", "select 1 as one").exit_code == 0
    git(world.root, "update-ref", "refs/cmcompile/remotes/origin/cm/d", "HEAD")
    result = run("sql", "select campaign from campaigns", "--format", "csv")
    assert result.exit_code == 3
    assert "d is left out: " in result.stderr
    assert result.stdout == "campaign\nc\n"
    assert run("sql", "select 1 as one", "d").exit_code == 1
