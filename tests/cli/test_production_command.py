"""`cmcompile production`, and `status --production`: the campaigns that belong together."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ledger_world import BROKEN, ENDED, SENT, SPEC, World, failed, make_world, read_json, run
from syrupy.assertion import SnapshotAssertion

ROOT = Path(__file__).parents[2]
OF_DP1 = SPEC.replace("campaign: c", "campaign: c\nproduction: DP1\nticket: DM-1")


def named(name: str) -> str:
    return OF_DP1.replace("campaign: c", f"campaign: {name}").replace("runs/c", f"runs/{name}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Return two campaigns of DP1, one of no production, and one with errors."""
    world = make_world(
        tmp_path_factory.mktemp("production"),
        c=OF_DP1,
        d=named("d"),
        other=SPEC.replace("campaign: c", "campaign: other"),
        x=BROKEN,
    )
    world.happened("1", *ENDED["succeeded"], "measured").happened("2", *SENT)
    return world.happened("3", *SENT[:3], "unknown").happened("4", *ENDED["cancelled"]).published()


@pytest.fixture
def world(made: World, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.chdir(made.root)
    return made


def document(*args: str) -> Any:
    found = read_json(run("production", *args, "--format", "json"))
    schema = json.loads((ROOT / "schemas/production-v1.schema.json").read_text())
    Draft202012Validator(schema).validate(found)
    return found["productions"]


@pytest.mark.usefixtures("world")
def test_all_productions(snapshot: SnapshotAssertion) -> None:
    result = run("production")
    assert result.exit_code == 0
    assert result.stdout == snapshot
    assert run("production", "--format", "markdown").stdout == snapshot


@pytest.mark.usefixtures("world")
def test_one_production_and_who_needs_a_person(snapshot: SnapshotAssertion) -> None:
    result = run("production", "DP1")
    assert result.exit_code == 0
    # How long ago the ledger was written depends on the day.
    assert re.sub(r" +\d+ (d|h|min) ago", "", result.stdout) == snapshot
    assert "x has errors and may be of DP1 or not" in result.stderr
    assert run("production", "DP1", "--format", "markdown").stdout == snapshot


@pytest.mark.usefixtures("world")
def test_the_document_adds_up() -> None:
    one, none = document()
    assert (one["production"], none["production"]) == ("DP1", None)
    assert [c["campaign"] for c in one["campaigns"]] == ["c", "d"]
    assert one["groups"]["total"] == sum(c["groups"]["total"] for c in one["campaigns"]) == 12
    assert one["needs_person"] == sum(c["needs_person"] for c in one["campaigns"]) > 0
    assert [w["submitted"] for w in one["weeks"]] == [3]
    first = one["campaigns"][0]
    assert (first["ticket"], first["begun"][:10], first["over"]) == ("DM-1", "2026-11-01", False)
    assert [step["step"] for step in first["steps"] if step["begun"]] == ["step1"]
    assert first["usage"]["measured"] == 1
    # One that has errors is told of, whichever production it may be of.
    assert [(c["campaign"], bool(c["fault"])) for c in none["campaigns"]] == [("other", False), ("x", True)]
    assert none["faults"] == 1
    assert document("DP1") == [one]


@pytest.mark.usefixtures("world")
def test_as_it_was_before_anything() -> None:
    (one,) = document("DP1", "--at", "2026-10-01")
    assert (one["begun"], one["weeks"], one["groups"]["active"]) == (None, [], 0)


@pytest.mark.usefixtures("world")
def test_status_of_a_production() -> None:
    found = read_json(run("status", "--production", "DP1", "--format", "json"))
    campaigns = found["campaigns"]
    assert isinstance(campaigns, list)
    assert [c["campaign"] for c in campaigns] == ["c", "d"]
    result = run("status", "c", "--production", "DP1")
    assert (result.exit_code, "leave out SELECTOR" in result.stderr) == (64, True)


@pytest.mark.usefixtures("world")
def test_an_unknown_production() -> None:
    result = run("production", "DP7")
    assert result.exit_code == 1
    assert "no campaign says `production: DP7`; there are: DP1" in result.stderr


def test_no_campaign_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert "there is no campaign" in failed("production")


def test_names_can_not_inject(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "a|b `@who` <img src=x>"
    world = make_world(tmp_path, c=SPEC.replace("campaign: c", f'campaign: c\nproduction: "{name}"'))
    monkeypatch.chdir(world.root)
    assert run("production", name).stdout.startswith(f"{name}: ")
    for args in ((), (name,)):
        page = run("production", *args, "--format", "markdown").stdout
        assert "``a\\|b `@who` <img src=x>``" in page
