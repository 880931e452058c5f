"""`cmcompile forecast` in real repositories: durations, formats, the drawing, errors."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from ledger_world import ENDED, PATH, RUNNING, World, edit, failed, make_world, run, write

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas/forecast-v1.schema.json").read_text(encoding="utf-8"))
DURATIONS = """\
every: 15m
all: {preparation: 15m}
steps:
  step1: {duration: 6h}
  step3: {duration: 2h, overlaps: {step1: 50%}}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Make a campaign of which three groups have ended, all at once, and the fourth runs; read only."""
    world = make_world(tmp_path_factory.mktemp("forecast"))
    for group in "123":
        world.happened(group, *ENDED["succeeded"])
    world.happened("4", *RUNNING).published()
    write(world.root, "campaigns/c/durations.yaml", DURATIONS)
    return world


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Return a repository with a campaign that has no ledger yet."""
    world = make_world(tmp_path)
    write(world.root, "durations.yaml", DURATIONS)
    monkeypatch.chdir(world.root)
    return world


def document(*args: str) -> Any:
    result = run("forecast", *args, "--format", "json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    return found


@pytest.mark.usefixtures("fresh")
def test_with_declared_durations() -> None:
    found = document("c", "--durations", "durations.yaml", "--slots", "4")
    assert [t["source"] for t in found["times"]] == ["declared", "declared"]
    assert [v["name"] for v in found["variants"]] == ["as written", "barrier", "overlap"]
    barrier = found["variants"][1]
    assert barrier["ends"] == {"p10": 30600, "p50": 30600, "p90": 30600}  # 6:15, and 2:15 more
    assert [step["ends"]["p50"] for step in barrier["steps"]] == [22500, 30600]
    assert [link["group"].split("/")[0] for link in barrier["path"]] == ["step1", "step3"]
    assert found["notes"] == [
        "what step3 overlaps of step1 is estimated from the declared share, not from the sky"
    ]


POLICY = """\
cmcompile: 1
rules:
- {name: locked, match: {message: 'database is locked'}, class: transient, action: retry, because: x}
- {name: killed, match: {message: 'killed'}, class: memory, action: rescue, directly: true, because: x}
"""
MIXED = """\
person: never
all: {duration: 6h, failures: 50%, retried: 60%, rescued: 40%, rescue: {duration: 1h}}
"""


def test_what_a_policy_does_about_failures(fresh: World) -> None:
    """Without it a person would have to answer, and nobody does."""
    write(fresh.root, "mixed.yaml", MIXED)
    args = ("c", "--durations", "mixed.yaml", "--needs", "barrier")
    alone = document(*args)
    assert alone["variants"][0]["endless"] > 10
    assert [(t["retried"], t["rescued"]) for t in alone["times"]] == [(0, 0), (0, 0)]
    write(fresh.root, "campaigns/c/policies/careful.yaml", POLICY)
    edit(fresh.root, "campaign: c\n", "campaign: c\npolicy: careful\n")
    found = document(*args)
    assert found["variants"][0]["endless"] == 0
    assert [(t["retried"], t["rescued"]) for t in found["times"]] == [(0.6, 0.4), (0.6, 0.4)]
    text = run("forecast", *args).stdout
    assert "50% fail: 60% sent again, 40% rescued" in text, text
    write(fresh.root, "mixed.yaml", "person: never\nall: {duration: 6h, failures: 50%}\n")
    assert any("is not known: all wait for a person" in note for note in document(*args)["notes"])


@pytest.mark.usefixtures("fresh")
def test_slots_needs_and_interval() -> None:
    one = document(
        "c", "--durations", "durations.yaml", "--slots", "1", "--needs", "barrier", "--every", "1h"
    )
    assert [v["name"] for v in one["variants"]] == ["barrier"]
    assert (one["slots"], one["every"]) == (1, 3600)
    assert one["variants"][0]["ends"]["p50"] == (4 * 7 + 2 * 3) * 3600
    assert one["variants"][0]["held"][0]["what"] == "the campaign: 1 at once"
    two = document("c", "--durations", "durations.yaml", "--slots", "2", "--needs", "overlap")
    both = document("c", "--durations", "durations.yaml", "--slots", "2", "--needs", "barrier")
    # A group that is sent early may keep the pass from making the collection that the other waits for.
    assert two["variants"][0]["ends"]["p50"] <= both["variants"][0]["ends"]["p50"] + 900


@pytest.mark.usefixtures("world")
def test_measured_from_the_ledger() -> None:
    found = document("c")
    measured = found["times"][0]
    assert (measured["source"], measured["workflows"], measured["failures"]) == ("measured", 3, 0)
    assert found["times"][1]["source"] == "assumed"
    assert found["notes"][0].startswith("nothing is known of how long step3 takes: 12 h")
    assert found["ledger"]
    assert found["variants"][0]["workflows"] == 2  # those of step3: what runs goes on
    declared = document("c", "--durations", "campaigns/c/durations.yaml")
    assert [t["source"] for t in declared["times"]] == ["declared", "declared"]


@pytest.mark.usefixtures("fresh")
def test_the_same_question_has_the_same_answer_and_seeds_differ() -> None:
    write(Path(), "range.yaml", "all: {duration: {low: 1h, likely: 5h, high: 20h}, failures: 20%}\n")
    args = ("c", "--durations", "range.yaml", "--runs", "5", "--needs", "barrier")
    assert document(*args)["variants"] == document(*args)["variants"]
    assert document(*args)["variants"] != document(*args, "--seed", "2")["variants"]


@pytest.mark.usefixtures("fresh")
def test_text_says_the_end_the_steps_what_held_it_up_and_the_path() -> None:
    text = run("forecast", "c", "--durations", "durations.yaml", "--slots", "1").stdout
    first = text.splitlines()[0]
    assert re.fullmatch(r"c: ends on \d{4}-\d\d-\d\d \d\d:\d\d UTC, in \d\d h", first), first
    for words in ("1 workflow at once", "6 h (declared)", "limit: the campaign: 1 at once", "Critical path"):
        assert words in text, text
    assert re.search(r"^overlap +\S+ h", text, re.MULTILINE)
    assert "! nothing is known" in run("forecast", "c").stdout


@pytest.mark.usefixtures("fresh")
def test_the_drawing_is_svg(tmp_path: Path) -> None:
    file = tmp_path / "plot.svg"
    result = run("forecast", "c", "--durations", "durations.yaml", "--plot", str(file))
    assert result.stdout.endswith(f"drawn in {file}\n")
    root = ElementTree.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314  (our own)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"step1", "step3", "4 groups, up to 4 live"} <= texts
    said = failed("forecast", "c", "--plot", str(tmp_path / "none/plot.svg"))
    assert said.endswith("plot.svg can't be written: No such file or directory")


@pytest.mark.usefixtures("fresh")
def test_errors_in_the_durations_file(tmp_path: Path) -> None:
    write(Path(), "durations.yaml", "steps:\n  stpe1: {duration: 6h}\n")
    result = run("forecast", "c", "--durations", "durations.yaml")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "durations.yaml:2:3: error CM020: no step is named stpe1" in result.stderr
    outside = tmp_path / "elsewhere.yaml"
    outside.write_text("every: 5\n")
    assert "elsewhere.yaml:1:" in run("forecast", "c", "--durations", str(outside)).stderr
    assert run("forecast", "c", "--durations", "nothing.yaml").exit_code == 64
    assert run("forecast", "c", "--every", "soon").exit_code == 64


def test_errors_in_the_spec(fresh: World) -> None:
    edit(fresh.root, "needs: step1", "needs: stpe1")
    result = run("forecast", "c")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{PATH}:20:12: error CM020" in result.stderr


def test_a_held_step_never_ends(fresh: World) -> None:
    hold = "- {hold: step3, by: Ann <ann@example.org>, at: 2026-11-20T08:00:00Z, because: a look}\n"
    write(fresh.root, "campaigns/c/decisions.yaml", hold)
    text = run("forecast", "c", "--durations", "durations.yaml").stdout
    assert text.startswith("c: does not end by itself\n")
    assert "! 2 groups (step3/9615, step3/9697): on_hold" in text
