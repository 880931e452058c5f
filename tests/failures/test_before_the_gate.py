"""What could not be prepared: the state, the reason and the command, exactly as a person reads them."""

from __future__ import annotations

import re

import pytest
from failing_night import night as night
from failing_world import World, plain

pytestmark = [pytest.mark.service("lsst"), pytest.mark.xdist_group("failures")]

_LOG = "; all output: submit/.cmcompile/CLAIM/driver.log"
#: By step: why it could not be prepared.
WHY = {
    "dirs": "the submit directory HOME/clone/submit/u/faults/dirs/1001/w00-CLAIM exists already, and nothing "
    "is written over: try again, each try has a directory of its own",
    "runs": "the run u/faults/runs/1001/w00-CLAIM exists already in the Butler, and nothing is added to it: "
    "try again, each try has a run of its own",
    "path": "there is no file HOME/clone/pipelineslow.yaml: see `pipelineYaml` and `includeConfigs`, and "
    "whether a slash is lacking after a variable",
    "empty": "the quantum graph is empty: no data fit the query in the input collections, or all of it is "
    "done already",
    "stack": "there is no Python module lsst in this environment: set up the stack that has it, or correct "
    "the name in the submit file",
    "chain": "the output u/there exists in the Butler with other inputs than these: give the group another "
    "`payload.output`, or the inputs it was made with",
}
GROUPS = {step: f"{step}/{1002 if step == 'stack' else 1001}" for step in WHY}


@pytest.mark.parametrize("step", WHY)
def test_a_person_is_asked_with_the_reason_and_the_command(night: World, step: str) -> None:
    shown = plain(night, night.scenes[step].out).splitlines()
    assert shown[:3] == [
        f"faults/{GROUPS[step]}: review, needs a person",
        f"  could not be prepared: {WHY[step]}{_LOG}",
        f"  cmcompile retry faults/{GROUPS[step]}@w00 --because '…'",
    ]


@pytest.mark.parametrize("step", WHY)
def test_apply_says_so_at_once(night: World, step: str) -> None:
    told = plain(night, night.scenes["apply"].out)
    assert f"- submit {GROUPS[step]}@w00 failed: {WHY[step]}{_LOG}\n" in told
    assert f"    preparing failed, and no run was started\n    cmcompile log faults/{GROUPS[step]}\n" in told
    assert told.endswith("\nfaults: 7 failed to prepare\n")


def test_a_database_that_is_lost_is_asked_again_without_a_person(night: World) -> None:
    shown = plain(night, night.scenes["lost"].out).splitlines()
    assert shown[:3] == [
        "faults/lost/1001: ready",
        "  its former claim was given up before anything was submitted: w00 prepare failed: the Butler's "
        'database, or a server, can\'t be reached: connection to server at "127.0.0.1", port 1 failed' + _LOG,
        "  cmcompile apply faults",
    ]
    assert "hidden-word" not in "".join(said.out + said.err for said in night.scenes.values())


def test_the_plan_and_the_status_say_the_same(night: World) -> None:
    plan, status = (plain(night, night.scenes[name].out) for name in ("plan", "status"))
    assert plan.startswith("faults: 1 to submit; 6 need a person\n")
    assert status.startswith("faults: 6 groups need a person; 0 of 7 groups accepted\n")
    for step, group in GROUPS.items():
        words = f"could not be prepared: {WHY[step]}{_LOG}\n"
        assert f"? review {group}: {words}" in plan
        assert f"! {group}: {words}" in status


def test_the_log_tells_when_and_why(night: World) -> None:
    told = plain(night, night.scenes["log"].out)
    assert "  1001@w00  could not be prepared\n" in told
    assert f"  message   {WHY['empty']}{_LOG}\n" in told


def test_an_edit_of_what_was_wrong_is_enough(night: World) -> None:
    planned = night.scenes["plan of the mended"].out
    sent = set(re.findall(r"^  \+ submit  (\w+)/", planned, re.MULTILINE))
    assert sent >= {"path", "empty", "chain", "lost"}
    # What the group is was right: only a person knows that the machine is mended.
    assert set(re.findall(r"^\? review (\w+)/", planned, re.MULTILINE)) >= {"dirs", "runs"}


@pytest.mark.parametrize("step", WHY)
def test_the_offered_command_can_be_typed(night: World, step: str) -> None:
    assert f"- retry: {GROUPS[step]}@w00\n" in night.scenes[f"typed {step}"].out


@pytest.mark.parametrize("step", [*WHY, "lost"])
def test_the_group_goes_on(night: World, step: str) -> None:
    group = GROUPS.get(step, "lost/1001")
    told = night.scenes["second apply"].out
    assert re.search(rf"^\+ submit {group}@w01 done: run \d+$", told, re.MULTILINE)
