"""Jobs that are held, removed, evicted, too large, or fail: a real batch system shows each for what it is."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from contracts.batch_runs import asking, order_of
from slurm_cluster import running_slurm

from cmcompile.batch.table import Job
from cmcompile.driver.batch import BatchDriver
from cmcompile.ledger.clock import SystemClock
from cmcompile.model.batch import JobFact, JobState
from cmcompile.model.body import WmsRef
from cmcompile.model.child import NotReady, Order, Ready, Taken
from cmcompile.model.wms import NoAnswer
from cmcompile.observe.batch.outputs import BatchOutputs
from cmcompile.observe.batch.runs import BatchRuns

pytestmark = pytest.mark.xdist_group("batch")
_WAIT = 90.0
BIG = "python3 -c 'import time; x = bytearray(150 << 20); time.sleep(60)'"
#: What each job does, from job 1 on.
COMMANDS = ("true", "exit 3", "kill -9 $$", BIG, "sleep 300", "sleep 300", "sleep 300", "kill -9 $PPID")


@dataclass(slots=True)
class Bench:
    """A batch system, and an area."""

    system: str
    area: Path
    env: Mapping[str, str]

    @property
    def where(self) -> WmsRef:
        return WmsRef(f"batch.{self.system}")

    @property
    def runs(self) -> BatchRuns:
        return BatchRuns(self.area, asking(self.env))

    def order(self, claim: str, *commands: str, options: Mapping[str, str] | None = None) -> Order:
        jobs = [Job(n, ("run",), (str(n),), command=text) for n, text in enumerate(commands, 1)]
        return order_of(self.where, f"c_g_{claim}", claim, jobs, memory=60, options=options)

    def driver(self) -> BatchDriver:
        return BatchDriver(self.area, SystemClock(), {**os.environ, **self.env})

    def submitted(self, order: Order) -> str:
        driver = self.driver()
        prepared = driver.prepare(order)
        assert isinstance(prepared, Ready), prepared
        reply = driver.call(order)
        assert isinstance(reply, Taken), reply
        return reply.run_id

    def tell(self, *command: str) -> str:
        done = subprocess.run(
            command, env={**os.environ, **self.env}, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done
        return done.stdout

    def facts(self, claim: str) -> dict[int, JobFact]:
        found = BatchOutputs(self.area, self.runs).facts(f"out/g/{claim}")
        assert not isinstance(found, NoAnswer), found
        return found

    def until(self, claim: str, reached: Callable[[dict[int, JobFact]], bool]) -> dict[int, JobFact]:
        end = time.monotonic() + _WAIT
        while not reached(facts := self.facts(claim)):
            assert time.monotonic() < end, facts
            time.sleep(0.3)
        return facts


@pytest.fixture(params=[pytest.param(s, marks=pytest.mark.service(s)) for s in ("slurm", "htcondor")])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        area = Path(name) / "area"
        area.mkdir()
        if request.param == "htcondor":
            made = Bench("htcondor", area, {})
            yield made
            subprocess.run(["condor_rm", "-all"], capture_output=True, check=False)
            return
        place = Path(tempfile.mkdtemp(dir=name, prefix="s"))
        # It forgets what has ended after two seconds.
        with running_slurm(place, cpus=8, enforced=True, min_job_age=2) as slurm:
            yield Bench("slurm", area, slurm.env)


def test_jobs_are_told_apart(bench: Bench) -> None:
    order = bench.order("w00", *COMMANDS)
    run_id = bench.submitted(order)
    slurm = bench.system == "slurm"

    def running(facts: Mapping[int, JobFact]) -> bool:
        ended = all(facts[n].state.is_over for n in (1, 2, 3, 4))
        return ended and facts[6].state is facts[7].state is JobState.RUNNING

    if slurm:
        bench.tell("scontrol", "hold", f"{run_id}_5")
    else:
        bench.tell("condor_hold", f"{run_id}.4")
    bench.until("w00", running)
    if slurm:
        bench.tell("scancel", f"{run_id}_6")
        bench.tell("scontrol", "update", "nodename=ALL", "state=down", "reason=test")
    else:
        bench.tell("condor_rm", f"{run_id}.5")
        bench.tell("condor_vacate_job", "-fast", f"{run_id}.6")

    def apart(facts: Mapping[int, JobFact]) -> bool:
        evicted = facts[7].state is JobState.EVICTED or bool(facts[7].restarts)
        return evicted and facts[6].state is JobState.REMOVED

    facts = bench.until("w00", apart)
    assert facts[1].state is JobState.SUCCEEDED
    assert (facts[2].state, facts[2].exit) == (JobState.FAILED, 3)
    assert (facts[3].state, facts[3].exit) == (JobState.FAILED, 137)
    # Where the kernel can't be told, Slurm itself kills such a job, and calls it failed.
    assert facts[4].state is JobState.MEMORY or (facts[4].state is JobState.FAILED and facts[4].exit == 137)
    assert facts[5].state is JobState.HELD
    assert facts[5].reason
    seen = bench.runs.look(bench.where, [run_id])
    assert not isinstance(seen, NoAnswer)
    assert seen[run_id].state == ("held" if slurm else "running")
    assert bench.runs.cancel(bench.where, run_id) is None
    ended = bench.until("w00", lambda facts: all(fact.state.is_over for fact in facts.values()))
    again = bench.runs.look(bench.where, [run_id])
    assert not isinstance(again, NoAnswer)
    assert again[run_id].state == "cancelled"
    if slurm:
        # Slurm has forgotten all of it by now.
        end = time.monotonic() + _WAIT
        while len(bench.tell("squeue", "--states=all").splitlines()) > 1:
            assert time.monotonic() < end
            time.sleep(0.5)
    told = {job: (fact.state, fact.word) for job, fact in bench.facts("w00").items()}
    assert told == {job: (fact.state, fact.word) for job, fact in ended.items()}
    assert bench.runs.look(bench.where, [run_id]) == again


def test_what_is_refused_is_known_before_the_gate(bench: Bench) -> None:
    bad = {"slurm": {"partition": "nowhere"}, "htcondor": {"requirements": "("}}[bench.system]
    answer = bench.driver().prepare(bench.order("w01", "true", options=bad))
    assert isinstance(answer, NotReady)
    assert "would refuse it" in answer.message
    if bench.system == "slurm":
        many = bench.driver().prepare(bench.order("w02", *["true"] * 1001))
        assert isinstance(many, NotReady)
        assert "MaxArraySize is 1001" in many.message
    assert bench.runs.find(bench.where, ["c_g_"]) == ()
    gone = BatchDriver(bench.area, SystemClock(), {"PATH": "/nowhere"}).prepare(bench.order("w03", "true"))
    assert isinstance(gone, NotReady)
    assert "on PATH" in gone.message


def test_an_array_that_was_started_is_not_restarted(bench: Bench) -> None:
    answer = bench.driver().prepare(replace(bench.order("w04", "true"), restart="7"))
    assert isinstance(answer, NotReady)
    assert "sent again by a rescue or by a retry" in answer.message
