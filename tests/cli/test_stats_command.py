"""`cmcompile stats`, `cmcompile advise`, and `reconcile`, which records what they rest on."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from apply_world import Applied, applied_world
from jsonschema import Draft202012Validator
from ledger_world import ENDED, PATH, SENT, World, failed, make_world, read_json, run

from cmcompile.model.event import Measured

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return a ledger in which two groups were measured, one of them failed in part, and one still runs."""
    world = make_world(tmp_path_factory.mktemp("stats"))
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *ENDED["partial"], "measured")
    return world.happened("3", *SENT).published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / f"schemas/{name}-v1.schema.json").read_text()))


@pytest.mark.usefixtures("world")
def test_figures_by_task_with_the_campaign_below() -> None:
    result = run("stats", "c")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0] == "c: 3 workflows"
    cells = lines[3].split()
    assert cells[:6] == ["step1", "isr", "3", "2", "800", "7"]
    # 800 quanta of 300 s CPU and 400 s wall, 400 of them in 40,000 s: both groups ran at the same time.
    assert cells[7:] == ["40000", "300.00", "400.00", "66.67", "88.89", "8.0", "2.93"]
    assert lines[4].split()[:6] == ["campaign", "all", "3", "2", "800", "7"]
    assert "not ended yet, and in no figure: 1 workflow" in result.stdout
    assert "400 of 800 quanta were read, and stand for all" in result.stdout
    assert "quanta that failed leave no metadata" in result.stdout


@pytest.mark.usefixtures("world")
def test_what_is_not_known_is_said_and_is_not_0() -> None:
    row = run("stats", "c/step1/3", "--by", "workflow").stdout.splitlines()[3]
    assert row.split()[:2] == ["step1/3@w00", "submitted"]
    assert row.count("not known") == 10
    rows = list(csv.DictReader(StringIO(run("stats", "c", "--by", "workflow", "--format", "csv").stdout)))
    assert [r["workflow"] for r in rows] == ["step1/1@w00", "step1/2@w00", "step1/3@w00", "campaign"]
    assert [r["core hours"] for r in rows] == ["44.44", "44.44", "", "88.89"]
    assert [r["task subfinished"] for r in rows] == ["0", "1", "", "1"]
    assert run("stats", "c/step3").stdout == "c/step3: nothing has run\n"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("by", ["task", "step", "workflow", "series"])
def test_json_is_as_its_schema_says(by: str) -> None:
    found = read_json(run("stats", "c", "--by", by, "--format", "json"))
    schema("stats").validate(found)
    total: Any = found["total"]
    assert (total["quanta"], total["measured"], total["queued"]) == (800, 2, total["queued"])
    assert total["memory"] == 3000


@pytest.mark.usefixtures("world")
def test_advice_says_what_it_rests_on() -> None:
    text = run("advise", "c").stdout
    assert text.startswith("steps.step1.bps.pipetask.isr.requestMemory: 2,048 -> 3,840\n")
    assert "isr had up to 3,000 MiB, 95 % of its quanta up to 3,000: 400 of 800 quanta of 2 workflows" in text
    assert "for 1 group not sent yet; those that were sent stay as they are" in text
    assert "step1: groups are short enough: step1/1@w00 took 11.1 h" in text
    long = run("advise", "c/step1", "--hours", "10").stdout
    assert long.startswith("warning: step1: a group is expected to take 11.1 h, more than 10 h: ")
    assert "\nsteps.step1.split.0.size: 10 -> 7\n" in long
    found = read_json(run("advise", "c/step1", "--hours", "10", "--format", "json"))
    schema("advice").validate(found)


@pytest.mark.usefixtures("world")
def test_advice_that_is_asked_for_in_a_wrong_way() -> None:
    for words, said in (
        (["c/step1/3"], "write CAMPAIGN or CAMPAIGN/STEP"),
        (["c", "--margin", "0.5"], "--margin is 1 or more"),
        (["c", "--commit"], "--commit goes with --write"),
    ):
        result = run("advise", *words)
        assert (result.exit_code, said in result.output) == (64, True)
    assert "it has step1, step3" in failed("advise", "c/step9")


def test_advice_is_written_for_groups_that_were_not_sent(
    made: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(made.root)
    file = made.root / PATH
    before = file.read_text()
    try:
        result = run("advise", "c/step1", "--write")
        assert (result.exit_code, f"wrote {PATH}" in result.stdout) == (0, True), result.output
        step = yaml.safe_load(file.read_text())["steps"]["step1"]
        [override] = step["overrides"]
        assert override["groups"] == [4]
        assert override["bps"] == {"pipetask": {"isr": {"requestMemory": 3840}}}
        assert "3,000 MiB" in override["because"]
        assert step["split"] == yaml.safe_load(before)["steps"]["step1"]["split"]
        assert run("validate", "c").exit_code == 0
        assert run("plan", "c").exit_code in (0, 3)
        again = run("advise", "c/step1", "--write").stdout
        assert "stays at 3,840 MB" in again
        assert "nothing is written" in again
        smaller = run("advise", "c/step1", "--hours", "10", "--write")
        assert smaller.exit_code == 0, smaller.output
        assert "size: 7" in file.read_text()
        file.write_text(before)
        both = run("advise", "c/step1", "--hours", "10", "--write").stdout
        assert "of step1 only the size is written" in both
        assert yaml.safe_load(file.read_text())["steps"]["step1"].keys() == {"split", "rescues"}
    finally:
        file.write_text(before)


def test_a_size_that_stands_elsewhere_is_for_a_person(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made.root)
    file, library = made.root / PATH, made.root / "campaigns/library/cut.yaml"
    before = file.read_text()
    split = "    split: [{by: visit, values: 1..40, size: 10}]\n"
    try:
        library.parent.mkdir(exist_ok=True)
        library.write_text(f"cmcompile: 1\nsteps:\n  step1:\n{split}")
        changed = before.replace(split, "").replace(
            "campaign: c\n", "campaign: c\nextends: ../library/cut.yaml\n"
        )
        file.write_text(changed)
        result = run("advise", "c/step1", "--hours", "10", "--write")
        assert (result.exit_code, file.read_text()) == (0, changed), result.output
        assert "`steps.step1.split.0.size` is not there; set it by hand" in result.stderr
        assert "nothing is written" in result.stdout
    finally:
        file.write_text(before)
        library.unlink()


@pytest.fixture
def applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    with applied_world(tmp_path) as made:
        monkeypatch.chdir(made.root)
        yield made


def test_reconcile_records_once_what_quanta_took_and_a_plan_says_what_it_costs(applied: Applied) -> None:
    applied.hand.ask("measure")
    assert run("apply", "c", "--auto-approve", "--limit", "1").exit_code == 0
    applied.end("succeeded")
    assert run("reconcile", "c", "--no-submit").exit_code in (0, 3)
    [one] = [w for w in applied.workflows().values() if w.measured]
    assert one.core_seconds > 0
    assert run("reconcile", "c", "--no-submit").exit_code in (0, 3)
    assert applied.asked("usage") == 1
    log = run("log", "c/step1/1").stdout
    assert log.count("measured: 4 quanta took") == 1
    assert run("verify", "c").exit_code == 0
    assert "core-hours" in run("plan", "c").stdout
    plan: Any = read_json(run("plan", "c", "--format", "json"))
    costs = [i["cost"] for stage in plan["stages"] for i in stage["items"] if "cost" in i]
    assert {cost["source"] for cost in costs} == {"what 1 workflow of step1 took"}
    assert {cost["quanta"] for cost in costs} == {4}


def test_a_butler_that_does_not_tell_holds_nothing_up(applied: Applied) -> None:
    assert run("apply", "c", "--auto-approve", "--limit", "1").exit_code == 0
    applied.end("succeeded")
    for _ in range(2):
        assert run("reconcile", "c", "--no-submit").exit_code in (0, 3)
    assert applied.asked("usage") == 1
    assert not any(w.measured for w in applied.workflows().values())
    assert "not measured, so in no figure of time or memory: 1 workflow" in run("stats", "c").stdout


def test_the_class_of_the_event_is_the_one_that_is_written() -> None:
    assert Measured("butler").core_seconds == 0
