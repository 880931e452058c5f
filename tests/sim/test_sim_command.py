"""``cmcompile sim``."""

from __future__ import annotations

import json

from click.testing import CliRunner

from cmcompile.cli.sim import command
from cmcompile.sim.coverage import Coverage, rows
from cmcompile.sim.far.faults import Fault


def test_some_seeds_are_counted() -> None:
    done = CliRunner().invoke(
        command, ["--seeds", "3", "--jobs", "1", "--format", "json"], standalone_mode=False
    )
    assert done.exception is None
    found = json.loads(done.output)
    assert found["seeds"] == 3
    assert found["failed"] == []
    assert found["counts"]["submit"] > 0


def test_one_seed_is_shown() -> None:
    done = CliRunner().invoke(command, ["--seed", "3", "--trace"], standalone_mode=False)
    assert done.return_value == 0
    assert "again:  cmcompile sim --seed 3 --trace" in done.output
    assert "calls: submit" in done.output


def test_what_happens_too_seldom_is_told() -> None:
    counts = Coverage(seeds=100)
    counts.faults.update({fault.value: 5 for fault in Fault if fault is not Fault.SKEW})
    counts.moves.update(dict.fromkeys(rows(), 100))
    counts.moves[rows()[0]] = 99
    assert counts.lacking() == ["clock wrong: in 0 of 100 seeds", "claimed in new: 99 times"]


def test_rows_are_told_apart() -> None:
    assert len(set(rows())) == len(rows())
