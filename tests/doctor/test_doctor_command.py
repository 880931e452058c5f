"""The command: what is asked of whom, how long it waits, how it ends, and what shells complete."""

from __future__ import annotations

import json
import time
from pathlib import Path

import click
import jsonschema
import pytest
from click.shell_completion import ShellComplete
from planted_world import World
from planted_world import world as world

from cmcompile.cli.doctor_case import bytes_of
from cmcompile.cli.main import cli
from cmcompile.doctor.run import NAMES

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "schemas/doctor-v1.schema.json").read_text(encoding="utf-8"))
SERVICE = "cmcompile.engine.service.EngineService"
#: A plugin whose parts hang, fail, or are not there.
PLUGIN = """\
import sys
import time
from lsst.ctrl.bps import BaseWmsService


class Hanging(BaseWmsService):
    def ping(self, pass_thru):
        print("I hang", file=sys.stderr, flush=True)
        time.sleep(300)


class Refusing(BaseWmsService):
    def run_submission_checks(self):
        raise KeyError("PANDA_URL")

    def ping(self, pass_thru):
        raise RuntimeError("nobody is there")


class Mute(BaseWmsService):
    pass


class Asking(BaseWmsService):
    def run_submission_checks(self):
        if self.ping()[0]:
            raise RuntimeError("not here")

    def ping(self, pass_thru=None):
        return 1, input("who are you? ")
"""

pytestmark = [pytest.mark.service("lsst"), pytest.mark.xdist_group("doctor")]


@pytest.mark.parametrize(
    ("name", "only", "code", "verdict", "said"),
    [
        (
            "Hanging",
            "wms",
            6,
            "unknown",
            "Hanging did not answer a ping: no answer within 9 s; its last words: ",
        ),
        ("Refusing", "wms", 6, "unknown", "Refusing did not answer a ping: RuntimeError: nobody is there"),
        ("Refusing", "plugin", 3, "fault", "can't be used in the environment here: KeyError: 'PANDA_URL'"),
        ("Mute", "wms", 6, "unknown", "Mute has no ping, so whether it answers is not known"),
        ("Asking", "wms", 6, "unknown", "Asking did not answer a ping: EOFError: "),
        ("Asking", "plugin", 0, "fine", "plugins.Asking can be used in the environment here"),
        ("Mute", "plugin", 0, "fine", "plugins.Mute can be used in the environment here"),
    ],
)
def test_a_plugin_may_do_anything(
    name: str, only: str, code: int, verdict: str, said: str, world: World
) -> None:
    plugin = world.written(world.clone / "pipeline/plugins.py", PLUGIN)
    with plugin, world.edited(world.library, SERVICE, f"plugins.{name}"):
        begun = time.monotonic()
        found = world.doctor("--only", f"{only},butler", "--patience", "9" if name == "Hanging" else "60")
    [result] = [one for one in found.results if one["check"] == only]
    assert (found.code, result["verdict"]) == (code, verdict)
    assert said in result["message"]
    # What was asked beside it is answered, also after one that hangs.
    assert [one["verdict"] for one in found.results if one["check"] == "butler"] == ["fine"]
    assert time.monotonic() - begun < 60


def test_a_set_up_that_hangs_is_not_waited_for(world: World) -> None:
    with world.edited(world.library, "    setup:\n", "    setup:\n    - sleep 300\n"):
        found = world.doctor("--only", "setup,stack", "--patience", "1")
    assert found.code == 6
    assert {one["verdict"] for one in found.results} == {"unknown"}
    assert "no answer within 3 s" in found.results[0]["message"]


def test_without_an_environment_the_python_of_cmcompile_is_asked(world: World) -> None:
    text = world.spec.read_text().replace("environment: here\n", "")
    with world.written(world.spec, text):
        found = world.doctor(PYTHONPATH=str(world.clone / "pipeline"))
    assert found.code == 0, found
    assert "the Python of cmcompile is set up" in {one["message"] for one in found.results}


def test_only_some_steps_are_looked_at(world: World) -> None:
    found = world.doctor("--step", "step2", "--only", "pipeline,inputs,data")
    messages = [one["message"] for one in found.results]
    assert [text for text in messages if "quick.yaml" in text] == [
        f"{world.clone}/pipeline/quick.yaml: step2, 1 tasks"
    ]
    assert "all are made by the campaign itself" in messages
    assert "no group would be sent now" in messages


def test_the_document_is_as_its_schema_says(world: World) -> None:
    with world.edited(world.spec, "[QuickCam/raw/all]", "[QuickCam/raw/none]"):
        found = world.doctor()
    document = json.loads(found.out)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["healthy"] is False
    assert SCHEMA["$defs"]["result"]["properties"]["check"]["enum"] == list(NAMES)
    assert {one["verdict"] for one in document["results"]} == {"fine", "fault", "unknown"}


def test_what_a_campaign_allows_does_not_count(world: World) -> None:
    with world.edited(world.spec, "site: here\n", "site: here\nallow: {CM247: a small disk}\n"):
        found = world.doctor("--only", "room", "--room", "900P")
    assert found.code == 0
    assert found.results[0]["allowed"] == "a small disk"


def test_the_command_line_is_checked(world: World) -> None:
    for words, code, said in (
        (("--only", "butlr"), 64, "there is no check 'butlr': the checks are secrets, setup"),
        (("--step", "step9"), 1, "quickstart has no step step9: its steps are step1, step2, step3, step4"),
        (("--room", "much"), 64, "'much' is no size: write one such as 500G"),
    ):
        done = world.type("doctor", "quickstart", *words)
        assert (done.returncode, done.stdout) == (code, "")
        assert said in done.stderr
    assert world.type("doctor", "nothing").returncode == 1


def test_errors_of_the_spec_come_first(world: World) -> None:
    with world.edited(world.spec, "site: here\n", "site: nowhere\n"):
        done = world.type("doctor", "quickstart")
    assert done.returncode == 1
    assert "campaign.yaml:6:7: error CM" in done.stdout + done.stderr


def test_a_plan_asks_what_is_quick(world: World) -> None:
    plain = world.type("plan", "quickstart")
    asked = world.type("plan", "quickstart", "--doctor")
    assert (asked.returncode, asked.stdout) == (0, plain.stdout)
    assert asked.stderr == "quickstart: 9 checks, all fine\n"
    small = world.type("plan", "quickstart", "--doctor", CMCOMPILE_ROOM="900P")
    assert (small.returncode, small.stdout) == (3, plain.stdout)
    assert "fault CM247 room: " in small.stderr
    # Without being asked a plan looks for nothing.
    assert world.type("plan", "quickstart", CMCOMPILE_ROOM="900P").returncode == 0


def test_no_stack_is_imported_by_the_command_itself(world: World) -> None:
    code = "import atexit, sys; atexit.register(lambda: print('lsst.utils' in sys.modules, file=sys.stderr))"
    # The command ends without the functions of `atexit`; so they are run by hand.
    code += "; import os; end = os._exit; os._exit = lambda n: (atexit._run_exitfuncs(), end(n))"
    done = world.type("doctor", "quickstart", code=code)
    assert (done.returncode, done.stderr) == (0, "False\n")


@pytest.mark.parametrize(
    ("words", "incomplete", "found"),
    [
        (["doctor", "quickstart", "--only"], "pi", ["pipeline"]),
        (["doctor", "quickstart", "--only"], "butler,in", ["butler,includes", "butler,inputs"]),
        (["doctor", "quickstart", "--step"], "step", ["step1", "step2", "step3", "step4"]),
        (["doctor"], "qui", ["quickstart"]),
    ],
)
def test_shells_complete(
    words: list[str], incomplete: str, found: list[str], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(world.clone)
    completion = ShellComplete(cli, {}, "cmcompile", "_CMCOMPILE_COMPLETE")
    assert [item.value for item in completion.get_completions(words, incomplete)] == found


@pytest.mark.parametrize(
    ("text", "number"),
    [("10G", 10**10), ("1.5 TB", 15 * 10**11), ("500", 500), ("2k", 2000), ("3GiB", 3 * 10**9)],
)
def test_sizes_are_read(text: str, number: int) -> None:
    assert bytes_of(text) == number


def test_what_is_no_size_is_refused() -> None:
    for text in ("", "G", "-5G", "1e9", "5 parsec"):
        with pytest.raises(click.UsageError):
            bytes_of(text)
