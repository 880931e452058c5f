"""The commands that standings and plans name: the command line knows them, and what they decide is legal."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import given, settings
from plan_tools import campaign, facts, plan_of, state_of
from plan_worlds import Given, likely_worlds, worlds
from test_plan_cases import CASES

from cmcompile.cli.main import cli
from cmcompile.model.decision import Verb
from cmcompile.model.event import Subject
from cmcompile.plan.standing import standings
from cmcompile.state.conflicts import in_conflict
from cmcompile.state.moves import refusal

FACTS = facts({"now": "2026-11-20T20:00:00+00:00"})
VERBS = {verb.value: verb for verb in Verb}


@pytest.fixture(autouse=True, scope="module")
def kept_plan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have the file that `approve` is told to take, as `plan -o` keeps it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("kept"))
        Path("PLAN.json").touch()
        yield


def parsed(line: str) -> click.Context:
    """Parse a command line as the shell and click do; nothing is run."""
    program, name, *rest = shlex.split(line)
    assert program == "cmcompile"
    frame = click.Context(cli, info_name=program)
    command = cli.get_command(frame, name)
    assert command is not None, line
    return command.make_context(name, rest, parent=frame)


def named(line: str) -> tuple[Verb, str | None, Subject] | None:
    """Return what a command decides, and the campaign; None where it decides nothing."""
    words = shlex.split(line)
    if words[1] not in VERBS:
        return None
    campaign, _, rest = words[2].partition("/")
    step, _, group = rest.partition("/")
    group, _, workflow = group.partition("@")
    return VERBS[words[1]], campaign, Subject(step, group or None, workflow or None)


def commands(world: Given) -> Iterator[str]:
    for standing in standings(world.made.inputs(world.state, FACTS)).values():
        if standing.next:
            yield standing.next
    for item in plan_of(world.made, world.state, FACTS).items():
        if item.next:
            yield item.next


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_what_is_said_of_each_case_can_be_typed(case: dict[str, Any]) -> None:
    made = campaign(case["spec"], case.get("files"), case.get("decisions", ()))
    state, told = state_of(made, case.get("ledger", {})), facts(case.get("facts", {}))
    for standing in standings(made.inputs(state, told)).values():
        if standing.next:
            parsed(standing.next)
    for item in plan_of(made, state, told).items():
        if item.next:
            parsed(item.next)


@given(worlds() | likely_worlds())
@settings(max_examples=200)
def test_what_is_said_can_be_typed_and_is_legal(world: Given) -> None:
    for line in commands(world):
        parsed(line)
        found = named(line)
        if found is None or found[0] in (Verb.HOLD, Verb.RELEASE):
            continue
        verb, campaign, subject = found
        assert campaign == "c"
        record = world.state.groups[subject.step, subject.group or ""]
        workflow = next((w for w in record.workflows if w.name == subject.workflow), None)
        key = (subject.step, subject.group)
        covers = next((d.group.covers for d in world.made.declared if d.key == key), ())
        others = in_conflict(world.state, subject.step, subject.group or "", covers)
        gate = workflow.gate or "" if workflow else ""
        rest = [w for w in others if w.group != subject.group]
        assert refusal(verb, record, workflow, others=rest, gate=gate) is None, line
