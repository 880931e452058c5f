"""A policy sends a group again through the real commands: what BPS is given, and what verifies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from apply_world import POLICY, Applied, applied_world, under_policy
from ledger_builder import git
from ledger_world import run

from cmcompile.ledger.paths import directory
from cmcompile.model.event import Subject

RULES = """\
cmcompile: 1
budgets: {group: {retries: 1}}
rules:
- name: known
  match: {message: simulated}
  class: transient
  action: retry
  because: it may pass
"""


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Applied]:
    with applied_world(tmp_path) as made:
        monkeypatch.chdir(made.root)
        under_policy(made.root, RULES)
        yield made


def submitted(world: Applied, workflow: str) -> str:
    git(world.root, "fetch", "--quiet", "origin")
    found = directory(Subject("step1", "1", workflow))
    return str(git(world.root, "show", f"origin/cm/c:{found}/submit.yaml"))


def test_a_group_is_sent_again_for_what_failed(world: Applied) -> None:
    assert run("reconcile", "c").exit_code == 0
    sent = world.workflows()["step1/1@w00"].claim
    assert sent is not None
    for found in world.hand.runs():
        world.hand.end(found["run_id"], "", int(found["name"] == sent.run_name))
    assert run("reconcile", "c").exit_code == 0
    again = world.workflows()["step1/1@w01"]
    assert again.claim is not None
    former = world.workflows()["step1/1@w00"].claim
    assert former is not None
    assert again.claim.builds_on == (former.output_run,)
    assert f"--skip-existing-in {former.output_run}" in submitted(world, "w01")
    assert "skip-existing" not in submitted(world, "w00")
    assert run("verify", "c").exit_code == 0
    failures = run("failures", "c")
    assert "transient" in failures.stdout
    assert "known" in failures.stdout


def test_beyond_its_budget_a_person_is_asked(world: Applied) -> None:
    for _ in range(2):
        assert run("reconcile", "c").exit_code == 0
        for found in world.hand.runs():
            if found["state"] in ("submitted", "running", "held"):
                world.hand.end(found["run_id"], "", 1)
    result = run("reconcile", "c")
    assert result.exit_code == 3
    assert not any(name.endswith("@w02") for name in world.workflows())
    text = run("plan", "c").stdout
    assert "policy careful: it was sent again once, the budget is 1" in " ".join(text.split())
    assert "cmcompile rescue c/step1 --from-outcome --groups 1" in text
    assert f"({POLICY}:4)" in " ".join(text.split())
