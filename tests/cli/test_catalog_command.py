"""`cmcompile catalog`: filled from signals and from files, and shown."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from batch_world import BatchWorld, make_batch_world
from jsonschema import Draft202012Validator
from ledger_world import edit, failed, run
from postgres_server import Postgres

from cmcompile.model.signal import SignalOutput
from cmcompile.spec.schema import schema_text


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BatchWorld:
    """Jobs of which one failed, one never told how it ended, and one was made twice."""
    world = make_batch_world(tmp_path)
    one = world.sent("event", "22000", "partial")
    told = SignalOutput("event-22000-1.root", size=1000, checksum="md5:00ff", events=5)
    one.said(1, "begun").said(1, "finished", 3, exit_=0, outputs=[told]).said(1, "ended", 4, exit_=0)
    one.ran(2, exit_=3, message="no space").wrote(1).wrote(2)
    again = world.sent("event", "22000", workflow="w01")
    again.ran(1, events=7)
    other = world.sent("calor", "22001")
    other.ran(1, events=70).said(2, "begun", 3)
    other.wrote(1, b"12345").wrote(2, b"half")
    world.published()
    monkeypatch.chdir(world.root)
    monkeypatch.delenv("CMCOMPILE_CATALOG", raising=False)
    return world


def outputs(selector: str) -> list[dict[str, Any]]:
    document = json.loads(run("catalog", "show", selector, "--format", "json").stdout)
    Draft202012Validator(json.loads(schema_text("catalog"))).validate(document)
    found: list[dict[str, Any]] = document["outputs"]
    return found


def test_a_catalog_is_filled_from_signals(world: BatchWorld) -> None:
    assert failed("catalog", "show", "c").startswith("there is no catalog at ")
    result = run("catalog", "fill", "c")
    assert (result.exit_code, result.stdout) == (0, "c: 3 outputs of 3 workflows, 3 new\n")
    assert run("catalog", "fill", "c").stdout == "c: 3 outputs of 3 workflows, 0 new\n"
    assert (world.root / ".git/cmcompile/c/catalog.db").is_file()

    shown = [[o[k] for k in ("step", "workflow", "job", "size", "events", "last")] for o in outputs("c")]
    assert shown == [
        ["calor", "w00", 1, None, 70, True],
        ["event", "w01", 1, None, 7, True],
        ["event", "w00", 1, 1000, 5, False],
    ]


def test_outputs_are_shown(world: BatchWorld) -> None:
    run("catalog", "fill", "c")
    text = run("catalog", "show", "c").stdout
    assert text.splitlines()[0] == "c: 2 outputs, 77 events, 1 there more than once: the last one counts"
    assert "calor/22001" in text
    assert "run=22000 segment=1" in text
    assert "before, by w00" in text
    assert len(run("catalog", "show", "c/calor").stdout.splitlines()) == 3
    only = run("catalog", "show", "c", "--name", "*event-*", "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(only)))
    assert [(r["name"], r["last"]) for r in rows] == [
        (f"{world.out}/event-22000-1.root", "true"),
        (f"{world.out}/event-22000-1.root", "false"),
    ]
    assert "calor" not in run("catalog", "show", "c", "--duplicates").stdout
    assert run("catalog", "show", "c/event/22000@w00").stdout.startswith(
        "c/event/22000@w00: 1 output, 1 kB, 5 events\n"
    )


def test_files_are_looked_for(world: BatchWorld) -> None:
    result = run("catalog", "scan", "c", "--checksum", "md5")
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        [
            "c: 2 outputs of 3 workflows, 2 new",
            "  2 outputs left by jobs that did not end well, which are no outputs",
        ],
    )
    rows = outputs("c")
    assert [(o["step"], o["size"], o["checksum"], o["source"]) for o in rows] == [
        ("calor", 5, "md5:827ccb0eea8a706c4c34a16891f84e7b", "scan"),
        ("event", 4, "md5:63a9f0ea7bb98050796b649e85481845", "scan"),
    ]


def test_what_is_absent_is_not_removed(world: BatchWorld) -> None:
    run("catalog", "scan", "c")
    shutil.rmtree(world.out)
    (moved := world.root.parent / "tape").mkdir()
    (moved / "event-22000-1.root").write_bytes(b"moved")

    assert run("catalog", "scan", "c/event").stdout.splitlines()[1:] == [
        "  2 outputs not seen; what the catalog holds of them stays"
    ]
    assert run("catalog", "scan", "c/event", str(moved)).stdout.startswith(
        "c: 1 output of 2 workflows, 1 new\n"
    )
    (held,) = [o for o in outputs("c/event") if o["last"]]
    assert held["path"] == f"{moved}/event-22000-1.root"


def test_what_can_not_be_read_is_told(world: BatchWorld) -> None:
    (spool,) = world.root.glob("submit/c/calor/*/*/signals")
    (spool / "1-1-0000.json").write_text("{")
    shutil.rmtree(next(iter(world.root.glob("submit/c/event/*/w01*"))))
    result = run("catalog", "fill", "c")
    assert result.exit_code == 3
    assert result.stdout.startswith("c: 2 outputs of 3 workflows, 2 new\n")
    assert "calor/22001@w00: 1-1-0000.json: it is not JSON, or was cut" in result.stdout
    assert "event/22000@w01: its submit directory" in result.stdout


@pytest.mark.service("postgres")
@pytest.mark.xdist_group("sites")
@pytest.mark.usefixtures("world")
def test_a_catalog_in_postgresql(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    name = postgres.new_database()
    monkeypatch.setenv("CMCOMPILE_CATALOG", f"postgresql://{postgres.user}@127.0.0.1:{postgres.port}/{name}")
    assert run("catalog", "fill", "c").stdout == "c: 3 outputs of 3 workflows, 3 new\n"
    assert run("catalog", "scan", "c").exit_code == 0
    assert postgres.ask("select count(*), sum(events) from cmcompile_outputs", name) == [(3, 82)]
    assert "77 events" in run("catalog", "show", "c").stdout
    postgres.drop(name)
    assert failed("catalog", "show", "c").endswith("does not exist")


def test_a_campaign_names_its_catalog(world: BatchWorld, tmp_path: Path) -> None:
    edit(world.root, "campaign: c\n", f"campaign: c\ncatalog: sqlite:///{tmp_path}/shared.db\n")
    assert run("catalog", "fill", "c").exit_code == 0
    assert (tmp_path / "shared.db").is_file()
    edit(world.root, f"catalog: sqlite:///{tmp_path}", "catalog: postgresql://ann:hunter2@host")
    shown = run("validate", "c")
    assert shown.exit_code == 1
    assert "without a password" in shown.stdout


def test_what_is_new_is_filled_where_a_catalog_was_made(world: BatchWorld) -> None:
    from cmcompile.cli.campaigns import find
    from cmcompile.cli.catalog_filling import fill_new
    from cmcompile.cli.ledgers import look

    place = find("c")
    fill_new(place, look(place))
    assert not (world.root / ".git/cmcompile/c/catalog.db").exists()
    run("catalog", "fill", "c/calor")
    fill_new(place, look(place))
    held = outputs("c")
    # What still runs is for a later pass.
    assert [(o["step"], o["workflow"]) for o in held] == [("calor", "w00"), ("event", "w00")]


def test_what_could_not_be_read_is_taken_in_when_it_can_be(world: BatchWorld) -> None:
    from cmcompile.cli.campaigns import find
    from cmcompile.cli.catalog_filling import fill_new
    from cmcompile.cli.ledgers import look

    place = find("c")
    run("catalog", "fill", "c/calor")
    (cut,) = [
        p for p in world.root.glob("submit/c/event/*/w00*/signals/1-*.json") if b'"ended"' in p.read_bytes()
    ]
    whole = cut.read_bytes()
    cut.write_bytes(whole[:-20])
    fill_new(place, look(place))
    assert not [o for o in outputs("c/event") if o["workflow"] == "w00"]
    cut.write_bytes(whole)
    fill_new(place, look(place))
    assert [o["job"] for o in outputs("c/event") if o["workflow"] == "w00"] == [1]
