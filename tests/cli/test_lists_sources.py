"""`cmcompile lists update` from a database, a folder and a server: what is stored, what changes nothing."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import jsonschema
import pytest
from ledger_builder import git
from ledger_world import World, edit, failed, make_world, run

from cmcompile.model.stored import digest_of, read_head

SPEC = """\
cmcompile: 1
campaign: c
vars: {quality: good, data: DATA}
where: instrument='SimCam'
inputs: [SimCam/raw]
collect: SimCam/runs/c
lists:
  rows:
    file: lists/rows.txt
    columns: [run, segment]
    query: {sql: "select segment, run, seen from raws where quality = '${{ quality }}'", database: DAQ}
  found:
    file: lists/found.csv
    query: {files: "${{ data }}/run*/seg*.root", columns: "run0*(?P<run>[0-9]+)/seg0*(?P<segment>[0-9]+)"}
  told: {file: lists/told.txt, columns: [run], query: {url: "URL/runs.csv", format: csv}}
bps:
  pipelineYaml: /p/x.yaml
  payload: {payloadName: c, butlerConfig: /nowhere}
step_defaults: {collect: "${{ campaign.collect }}/${{ step.name }}"}
steps:
  step1: {split: [{name: run, list: rows, size: 1}]}
"""
LISTS = "campaigns/c/lists"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    (tmp_path / "www").mkdir()

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path / "www"))  # type: ignore[arg-type]

        def end_headers(self) -> None:
            data = (tmp_path / "www/runs.csv").read_bytes()
            self.send_header("ETag", digest_of(data.decode()))
            super().end_headers()

        def do_GET(self) -> None:
            data = (tmp_path / "www/runs.csv").read_bytes()
            with (tmp_path / "asked").open("a") as asked:
                asked.write(f"{self.headers.get('If-None-Match', '-')}\n")
            if self.headers.get("If-None-Match") == digest_of(data.decode()):
                self.send_response(304)
                self.end_headers()
                return
            super().do_GET()

        def log_message(self, *args: object) -> None:
            del args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=[0.05])
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def world(tmp_path: Path, served: str, monkeypatch: pytest.MonkeyPatch) -> World:
    for run_, segment in ((72500, 0), (72500, 1), (72501, 0)):
        touch(tmp_path, run_, segment)
    fill(tmp_path, (72500, 0, "good"), (72500, 1, "good"), (72501, 0, "bad"))
    (tmp_path / "www/runs.csv").write_text("run,shift\n72500,night\n72501,day\n")
    made = make_world(tmp_path, c=SPEC.replace("DATA", str(tmp_path / "data")).replace("URL", served))
    monkeypatch.chdir(made.root)
    monkeypatch.setenv("CMCOMPILE_DATABASE_DAQ", f"sqlite:///{tmp_path}/daq.db")
    return made


def touch(path: Path, run_: int, segment: int) -> Path:
    file = path / f"data/run{run_:08}/seg{segment:05}.root"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("x")
    return file


def fill(path: Path, *rows: tuple[int, int, str]) -> None:
    with closing(sqlite3.connect(path / "daq.db")) as database:
        database.execute("create table if not exists raws (run, segment, quality, seen)")
        database.executemany("insert into raws values (?, ?, ?, 'x')", rows)
        database.commit()


def rows(world: World, name: str) -> list[str]:
    head, text = read_head((world.root / LISTS / name).read_text())
    assert head is not None
    assert head.digest == digest_of(text)
    return text.splitlines()


def files(world: World) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in (world.root / LISTS).glob("*")}


def test_each_source_fills_its_list(world: World) -> None:
    result = run("lists", "update", "c")
    assert (result.exit_code, result.stderr) == (0, "")
    assert rows(world, "rows.txt") == ["72500 0", "72500 1"]
    assert rows(world, "found.csv") == ["run,segment", "72500,0", "72500,1", "72501,0"]
    assert rows(world, "told.txt") == ["72500", "72501"]
    head = (world.root / LISTS / "rows.txt").read_text().splitlines()[1]
    asked = json.loads(head.removeprefix("# query: "))
    assert asked == {
        "database": "DAQ",
        "sql": "select segment, run, seen from raws where quality = '${{ quality }}'",
    }
    assert "daq.db" not in head
    assert run("validate", "c").exit_code == 0
    before = files(world)
    assert "wrote" not in run("lists", "update", "c").stdout
    assert files(world) == before


def test_what_a_server_has_not_changed_is_not_sent_again(world: World, tmp_path: Path) -> None:
    def asked() -> str:
        return (tmp_path / "asked").read_text().splitlines()[-1]

    assert run("lists", "update", "c", "told").exit_code == 0
    assert asked() == "-"
    assert "told: 2 rows, unchanged" in run("lists", "update", "c", "told").stdout
    assert asked() != "-"
    (world.root / LISTS / "told.txt").write_text("72500\n")
    assert run("lists", "update", "c", "told").exit_code == 0
    assert asked() == "-", "rows that were edited are asked for whole"
    edit(world.root, "columns: [run], query", "columns: [shift], query")
    assert run("lists", "update", "c", "told", "--allow-shrink").exit_code == 0
    assert rows(world, "told.txt") == ["day", "night"]
    (tmp_path / "www/runs.csv").write_text("run,shift\n72500,night\n72501,day\n72502,swing\n")
    assert run("lists", "update", "c", "told").exit_code == 0
    assert rows(world, "told.txt") == ["day", "night", "swing"]


def test_another_address_is_asked_whole(world: World, tmp_path: Path) -> None:
    """Where the address has a variable in it, what another address gave tells nothing."""
    edit(world.root, "/runs.csv", "/${{ quality }}.csv")
    for name, shift in (("good", 72600), ("bad", 72700)):
        (tmp_path / f"www/{name}.csv").write_text(f"run,shift\n{shift},night\n")
    assert run("lists", "update", "c", "told").exit_code == 0
    assert rows(world, "told.txt") == ["72600"]
    edit(world.root, "quality: good", "quality: bad")
    assert run("lists", "update", "c", "told", "--allow-shrink").exit_code == 0
    assert rows(world, "told.txt") == ["72700"]


def test_two_columns_of_one_name_are_not_guessed_about(world: World) -> None:
    edit(world.root, "select segment, run, seen from", "select segment, run, segment as run from")
    assert "several columns run" in failed("lists", "update", "c", "rows")


def test_lists_grow_and_files_stay_where_they_are(world: World, tmp_path: Path) -> None:
    assert run("lists", "update", "c").exit_code == 0
    new = touch(tmp_path, 72502, 0)
    fill(tmp_path, (72502, 0, "good"))
    result = run("lists", "update", "c")
    assert "rows: 3 rows, 1 new\n  + 72502 0\n" in result.stdout
    assert "found: 4 rows, 1 new\n" in result.stdout
    assert new.read_text() == "x"
    assert {p.name for p in (tmp_path / "data").iterdir()} == {"run00072500", "run00072501", "run00072502"}


@pytest.mark.parametrize("source", ["files", "sql", "url", "empty"])
def test_a_list_never_shrinks_silently(world: World, tmp_path: Path, source: str) -> None:
    assert run("lists", "update", "c").exit_code == 0
    before = files(world)
    if source == "files":
        touch(tmp_path, 72501, 0).unlink()
    elif source == "sql":
        with closing(sqlite3.connect(tmp_path / "daq.db")) as database:
            database.execute("delete from raws where segment = 1")
            database.commit()
    else:
        lines = "run,shift\n72500,night\n" if source == "url" else "run,shift\n"
        (tmp_path / "www/runs.csv").write_text(lines)
    told = failed("lists", "update", "c")
    assert ("has no row" if source == "empty" else "rows that are stored are gone") in told
    assert files(world) == before
    result = run("lists", "update", "c", "--keep-going")
    assert result.exit_code == 1
    assert "stays as it is: " in result.stderr
    assert files(world) == before


def test_rows_that_are_gone_stay_where_the_query_says_so(world: World, tmp_path: Path) -> None:
    edit(world.root, 'segment>[0-9]+)"}', 'segment>[0-9]+)", gone: keep}')
    edit(world.root, "format: csv}", "format: csv, gone: keep}")
    assert run("lists", "update", "c").exit_code == 0
    for segment in range(2):
        touch(tmp_path, 72500, segment).unlink()
    touch(tmp_path, 72400, 0)
    (tmp_path / "www/runs.csv").write_text("run,shift\n72400,day\n")
    result = run("lists", "update", "c")
    assert result.exit_code == 0
    assert rows(world, "found.csv") == ["run,segment", "72400,0", "72500,0", "72500,1", "72501,0"]
    assert rows(world, "told.txt") == ["72400", "72500", "72501"]
    edit(world.root, "(?P<segment>", "(?P<part>")
    assert "list found: campaigns/c/lists/found.csv has other columns" in failed("lists", "update", "c")


def test_one_source_that_fails_keeps_its_file_and_no_other(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("lists", "update", "c").exit_code == 0
    before = files(world)
    touch(tmp_path, 72503, 0)
    monkeypatch.setenv("CMCOMPILE_DATABASE_DAQ", "postgresql://ann:hunter2@127.0.0.1:1/daq")
    result = run("lists", "update", "c")
    assert result.exit_code == 6
    assert result.stderr.endswith("; nothing was changed\n")
    assert "hunter2" not in result.stderr
    assert files(world) == before
    result = run("lists", "update", "c", "--keep-going", "--format", "json")
    assert result.exit_code == 6
    told = json.loads(result.stdout)
    jsonschema.validate(told, json.loads(run("schema", "lists").stdout))
    assert [(one["name"], one["answered"]) for one in told["left"]] == [("rows", False)]
    assert [one["name"] for one in told["lists"]] == ["found", "told"]
    after = files(world)
    assert {name for name in after if after[name] != before[name]} == {"found.csv"}


def test_what_can_not_be_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CMCOMPILE_DATABASE_DAQ")
    assert "CMCOMPILE_DATABASE_DAQ must hold the address of the database" in failed("lists", "update", "c")
    monkeypatch.setenv("CMCOMPILE_DATABASE_DAQ", "hunter2")
    told = failed("lists", "update", "c", "rows")
    assert "its address can't be read" in told
    assert "hunter2" not in told
    monkeypatch.setenv("SOME_TOKEN", "/hunter2")
    edit(world.root, "${{ data }}/run*", "${SOME_TOKEN}/x/run*")
    told = run("lists", "update", "c", "found").stderr
    assert "list found: [SOME_TOKEN]/x is not there, or no folder; nothing was changed" in told
    edit(world.root, "${SOME_TOKEN}/x/run*", "${{ data }}/run*")
    edit(world.root, "columns: [run], query", "columns: [rum], query")
    assert "there is no column rum, only run, shift" in failed("lists", "update", "c", "told")
    edit(world.root, "/seg*.root", "/nothing*")
    assert "the source of list found has no row" in failed("lists", "update", "c", "found")
    edit(world.root, '"${{ data }}/run*', '"${{ dota }}/run*')
    assert "`files` of list found can't be filled in" in failed("lists", "update", "c", "found")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("database: DAQ}", "database: DAQ, url: 'https://x/y', format: csv}", "can't stand beside `sql`"),
        ("database: DAQ}", "database: DAQ, where: x}", "can't stand beside `sql`"),
        (", database: DAQ}", "}", "`database`, which `sql` needs, is missing"),
        ("database: DAQ}", "database: daq}", "a name in capital letters"),
        ("(?P<run>", "(?P<run", "is no regular expression"),
        ("run0*(?P<run>[0-9]+)/seg0*(?P<segment>[0-9]+)", "run", "has no named group"),
        ("format: csv", "format: xls", "must be `csv`, `json` or `text`"),
        ("format: csv}", "format: csv, gone: drop}", "must be `refuse` or `keep`"),
        ('{url: "', "{where: x, notused: \"", "is missing"),
        ('url: "http', 'url: "ftp', "an address that begins with"),
        ("[0-9]+)\"}", "[0-9]+)\", settled: soon}", "a duration"),
    ],
)  # fmt: skip
def test_a_query_that_is_none(world: World, old: str, new: str, said: str) -> None:
    edit(world.root, old, new)
    result = run("validate", "c")
    assert result.exit_code == 1
    assert said in result.stdout


def test_a_file_of_another_query_is_told(world: World) -> None:
    assert run("lists", "update", "c").exit_code == 0
    edit(world.root, "select segment, run, seen", "select run, segment")
    edit(world.root, "run*/seg*", "run*/seg0*")
    path = world.root / LISTS / "told.txt"
    path.write_text(path.read_text().replace("72501", "72502"))
    told = run("validate", "c").stdout
    assert f"{LISTS}/rows.txt:2:1: warning CM150" in told
    assert f"{LISTS}/found.csv:2:1: warning CM150" in told
    assert f"{LISTS}/told.txt:4:1: warning CM151" in told
    assert git(world.root, "status", "--porcelain")
