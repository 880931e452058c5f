"""The operator's handbook knows every exit code, and every reason for which a person is needed."""

from __future__ import annotations

import re
from pathlib import Path

import click

from cmcompile.cli.exit import Exit
from cmcompile.cli.main import cli
from cmcompile.model.reason import Reason
from cmcompile.model.severity import Severity, severity
from cmcompile.model.states import GroupState, Standing
from cmcompile.model.status import needs_person

PAGE = (Path(__file__).parents[2] / "docs/handbook.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


def test_every_exit_code_has_a_row() -> None:
    rows = [int(code) for code in re.findall(r"^\| (\d+) \|", section("By exit code"), re.MULTILINE)]
    assert rows == sorted(int(code) for code in Exit)


def for_people() -> set[Reason]:
    """Return the reasons for which a person is needed: by their severity, or in a review."""
    urgent = {r for r in Reason if severity(r) is not Severity.ENDED}
    ended = {Reason.INPUT_REJECTED, Reason.PREPARE_FAILED, Reason.RUN_FAILED, Reason.RUN_CANCELLED}
    values = list(Reason)
    last = values.index(Reason.NEW_RUNS)
    review = set(values[values.index(Reason.OVER_LIMITS) : last])
    found = urgent | ended | review
    assert all(needs_person(Standing("s", "1", GroupState.REVIEW, reason)) for reason in found)
    return found


def test_every_reason_for_a_person_has_a_row() -> None:
    named = set(re.findall(r"`([a-z_]+)`", "".join(re.findall(r"^\| (`.+?) \|", section("By reason"), re.M))))
    assert not {reason.value for reason in for_people()} - named
    assert not named - {reason.value for reason in Reason}


def test_every_command_that_it_names_is_one() -> None:
    assert isinstance(cli, click.Group)
    context = click.Context(cli)
    for name in re.findall(r"cmcompile ([a-z]+)", PAGE):
        assert cli.get_command(context, name) is not None, name
