"""Planted faults: each is found by its check, with its code, its place in the spec and what helps."""

from __future__ import annotations

import json
import re
import shutil
from importlib.util import find_spec
from typing import Any

import pytest
from planted_world import World
from planted_world import world as world
from plants import CASES, SERVICE, by_ssh, panda, token

pytestmark = [pytest.mark.service("lsst"), pytest.mark.xdist_group("doctor")]


@pytest.mark.parametrize("name", CASES)
def test_a_planted_fault_is_found(name: str, world: World) -> None:
    case = CASES[name]
    with case.plant(world):
        said = world.doctor("--only", case.only, *(("--hours", "48") if "proxy" in name else ()))
        lines = {path: (world.clone / path).read_text().splitlines() for path in _files(said.results)}
    assert said.code == 3, said
    faults = said.of("fault")
    assert {one["code"] for one in faults} == {case.code}, faults
    assert {one["check"] for one in faults} == {case.only}
    told = [_plain(one, world) for one in faults]
    assert any(case.said in one["message"] and case.command in one["command"] for one in told), told
    assert all(one["fix"] for one in faults)
    if case.line:
        found = [one["location"] for one in faults]
        assert all(case.line in lines[place["file"]][place["line"] - 1] for place in found), found


@pytest.mark.parametrize("name", ["no repository", "set-up fails", "no stack"])
def test_what_a_fault_stands_before_is_not_known_and_never_fine(name: str, world: World) -> None:
    case = CASES[name]
    with case.plant(world):
        said = world.doctor()
    assert said.code == 3, said
    assert {one["code"] for one in said.of("fault")} == {case.code}
    behind = {one["check"] for one in said.of("unknown")}
    assert behind >= {"inputs", "data", "run", "chain"}
    assert {one["behind"] for one in said.of("unknown")} == {case.only}
    assert not behind & {one["check"] for one in said.of("fine")}


def test_a_healthy_quickstart_is_fine_and_little_is_said(world: World) -> None:
    done = world.type("doctor", "quickstart")
    assert (done.returncode, done.stdout, done.stderr) == (0, "quickstart: 21 checks, all fine\n", "")
    said = world.doctor()
    assert said.code == 0
    assert {one["verdict"] for one in said.results} == {"fine"}
    assert world.git("status", "--porcelain") == ""


def test_without_the_packages_the_butler_cant_be_read(world: World) -> None:
    said = world.doctor("--only", "here", code="import sys; sys.modules['lsst'] = None")
    assert said.code == 3
    [fault] = said.of("fault")
    assert (fault["code"], fault["command"]) == ("CM250", "pip install 'cmcompile[lsst]'")


@pytest.mark.parametrize(("hours", "refresh", "code"), [(30, False, 0), (20, False, 3), (20, True, 6)])
def test_a_login_of_panda_lasts_or_is_renewed_or_ends(
    hours: float, refresh: bool, code: int, world: World
) -> None:
    held = {"id_token": token(hours)} | ({"refresh_token": "word-of-nobody-4711"} if refresh else {})
    plant = panda("PANDA_AUTH: oidc, PANDA_CONFIG_ROOT: HOME/login", ("login/.token", json.dumps(held)))
    with plant(world):
        said = world.doctor("--only", "credentials")
    assert said.code == code
    assert said.results[0]["message"].startswith(f"the token in {world.home}/login/.token ")


def test_panda_is_not_asked_to_log_anybody_in(world: World) -> None:
    # To import it would already ask for the address of a server.
    if find_spec("lsst.ctrl.bps.panda") is None:
        pytest.skip("PanDA's plugin is not installed")
    with panda("PANDA_AUTH: oidc, PANDA_BEHIND_REAL_LB: '1', PANDA_CONFIG_ROOT: HOME/login")(world):
        said = world.doctor()
    assert said.code == 3, said
    assert [one["code"] for one in said.of("fault")] == ["CM242"]
    assert [(one["check"], one["behind"]) for one in said.of("unknown")] == [("wms", "credentials")]
    shutil.rmtree(world.home / "login")


def test_panda_without_its_variables_is_no_riddle(world: World) -> None:
    with world.edited(world.library, SERVICE, "lsst.ctrl.bps.panda.PanDAService"):
        said = world.doctor("--only", "setup,stack,credentials,plugin,wms")
    assert said.code == 3, said
    assert said.of("fault")[0]["message"] == "PanDA needs $PANDA_URL, which is not set"
    assert all(one["behind"] for one in said.of("unknown"))


def test_what_a_remote_refuses_is_seen_once_it_was_tried(world: World) -> None:
    with by_ssh()(world):
        before = world.doctor("--only", "protection,ledger")
        assert before.code == 6
        [unknown] = before.of("unknown")
        assert unknown["command"] == "cmcompile ledger check quickstart"
        assert world.type("ledger", "check", "quickstart").returncode == 0
        after = world.doctor("--only", "protection")
    assert after.code == 0
    assert "; the branch cm/_check stayed)" in after.results[0]["message"]
    world.git("update-ref", "-d", "refs/heads/cm/_check", at="remote.git")


def test_a_campaign_without_a_ledger_is_told_how_to_make_one(world: World) -> None:
    other = world.clone / "campaigns/other/campaign.yaml"
    text = world.spec.read_text().replace("campaign: quickstart", "campaign: other", 1)
    lists = world.clone / "campaigns/other/lists/visits.txt"
    with (
        world.written(other, text),
        world.written(lists, (world.spec.parent / "lists/visits.txt").read_text()),
    ):
        done = world.type("doctor", "other", "--only", "ledger")
    assert done.returncode == 3
    assert "cmcompile ledger init other" in done.stdout


def _files(results: list[dict[str, Any]]) -> set[str]:
    return {one["location"]["file"] for one in results if one["location"]}


def _plain(result: dict[str, Any], world: World) -> dict[str, str]:
    return {k: re.sub(re.escape(str(world.home)), "HOME", str(v)) for k, v in result.items()}
