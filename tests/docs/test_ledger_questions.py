"""What the pages on reports, SQL and auditing show is run on a real ledger, and answers what they say."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from ledger_builder import git
from ledger_world import ENDED, SENT, World, make_world, run

from cmcompile.model.event import Accepted, Chained, Subject
from cmcompile.report.sql.reference import with_tables

ROOT = Path(__file__).parents[2]
PAGES = ("reports", "sql", "auditing")


def text(page: str) -> str:
    """Return a page with the names of the campaign that the tests have."""
    return (ROOT / f"docs/{page}.md").read_text(encoding="utf-8").replace("dp02", "c")


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Return the commands of the pages that read a ledger; those of git are the reader's.

    These ledgers were written without cmcompile, which `verify` sees; it has tests of its own.
    """
    lines = [line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines()]
    return [line for line in lines if re.match("cmcompile (?!verify )", line)]


QUERIES = [(page, query) for page in PAGES for query in blocks(page, "sql")]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a ledger with an accepted group, one that failed in part and its rescue, and a collection."""
    world = make_world(tmp_path_factory.mktemp("questions"))
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *ENDED["partial"])
    world.happened("memory.2", *SENT, covers="2")
    head = git(world.root, "rev-parse", "HEAD")
    planted = world.builder.make("1", head)
    good = replace(planted, subject=Subject("step1", "1"), claim_id="")
    world.builder.commits.append(world.builder.event(good, Accepted(("1@w00",), "no failures", 0, 400)))
    step = replace(planted, subject=Subject("step1"), claim_id="")
    world.builder.commits.append(world.builder.event(step, Chained("HSC/runs/c/step1", ("1@w00",))))
    for figures in (b"{}", b'{"format": 1}'):
        world.builder.commits.append({"status.json": figures})
    return world.published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def rows(query: str) -> list[dict[str, object]]:
    result = run("sql", query, "c", "--format", "json")
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    found: list[dict[str, object]] = json.loads(result.stdout)["rows"]
    return found


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("line", commands())
def test_the_commands_of_the_pages_work(line: str, tmp_path: Path) -> None:
    words = [str(tmp_path / w) if w.endswith(".sqlite") else w for w in shlex.split(line, comments=True)[1:]]
    result = run(*words)
    assert result.exit_code == 0, result.output


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(("page", "query"), QUERIES)
def test_the_queries_of_the_pages_work(page: str, query: str) -> None:
    del page
    rows(query)


def asked(page: str, part: str) -> list[dict[str, object]]:
    (query,) = [query for of, query in QUERIES if of == page and part in query]
    return rows(query)


@pytest.mark.usefixtures("world")
def test_the_auditor_gets_the_answers() -> None:
    (made,) = asked("auditing", "host, spec, spec_commit")
    assert (made["group_id"], made["run_id"], made["host"]) == ("1", "31415", "host")
    people = asked("auditing", "c.author")
    assert [row["kind"] for row in people][:4] == ["claimed", "prepared", "submitting", "submitted"]
    assert all(row["author"] and row["by"] == "ci" for row in people)
    (judged,) = asked("auditing", "json_extract")
    assert (judged["kind"], judged["why"]) == ("accepted", "no failures")
    assert len(asked("auditing", "select axis, lo, hi")) == 10
    (chained,) = asked("auditing", "from chains")
    assert (chained["place"], chained["verdict"]) == (1, "accepted")
    assert asked("auditing", "change <> 'added'") == [
        {"path": "status.json", "change": "changed", "times": 1}
    ]
    assert {row["group_id"] for row in asked("auditing", "where live")} == {"memory.2"}


@pytest.mark.usefixtures("world")
def test_the_examples_find_what_they_say() -> None:
    assert {row["group_id"] for row in asked("sql", "12 between")} == {"2", "memory.2"}
    (week,) = asked("sql", "core_hours")
    assert (week["workflows"], week["core_hours"], week["missing"], week["not_measured"]) == (3, 44.4, 7, 2)
    (failing,) = asked("sql", "from failures")
    assert (failing["task"], failing["n"]) == ("isr", 7)
    (submitted,) = asked("sql", "julianday")
    assert (submitted["submissions"], submitted["minutes"]) == (3, 180.0)
    assert asked("sql", "group_concat") == []


def test_the_tables_of_the_page_are_those_of_the_code() -> None:
    page = (ROOT / "docs/sql.md").read_text(encoding="utf-8")
    assert with_tables(page) == page, "make docs"
    with pytest.raises(ValueError, match="lacks"):
        with_tables("no place")
