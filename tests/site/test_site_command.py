"""`cmcompile site`: a folder that is brought to what the ledgers say, and nothing else in it touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ledger_builder import git
from ledger_world import BROKEN, World, commit, edit, failed, make_world, read_json, run, write
from site_reader import detail, read
from site_worlds import eventful

from cmcompile.site.make import INDEX


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    return eventful(tmp_path_factory.mktemp("site"))


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def tree(out: Path) -> dict[str, bytes]:
    return {p.relative_to(out).as_posix(): p.read_bytes() for p in out.rglob("*") if p.is_file()}


@pytest.mark.usefixtures("world")
def test_the_same_ledger_gives_the_same_bytes_and_touches_nothing(tmp_path: Path) -> None:
    out, other = tmp_path / "one", tmp_path / "other"
    result = run("site", "-o", str(out))
    assert (result.exit_code, result.stderr) == (0, "")
    assert "2 campaigns" in result.stdout
    assert ", 0 removed" in result.stdout
    before = {p: p.stat().st_mtime_ns for p in out.rglob("*")}
    again = run("site", "-o", str(out))
    assert "; 0 written, 0 removed" in again.stdout
    assert {p: p.stat().st_mtime_ns for p in out.rglob("*")} == before
    run("site", "-o", str(other))
    assert tree(out) == tree(other)


def test_an_edit_writes_what_it_changes(world: World, tmp_path: Path) -> None:
    run("site", "-o", str(tmp_path))
    before = tree(tmp_path)
    edit(world.root, "size: 10", "size: 10, where: 'visit.exposure_time > 1'")
    edit(world.root, "memory:", "memory:\n        priority: 1")
    text = (world.root / "campaigns/d/campaign.yaml").read_text()
    write(world.root, "campaigns/d/campaign.yaml", text.replace("[9615, 9697]", "[9615, 9697, 9700]"))
    try:
        run("site", "d", "c", "-o", str(tmp_path))
    finally:
        git(world.root, "checkout", "--quiet", ".")
    changed = {p for p, data in tree(tmp_path).items() if before.get(p) != data}
    assert "data/d/rows/step3-0.js" in changed
    assert "data/d/rows/step1-0.js" not in changed
    assert "static/base.js" not in changed


@pytest.mark.usefixtures("world")
def test_what_a_run_was_made_from_is_told_and_its_files_stand_beside(tmp_path: Path) -> None:
    run("site", "-o", str(tmp_path))
    files = tree(tmp_path)
    whole = read(files, "data/c/campaign.js")
    found = detail(files, whole, "step1", "2")["workflows"][0]
    claim = found["claim"]
    assert (claim["by"], claim["spec"], claim["wms"]) == (
        "ci",
        "campaigns/c/campaign.yaml",
        "lsst.ctrl.bps.panda.PanDAService",
    )
    assert found["run"] == "31415"
    (name, oid), *_ = found["files"]
    assert name == "submit.yaml"
    as_run = files[f"files/{oid[:2]}/{oid}.txt"].decode()
    assert claim["output"] in as_run
    assert [event[1] for event in found["events"]][:2] == ["claimed", "prepared"]
    assert found["links"] == [["panda", "https://panda.example.org/tasks/31415"]]


@pytest.mark.usefixtures("world")
def test_links_stand_where_their_names_have_a_value(tmp_path: Path) -> None:
    run("site", "-o", str(tmp_path))
    files = tree(tmp_path)
    whole = read(files, "data/c/campaign.js")
    assert whole["links"] == [["faro", "https://faro.example.org/c"]]
    assert detail(files, whole, "step1", "memory.3")["links"] == [
        ["plots", "https://plots.example.org/step1/memory.3"]
    ]
    lost = detail(files, whole, "step1", "4")["workflows"][0]
    assert "links" not in lost  # its run is not known


@pytest.mark.usefixtures("world")
def test_without_files(tmp_path: Path) -> None:
    run("site", "--no-files", "-o", str(tmp_path))
    assert not (tmp_path / "files").exists()
    assert read(tree(tmp_path), INDEX)["files"] is False


@pytest.mark.usefixtures("world")
def test_only_what_the_list_names_is_removed(tmp_path: Path) -> None:
    run("site", "-o", str(tmp_path))
    (tmp_path / "data/c/mine.txt").write_text("mine")
    (tmp_path / "CNAME").write_text("example.org")
    result = run("site", "d", "-o", str(tmp_path))
    assert " removed" in result.stdout
    assert ", 0 removed" not in result.stdout
    left = {p for p in tree(tmp_path) if p.startswith(("data/c/", "files/"))}
    assert left == {"data/c/mine.txt"}
    assert (tmp_path / "CNAME").read_text() == "example.org"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "path", ["../victim.txt", "data/../../victim.txt", "/etc/victim", "mine.txt", "data/mine.txt"]
)
def test_a_list_that_was_tampered_with_removes_nothing_else(tmp_path: Path, path: str) -> None:
    out = tmp_path / "out"
    run("site", "-o", str(out))
    for victim in (tmp_path / "victim.txt", out / "mine.txt", out / "data/mine.txt"):
        victim.write_text("mine")
    about = json.loads((out / "site.json").read_text())
    about["files"].append(path)
    (out / "site.json").write_text(json.dumps(about))
    run("site", "d", "-o", str(out))
    for victim in (tmp_path / "victim.txt", out / "mine.txt", out / "data/mine.txt"):
        assert victim.read_text() == "mine"


@pytest.mark.usefixtures("world")
def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    assert "name an empty folder" in failed("site", "-o", str(tmp_path))
    assert tree(tmp_path) == {"thesis.tex": b"mine"}
    (tmp_path / "site.json").write_text('{"made_by": "me"}')
    assert "no list of a site" in failed("site", "-o", str(tmp_path))


@pytest.mark.usefixtures("world")
def test_links_in_the_folder_are_not_followed(tmp_path: Path) -> None:
    out, away = tmp_path / "out", tmp_path / "away"
    run("site", "-o", str(out))
    away.mkdir()
    (out / "static/base.js").unlink()
    (out / "static/base.js").symlink_to(tmp_path / "away/base.js")
    assert "is in the way" in failed("site", "-o", str(out))
    (out / "static/base.js").unlink()
    for path in (out / "static").iterdir():
        path.unlink()
    (out / "static").rmdir()
    (out / "static").symlink_to(away)
    assert "is in the way" in failed("site", "-o", str(out))
    assert not list(away.iterdir())


@pytest.mark.usefixtures("world")
def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    assert "name a folder" in failed("site", "-o", str(tmp_path / "x"))
    assert "can't be written" in failed("site", "-o", str(tmp_path / "x/out"))


def test_a_campaign_that_cannot_be_read_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(tmp_path, broken=BROKEN).published()
    monkeypatch.chdir(world.root)
    result = run("site", "-o", str(tmp_path / "out"))
    assert result.exit_code == 1
    assert "broken: its spec or its decisions have errors" in result.stderr
    told = {c["name"]: c for c in read(tree(tmp_path / "out"), INDEX)["campaigns"]}
    assert told["broken"]["next"] == "cmcompile validate broken"
    assert told["c"]["file"]


def test_a_remote_that_does_not_answer_is_said_on_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = eventful(tmp_path)
    monkeypatch.chdir(world.root)
    run("status", "c")
    git(world.root, "remote", "set-url", "origin", str(tmp_path / "gone.git"))
    result = run("site", "-o", str(tmp_path / "out"))
    assert result.exit_code == 0
    assert "what was last seen is shown" in result.stderr
    (told, _) = read(tree(tmp_path / "out"), INDEX)["campaigns"]
    assert told["fresh"] is False
    assert told["people"] == 1


@pytest.mark.usefixtures("world")
def test_sizes_come_from_what_outputs_wrote(tmp_path: Path) -> None:
    types = [
        {"task": "isr", "dataset_type": "postISRCCD", "datasets": 400, "bytes": 8_000_000},
        {"task": "isr", "dataset_type": "isr_log", "datasets": 400, "bytes": None},
    ]
    run("site", "c", "-o", str(tmp_path / "before"))
    before = tree(tmp_path / "before")
    whole = read(before, "data/c/campaign.js")
    first, third = (detail(before, whole, "step1", g)["workflows"][0]["claim"]["output"] for g in "13")
    runs = [
        {"workflow": "step1/1@w00", "run": first, "state": "succeeded", "types": types},
        {"workflow": "step1/3@w00", "run": third, "state": "running", "types": None},
        # of another campaign, whose steps have the same names
        {
            "workflow": "step1/1@w00",
            "run": "HSC/runs/x/step1/1/w00-000000",
            "state": "running",
            "types": types,
        },
    ]
    told = tmp_path / "outputs.json"
    told.write_text(json.dumps({"format": 1, "of": "c", "runs": runs, "total": []}))
    run("site", "c", "--outputs", str(told), "-o", str(tmp_path / "out"))
    found = read(tree(tmp_path / "out"), "data/c/campaign.js")["outputs"]
    assert (found["runs"], found["absent"]) == (2, 1)
    assert found["types"] == [["isr", "postISRCCD", 400, 8_000_000], ["isr", "isr_log", 400, None]]
    assert found["steps"] == [["step1", 2, 800, 8_000_000, 1]]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("text", ["", "[]", '{"runs": 1}', '{"runs": [{}]}', "\ud800"])
def test_a_file_of_sizes_that_is_none(tmp_path: Path, text: str) -> None:
    told = tmp_path / "outputs.json"
    told.write_bytes(text.encode("utf-8", "surrogatepass"))
    said = failed("site", "c", "--outputs", str(told), "-o", str(tmp_path / "out"))
    assert str(told) in said


def test_where_edits_are_made_follows_the_settings(world: World, tmp_path: Path) -> None:
    git(world.root, "config", "cmcompile.forge", "https://git.example.org/o/r")
    try:
        run("site", "-o", str(tmp_path))
        assert read(tree(tmp_path), INDEX)["edit"] == "https://git.example.org/o/r/edit/main/{path}"
    finally:
        git(world.root, "config", "--unset", "cmcompile.forge")


@pytest.mark.usefixtures("world")
def test_json(tmp_path: Path) -> None:
    told = read_json(run("site", "c", "-o", str(tmp_path), "--format", "json"))
    assert told["campaigns"] == ["c"]
    assert told["files"] == len(tree(tmp_path)) - 1


def test_groups_that_the_spec_has_no_more_are_found_by_the_ids_that_they_were_sent_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = eventful(tmp_path)
    monkeypatch.chdir(world.root)
    edit(world.root, "values: 1..40", "values: 1..10")
    edit(world.root, "groups: [3]", "groups: [1]")
    commit(world.root)
    run("site", "c", "-o", str(tmp_path / "out"))
    files = tree(tmp_path / "out")
    found = detail(files, read(files, "data/c/campaign.js"), "step1", "2")
    assert found["parts"] == [["visit", 10, "11..20", 0]]


def test_a_link_whose_names_have_no_value_is_found_by_validate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world(tmp_path)
    monkeypatch.chdir(world.root)
    edit(world.root, "campaign: c\n", "campaign: c\nlinks: {faro: 'https://x/${{ nothing }}'}\n")
    assert run("validate", "c").exit_code == 1
    edit(world.root, "${{ nothing }}", "${{ workflow.nothing }}")
    result = run("validate", "c")
    assert result.exit_code == 1
    assert "workflow.nothing" in result.output
    edit(world.root, "${{ workflow.nothing }}", "${{ workflow.run }}/${{ group.id }}")
    assert run("validate", "c").exit_code == 0
