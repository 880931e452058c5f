"""`cmcompile lists update` against a real repository: what is stored, and what never changes a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from ledger_builder import git
from ledger_world import World, failed, make_world, run
from sky_repository import TRACTS, add_visits, expected, make_repository

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import look
from cmcompile.cli.main import COMMANDS
from cmcompile.cli.selector import ListType
from cmcompile.cli.situation import situation
from cmcompile.model.sky import read_sky
from cmcompile.model.stored import digest_of, read_head, stored

pytestmark = pytest.mark.service("lsst")

SPEC = """\
cmcompile: 1
campaign: c
where: instrument='SimCam' and skymap='sim_strip'
inputs: [SimCam/raw]
collect: SimCam/runs/c
vars: {day: 20260102}
lists:
  visits: {file: lists/visits.txt, query: {dimensions: visit, where: "instrument='SimCam' and visit<106"}}
  bands:
    file: lists/bands.csv
    query: {dimensions: [visit, band], where: "instrument='SimCam'"}
  quality:
    file: lists/quality.txt
    columns: [visit, band, exposure_time]
    query: {dimensions: visit, where: "instrument='SimCam' and band='r'"}
  tracts: {file: lists/tracts.txt, query: {dimensions: tract, where: "skymap='sim_strip'"}}
bps:
  pipelineYaml: /p/x.yaml
  payload: {payloadName: c, butlerConfig: REPO}
step_defaults: {collect: "${{ campaign.collect }}/${{ step.name }}"}
steps:
  step1:
    split: [{by: visit, list: visits, size: 2}]
  step3:
    needs: {step1: overlap}
    split: [{by: tract, list: tracts}]
"""
LISTS = "campaigns/c/lists"
OVERLAPS = "campaigns/c/overlaps/visit-tract.txt"


#: The campaign.
PLACE = "campaigns/c/campaign.yaml"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_repository(tmp_path_factory.mktemp("sky") / "repo")


@pytest.fixture
def world(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = make_world(tmp_path, c=SPEC.replace("REPO", str(repository)))
    monkeypatch.chdir(made.root)
    return made


def stored_rows(world: World, name: str) -> list[str]:
    text = (world.root / name).read_text()
    head, rows = read_head(text)
    assert head is not None
    assert head.digest == digest_of(rows)
    return rows.splitlines()


def edit(world: World, old: str, new: str) -> None:
    path = world.root / "campaigns/c/campaign.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def all_files(world: World) -> dict[str, bytes]:
    root = world.root / "campaigns"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_all_lists_and_overlaps_are_stored_and_then_read(world: World) -> None:
    result = run("lists", "update", "c")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "visits: 6 rows, 6 new\n  + 100..105\n" in result.stdout
    assert f"git add {LISTS}/visits.txt {LISTS}/bands.csv" in result.stdout
    assert stored_rows(world, f"{LISTS}/visits.txt") == [str(v) for v in range(100, 106)]
    assert stored_rows(world, f"{LISTS}/bands.csv")[:3] == ["visit,band", "100,g", "101,r"]
    assert stored_rows(world, f"{LISTS}/quality.txt")[0] == "101 r 31.0"
    sky = read_sky("\n".join(stored_rows(world, OVERLAPS)), "visit", "tract")
    assert {int(v): {int(t) for t in ts} for v, ts in sky.places.items()} == {
        v: expected(v) for v in range(100, 106)
    }
    assert sky.known == {"3"}
    assert run("validate", "c").exit_code == 0
    listed = run("list", "c/step1").stdout
    assert "3" in listed
    again = all_files(world)
    result = run("lists", "update", "c")
    assert "visits: 6 rows, unchanged" in result.stdout
    assert "wrote" not in result.stdout
    assert all_files(world) == again


def test_a_group_waits_for_those_that_overlap_it_only(world: World) -> None:
    assert run("lists", "update", "c").exit_code == 0
    git(world.root, "add", "-A")
    git(world.root, "commit", "--quiet", "-m", "lists")
    world.published()
    found = situation(Place(world.root, PLACE), look(Place(world.root, PLACE)))
    items = {key: standing.detail for key, standing in found.standings.items()}
    # Groups 1 to 3 hold visits 100 and 101, 102 and 103, 104 and 105.
    waits = {group: items["step3", group] for group in ("0", "1", "2")}
    assert "0 of 2 accepted" in waits["0"]
    assert "0 of 2 accepted" in waits["1"]
    assert "0 of 1 accepted" in waits["2"]


def test_check_changes_nothing(world: World) -> None:
    before = all_files(world)
    assert run("lists", "update", "c", "--check").exit_code == 2
    assert all_files(world) == before
    assert run("lists", "update", "c").exit_code == 0
    result = run("lists", "update", "c", "--check", "--format", "json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [row["name"] for row in found["lists"]] == [
        "visits",
        "bands",
        "quality",
        "tracts",
        "overlaps visit-tract",
    ]
    assert not any(row["changed"] for row in found["lists"])


def test_one_list_alone(world: World) -> None:
    assert run("lists", "update", "c", "tracts").exit_code == 0
    assert {p.name for p in (world.root / LISTS).iterdir()} == {"tracts.txt"}
    assert stored_rows(world, f"{LISTS}/tracts.txt") == [str(t) for t in TRACTS]
    assert "is no list of this campaign; did you mean tracts?" in failed("lists", "update", "c", "tract")


def test_rows_that_go_are_never_dropped_silently(world: World) -> None:
    assert run("lists", "update", "c", "visits").exit_code == 0
    edit(world, "visit<106", "visit<104 or visit=107")
    before = all_files(world)
    told = failed("lists", "update", "c", "visits")
    assert "1 new, 2 gone + 107 - 104, 105; nothing was changed" in told
    assert all_files(world) == before
    assert run("lists", "update", "c", "visits", "--allow-shrink").exit_code == 0
    assert stored_rows(world, f"{LISTS}/visits.txt") == ["100", "101", "102", "103", "107"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("instrument='SimCam' and visit<3", "the Butler has no row for list visits"),
        ("instrument='Other'", "list visits"),
        ("visit<106", "references a dimension dependent on instrument"),
        ("instrument='SimCam' and (", "the Butler refuses the query of visits"),
    ],
)
def test_no_answer_changes_nothing(world: World, query: str, said: str) -> None:
    assert run("lists", "update", "c").exit_code == 0
    edit(world, "instrument='SimCam' and visit<106", query)
    before = all_files(world)
    told = failed("lists", "update", "c")
    assert said in told
    assert "nothing was changed" in told
    assert all_files(world) == before


def test_a_repository_that_is_not_there_is_an_unknown_outcome(world: World) -> None:
    result = run("lists", "update", "c", "--butler", "/nowhere")
    assert result.exit_code == 6
    assert "the Butler /nowhere: FileNotFoundError" in result.stderr
    assert not (world.root / LISTS).exists()


def test_a_dataset_type_that_is_not_there(world: World) -> None:
    edit(
        world,
        "dimensions: tract, where",
        'dimensions: tract, datasets: raw, collections: "${{ day }}/x", where',
    )
    assert "Dataset type 'raw' does not exist" in failed("lists", "update", "c", "tracts")
    edit(world, "${{ day }}", "${{ nothing }}")
    assert "`collections` of list tracts can't be filled in" in failed("lists", "update", "c", "tracts")


def test_columns_that_are_none(world: World) -> None:
    edit(world, "columns: [visit, band, exposure_time]", "columns: [visit, seeing]")
    assert "list quality: seeing is no dimension" in failed("lists", "update", "c", "quality")
    edit(world, "    columns: [visit, seeing]\n", "")
    edit(
        world,
        "query: {dimensions: visit, where: \"instrument='SimCam' and band='r'",
        "query: {dimensions: [visit, band], where: \"instrument='SimCam' and band='r'",
    )
    assert "write columns: [visit, band]" in failed("lists", "update", "c", "quality")


def test_the_date_is_that_of_the_rows(world: World, tmp_path: Path) -> None:
    del tmp_path
    assert run("lists", "update", "c", "visits").exit_code == 0
    path = world.root / LISTS / "visits.txt"
    head, _ = read_head(path.read_text())
    assert head is not None
    path.write_text(path.read_text().replace(head.date, "2026-01-01T00:00:00Z"))
    edit(world, "visit<106", "visit<=105")
    assert "6 rows, the same, for another query" in run("lists", "update", "c", "visits").stdout
    assert "# date: 2026-01-01T00:00:00Z\n" in path.read_text()
    edit(world, "visit<=105", "visit<=106")
    assert run("lists", "update", "c", "visits").exit_code == 0
    assert "2026-01-01" not in path.read_text()


def test_a_stale_or_edited_file_is_told(world: World) -> None:
    assert run("lists", "update", "c").exit_code == 0
    edit(world, "visit<106", "visit<105")
    path = world.root / LISTS / "tracts.txt"
    path.write_text(path.read_text().replace("\n3\n", "\n2\n"))
    told = run("validate", "c").stdout
    assert f"{LISTS}/visits.txt:2:1: warning CM150" in told
    assert f"{LISTS}/tracts.txt:4:1: warning CM151" in told


def test_a_growing_butler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lsst.daf.butler import Butler

    repository = make_repository(tmp_path / "repo")
    spec = SPEC.replace("REPO", str(repository)).replace(" and visit<106", "")
    world = make_world(tmp_path, c=spec)
    monkeypatch.chdir(world.root)
    assert run("lists", "update").exit_code == 0
    add_visits(Butler.from_config(str(repository), writeable=True), range(112, 114))
    assert run("lists", "update", "--check").exit_code == 2
    result = run("lists", "update")
    assert "visits: 14 rows, 2 new\n  + 112, 113\n" in result.stdout
    # The overlaps are those of the groups that the new lists make.
    assert "overlaps visit-tract: 14 rows, 2 new\n  + visit 112; visit 113\n" in result.stdout


def standings(world: World) -> tuple[dict[str, str], list[str]]:
    """Return what the groups of step3 wait for, and the codes of all that is said."""
    found = situation(Place(world.root, PLACE), look(Place(world.root, PLACE)))
    waits = {group: s.detail for (step, group), s in found.standings.items() if step == "step3"}
    return waits, [finding.code.name for finding in found.findings]


def test_an_overlap_that_is_not_known_is_waited_for(world: World) -> None:
    world.published()
    assert run("lists", "update", "c", "visits", "bands", "quality", "tracts").exit_code == 0
    waits, told = standings(world)
    assert all(wait.startswith("step1: 0 of 3 accepted") for wait in waits.values())
    assert told == ["CM152"]
    assert run("lists", "update", "c", "overlaps").exit_code == 0
    waits, told = standings(world)
    # Groups 1 to 3 hold visits 100 and 101, 102 and 103, 104 and 105; tract 3 has none of them.
    assert [w.partition(" accepted")[0] for w in waits.values()][:3] == [
        f"step1: 0 of {n}" for n in (2, 2, 1)
    ]
    assert told == []
    path = world.root / OVERLAPS
    good = path.read_text()
    # Visit 105 is not known: its group may overlap anything.
    lines = [line for line in good.splitlines() if not line.startswith("visit 105")]
    head, rows = read_head("".join(f"{line}\n" for line in lines))
    assert head is not None
    path.write_text(stored(head.query, rows, None, head.date))
    waits, told = standings(world)
    assert waits["0"].startswith("step1: 0 of 3 accepted")
    assert waits["3"].startswith("step1: 0 of 1 accepted; not 3 ")
    # With its row tract 2 went too.
    assert waits["2"].startswith("step1: 0 of 3 accepted")
    assert told == ["CM152", "CM152"]
    for bad, code in (
        (good.replace("visit 105", "visit 107"), "CM151"),
        (good.replace("sim_strip", "x"), "CM150"),
    ):
        path.write_text(bad)
        waits, told = standings(world)
        assert all(wait.startswith("step1: 0 of 3 accepted") for wait in waits.values())
        assert told == [code]


def test_what_can_not_be_asked(world: World) -> None:
    assert run("lists", "update", "c", "visits", "bands", "quality", "tracts").exit_code == 0
    edit(world, " and skymap='sim_strip'\n", "\n")
    told = failed("lists", "update", "c", "overlaps")
    assert "campaign.yaml:25: which skymap the overlap is of is not said" in told
    edit(world, "split: [{by: tract, list: tracts}]", "split: [{by: patch, values: 1..2}]")
    world.published()
    assert standings(world)[1] == ["CM152"]
    assert not (world.root / OVERLAPS).exists()


def test_completion(world: World) -> None:
    assert "lists" in COMMANDS
    del world
    import click

    context = click.Context(click.Command("x"))
    context.params = {"campaign": "c"}
    param = click.Argument(["lists"])
    assert [c.value for c in ListType().shell_complete(context, param, "")] == [
        "visits",
        "bands",
        "quality",
        "tracts",
        "overlaps",
    ]


def test_help_imports_no_stack(world: World) -> None:
    code = (
        "import sys; from cmcompile.cli.main import cli; from click.testing import CliRunner; "
        "CliRunner().invoke(cli, ['lists', 'update', '--help']); CliRunner().invoke(cli, ['validate', 'c']); "
        "sys.exit(any(name.startswith('lsst') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=world.root, check=False).returncode == 0
