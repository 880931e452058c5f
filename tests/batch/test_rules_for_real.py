"""Two dependent rules on a real batch system, with what goes wrong there, and commands killed on the way."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from contracts.batch_runs import asking
from rules_world import EMPTY, FAILS, HUNGRY, JOBS, RUNS, SEGMENTS, SILENT, World, make_world
from slurm_cluster import running_slurm

from cmcompile.model.outcome import Failure
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, LedgerState, Workflow
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.outputs import BatchOutputs
from cmcompile.observe.batch.runs import BatchRuns

pytestmark = pytest.mark.xdist_group("batch")
#: Passes are killed so often; some end before.
KILLS, TRIES = 20, 60
#: Passes until all is accepted; five are enough where nothing is killed.
PASSES, STILL = 60, 15
ALL = {(run, segment) for run in RUNS for segment in SEGMENTS}


@pytest.fixture(params=[pytest.param(s, marks=pytest.mark.service(s)) for s in ("slurm", "htcondor")])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Give the campaign, at a batch system that ends jobs which take too much memory."""
    system = str(request.param)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        if system == "htcondor":
            yield make_world(Path(name) / "world", system, {}, nap=0.5)
            return
        place = Path(tempfile.mkdtemp(dir=name, prefix="s"))
        with running_slurm(place, cpus=8, enforced=True) as slurm:
            yield make_world(Path(name) / "world", system, slurm.env, nap=0.5)


def test_no_job_runs_twice_at_once_and_none_is_lost(world: World) -> None:
    chance = random.Random(20)
    kills = 0
    for _ in range(TRIES):
        kills += killed_once(world, chance.uniform(0.2, 2.2), both=bool(kills % 2))
        if kills == KILLS:
            break
    assert kills == KILLS, "most passes ended before they could be killed"
    settled(world)
    state = world.state()
    # No two jobs ever held the lock of one output, and each output was made.
    assert world.lines("overlaps") == []
    assert world.made("EVENT") == world.made("CALO") == ALL
    begun = world.lines("begun")
    good = [line for line in begun if line.startswith("CALO")]
    assert len(good) == len(set(good)) == JOBS, "a job of CALO ran again though its output was there"
    # EVENT ran once more for what failed, had too little memory, or made nothing; and for nothing else.
    again = {line for line in begun if begun.count(line) > 1}
    assert again == {f"EVENT {run}.{segment}" for run, segment in (*FAILS, HUNGRY, EMPTY)}
    check_rescues(world, state)
    check_outcomes(world, state)


def check_rescues(world: World, state: LedgerState) -> None:
    """See that retries and rescues ran the failed and missing jobs only, and what lacked memory with more.

    The first group needs a rescue, for one job lacked memory; the second is sent again.
    """
    ran: dict[tuple[int, int], str] = {}
    ways = set()
    for workflow, place in submitted(world, state, first=False):
        ways.add(workflow.group)
        rows = [line.split("\t") for line in next(place.glob("*.jobs.tsv")).read_text().splitlines()[1:]]
        numbers = set((place / "numbers.txt").read_text().split())
        skipped = {line.split("\t")[0] for line in (place / "skipped.tsv").read_text().splitlines()[1:]}
        assert numbers | skipped == {row[0] for row in rows}
        assert not numbers & skipped
        assert len(rows) > len(numbers) + 20
        asked = next(iter([*place.glob("*.sbatch"), *place.glob("*.sub")])).read_text()
        ran |= {(int(row[1]), int(row[2])): asked for row in rows if row[0] in numbers}
    assert set(ran) == {*FAILS, HUNGRY, EMPTY}
    assert ways == {"rescue.1", "2"}
    assert "240" in ran[HUNGRY]


def check_outcomes(world: World, state: LedgerState) -> None:
    """See that the ledger has what became of each job, and that what jobs left tells the same once more."""
    first = [workflow for workflow, _ in submitted(world, state, first=True)]
    failed: dict[str, Failure] = {}
    for workflow in first:
        assert workflow.outcome is not None
        failed |= {failure.quantum.data_id: failure for failure in workflow.outcome.failures}
    assert set(failed) == {f"run={run}, segment={segment}" for run, segment in (*FAILS, HUNGRY, EMPTY)}
    messages = {one: f.message for one, f in failed.items()}
    assert messages[data_id(FAILS[0])] == "bad luck"
    assert "did not write" in messages[data_id(EMPTY)]
    hungry = failed[data_id(HUNGRY)]
    code = None if hungry.cause is None else hungry.cause.code
    assert "more memory" in hungry.message or code == 137, hungry
    # The system may have forgotten the jobs by now: then they are judged by what was said once.
    outputs = BatchOutputs(world.clone, BatchRuns(world.clone, asking({"PATH": "/nowhere"})))
    for workflow in first:
        assert workflow.claim is not None
        again = outputs.outcome([workflow.claim.output_run])
        assert not isinstance(again, NoAnswer), again
        assert again == workflow.outcome
    silent = [f for f in failed if f == data_id(SILENT)]
    assert silent == [], "a job that never says anything is judged by its wrapper"


def submitted(world: World, state: LedgerState, *, first: bool) -> list[tuple[Workflow, Path]]:
    """Return the workflows of EVENT that were submitted, with their directories: those that left out no jobs.

    Parameters
    ----------
    first
        False: those that left out some.
    """
    found = []
    for workflow in state.workflows():
        if workflow.step == "EVENT" and workflow.run_id and workflow.claim is not None:
            place = world.clone / "submit" / workflow.claim.output_run
            if (len((place / "skipped.tsv").read_text().splitlines()) == 1) == first:
                found.append((workflow, place))
    return found


def data_id(job: tuple[int, int]) -> str:
    return f"run={job[0]}, segment={job[1]}"


def killed_once(world: World, seconds: float, *, both: bool) -> bool:
    """Start a pass and kill it, with what it started or without; tell whether it was still there."""
    process = world.started("reconcile", "au")
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        pids = [process.pid, *(below(process.pid) if both else ())]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.communicate()
        time_goes_by(world)
        return True
    return False


def time_goes_by(world: World) -> None:
    """Let the locks of refs that a killed git left be old enough to be known for such."""
    for lock in (world.clone / ".git/refs/cmcompile").rglob("*.lock"):
        with contextlib.suppress(FileNotFoundError):
            os.utime(lock, (0, 0))


def below(pid: int) -> list[int]:
    """Return what a process started, and what these did."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, thread.read_text().split()):
                found += [child, *below(child)]
    return found


def settled(world: World) -> None:
    """Make passes until all groups are accepted; what was never called is given up as a person would."""
    seen: list[int] = []
    for _ in range(PASSES):
        said = world.cmcompile("reconcile", "au", codes=(0, 3, 6, 7))
        state = world.state()
        groups = [state.groups.get((step, group)) for step in ("EVENT", "CALO") for group in ("1", "2")]
        if all(record is not None and record.verdict is GroupState.ACCEPTED for record in groups):
            return
        lost = [w for w in state.workflows() if w.review is Reason.NOT_FOUND and w.live]
        for workflow in lost:
            name = f"au/{workflow.step}/{workflow.group}@{workflow.name}"
            world.git("pull", "-q", "--rebase")
            why = ("-m", "it was killed before its call", "--gate", workflow.gate or "", "--commit")
            world.cmcompile("abandon", name, *why)
            world.git("push", "-q")
        seen.append(sum(w.numbers for w in state.workflows()))
        if seen[-STILL:].count(seen[-1]) == STILL:
            break  # nothing happens any more
        time.sleep(1.0)
    raise AssertionError(f"it does not come to an end: {said}\n{world.cmcompile('status', 'au')}")
