"""``limits: {jobs}`` bounds the jobs of batch steps that are under way."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plan_tools import Campaign, campaign, facts, item_words, plan_of, state_of

from cmcompile.batch.document import read_document
from cmcompile.compiler.jobs.count import JobCounter

SPEC = """\
batch: {{system: slurm}}
sites: {{here: {{limits: {site}}}}}
site: here
limits: {limits}
lists: {{runs: {{file: runs.txt, columns: [run, segment]}}}}
step_defaults:
  engine: batch
  collect: u/${{{{ step.name }}}}
  split: [{{name: run, list: runs}}]
  jobs: {{command: "./go", resources: {{memory: 1GB}}, each: [run, segment]}}
steps:
  a: {{limits: {step}}}
  b: {{jobs: {{each: null}}, rescues: {{r: {{because: x}}}}}}
"""
#: Runs 1 to 4 have so many segments as their number.
RUNS = "".join(f"{run} {segment}\n" for run in range(1, 5) for segment in range(run))


def made(site: str = "{}", limits: str = "{}", step: str = "{}") -> Campaign:
    return campaign(SPEC.format(site=site, limits=limits, step=step), {"runs.txt": RUNS})


def words(found: Campaign, *ledger: str) -> list[str]:
    """Return what is sent, and what waits for a limit."""
    now = facts({})
    jobs = JobCounter(found.compilation.spec)
    state = state_of(found, {name: ["sent"] for name in ledger})
    plan = plan_of(found, state, replace(now, jobs=jobs))
    items = [item_words(item) for stage in plan.stages for item in stage.items]
    return [
        line.partition(" never_sent")[0] if "never_sent" in line else line
        for line in items
        if "covered" not in line
    ]


def test_a_counter_tells_what_is_compiled() -> None:
    found = made()
    count = JobCounter(found.compilation.spec)
    for group in found.compilation.groups:
        assert count(group.group) == read_document(group.data).jobs, group.path
    assert [count(group.group) for group in found.compilation.groups if group.group.step == "a"] == [
        1,
        2,
        3,
        4,
    ]
    assert {count(group.group) for group in found.compilation.groups if group.group.step == "b"} == {1}


@pytest.mark.parametrize(
    "where",
    [{"limits": "{jobs: 6}"}, {"site": "{jobs: 6}"}, {"step": "{jobs: 6}"}],
    ids=lambda where: next(iter(where)),
)
def test_groups_go_until_the_limit_is_reached(where: dict[str, str]) -> None:
    found = [line for line in words(made(**where)) if " a/" in line]
    assert found[:3] == ["submit a/1", "submit a/2", "submit a/3"]
    assert found[3].startswith("wait a/4 limit | ")
    assert found[3].endswith(": 6 of 6 jobs, and 4 more")


def test_what_is_under_way_counts() -> None:
    found = words(made(step="{jobs: 6}"), "a/4@w00")
    assert found[:2] == ["submit a/1", "submit b/1"]
    assert "wait a/2 limit | a: 5 of 6 jobs, and 2 more" in found


def test_a_group_that_is_larger_goes_alone() -> None:
    large = made(step="{jobs: 1}")
    assert [line for line in words(large) if line.startswith("submit a/")] == ["submit a/1"]
    assert [line for line in words(large, "a/1@w00") if line.startswith("submit a/")] == []
    found = words(made(step="{jobs: 3, running: 1}"), "a/3@w00")
    assert "wait a/4 limit | a: 1 of 1" in found


def test_nobody_counts_where_nothing_bounds() -> None:
    found = made()
    inputs = found.inputs(state_of(found, {}), facts({}))
    from cmcompile.plan.world import World

    assert not World(inputs).has_job_limits
    assert len([line for line in words(found) if line.startswith("submit")]) == 8
