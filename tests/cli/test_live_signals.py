"""`cmcompile status` of a group whose jobs run: what they have said until now."""

from __future__ import annotations

from pathlib import Path

import pytest
from batch_world import BatchWorld, make_batch_world
from ledger_world import run


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BatchWorld:
    world = make_batch_world(tmp_path)
    monkeypatch.chdir(world.root)
    return world


def test_a_run_that_goes_on_shows_what_its_jobs_have_said(world: BatchWorld) -> None:
    sent = world.sent("event", "22000")
    sent.ran(1, events=5)
    sent.said(2, "begun", 7)
    world.published()
    first = run("status", "c/event/22000")
    assert first.exit_code == 0, first.output
    assert "signals of 2 jobs: 1 finished, 1 not ended" in " ".join(first.output.split())
    sent.ran(2, exit_=3, message="no space")
    second = run("status", "c/event/22000@w00")
    assert "signals of 2 jobs: 1 finished, 1 failed" in " ".join(second.output.split())
    assert list((world.root / ".git/cmcompile/c/signals").iterdir())


def test_where_its_spool_is_not_seen_nothing_is_said(world: BatchWorld, tmp_path: Path) -> None:
    sent = world.sent("event", "22000")
    world.published()
    sent.directory.rename(tmp_path / "elsewhere")
    found = run("status", "c/event/22000")
    assert found.exit_code == 0
    assert "signals of" not in found.output
