"""A campaign of one batch step whose jobs all run, with a simulated Slurm: programs that say what was set."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.children import BenchError, cpu_of
from bench.ledgers import git
from cmcompile.batch.run_files import SIGNALS
from cmcompile.model.signal import Signal, SignalKind, SignalOutput
from cmcompile.signals.codec import encode

#: Segments of each run, and runs of each group: a group has a thousand jobs.
SEGMENTS, RUNS = 50, 20
_SPEC = """\
cmcompile: 1
campaign: jobs
batch: {system: slurm}
lists: {runs: {file: lists/runs.csv}}
collect: u/bench/${{ campaign.name }}
limits: {running: 100000, submitting: 8}
step_defaults:
  engine: batch
  collect: u/bench/${{ step.name }}
  split: [{name: run, list: runs, size: RUNS}]
steps:
  event:
    jobs:
      each: [run, segment]
      command: ./event.sh
      outputs: /data/${{ job.run }}-${{ job.segment }}.root
      payload: event.sh
"""
_SBATCH = """\
#!%s
import os, sys
if "--test-only" in sys.argv:
    sys.exit()
own = dict(word.split("=", 1) for word in sys.argv if word.startswith("--") and "=" in word)
with open(os.path.dirname(__file__) + "/given", "a") as given:
    given.write(own["--job-name"] + "\\n")
    given.flush()
    print(1000 + os.path.getsize(given.name))
"""
_TITLES = "ARRAY_JOB_ID|ARRAY_TASK_ID|STATE|REASON|EXIT_CODE|RESTART_COUNT|NODELIST|NAME|"
_PROGRAMS = {
    "squeue": '#!/bin/sh\nexec cat "${0%/*}/queue"\n',
    "scontrol": "#!/bin/sh\necho 'ClusterName = simulated'; echo 'MaxArraySize = 1000001'\n",
    "sacct": "#!/bin/sh\necho 'Slurm accounting storage is disabled' >&2; exit 1\n",
}
_PROGRAM = "from cmcompile.cli.main import main; main()"


@dataclass(frozen=True, slots=True)
class BatchWorld:
    """Where a campaign's jobs run.

    Attributes
    ----------
    root
        The repository, which is the area too.
    bin
        The programs of the simulated Slurm.
    """

    root: Path
    bin: Path

    def environment(self) -> Mapping[str, str]:
        """Return the variables in which the simulated Slurm is found."""
        return {"PATH": f"{self.bin}{os.pathsep}{os.environ['PATH']}"}

    def command(self, *arguments: str) -> float:
        """Run a command in the repository; return its processor time in seconds."""
        return cpu_of((sys.executable, "-c", _PROGRAM, *arguments), 1, self.root, self.environment())

    def spools(self) -> list[Path]:
        """Return the spools of all runs."""
        return sorted(path.parent / SIGNALS for path in self.root.glob("submit/u/**/numbers.txt"))


def make_world(root: Path, jobs: int) -> BatchWorld:
    """Make a campaign of so many jobs; all are submitted, and run as far as the simulated Slurm says."""
    world = BatchWorld(root / "repository", root / "bin")
    _programs(world.bin)
    place = world.root / "campaigns/jobs"
    (place / "lists").mkdir(parents=True)
    (place / "campaign.yaml").write_text(_SPEC.replace("RUNS", str(RUNS)))
    (place / "event.sh").write_text("#!/bin/sh\ntrue\n")
    (place / "event.sh").chmod(0o755)
    rows = (f"{22000 + at // SEGMENTS},{at % SEGMENTS}\n" for at in range(jobs))
    (place / "lists/runs.csv").write_text("run,segment\n" + "".join(rows))
    (world.root / ".gitignore").write_text("/build/\n/submit/\n")
    git(world.root, "init", "--quiet", "--initial-branch=main")
    for key, value in {"user.name": "Bench", "user.email": "bench@example.org", "gc.auto": "0"}.items():
        git(world.root, "config", key, value)
    git(world.root, "add", ".")
    git(world.root, "commit", "--quiet", "--message=The campaign")
    world.command("ledger", "init", "jobs")
    world.command("apply", "jobs", "--auto-approve")
    _queue(world)
    return world


def _programs(place: Path) -> None:
    place.mkdir(parents=True)
    for name, text in {**_PROGRAMS, "sbatch": _SBATCH % sys.executable}.items():
        (place / name).write_text(text)
        (place / name).chmod(0o755)
    (place / "queue").write_text(_TITLES + "\n")


def _queue(world: BatchWorld) -> None:
    """Let the simulated Slurm say that all jobs run."""
    lines = [_TITLES]
    for spool in world.spools():
        run_id = (spool.parent / "taken.txt").read_text().split()[0]
        name = json.loads((spool.parent / "given.json").read_text())["run"]
        numbers = (spool.parent / "numbers.txt").read_text().split()
        lines += [f"{run_id}|{number}|RUNNING|None|0|0|node{int(number) % 500}|{name}|" for number in numbers]
    if len(lines) == 1:
        raise BenchError("no run was submitted")
    (world.bin / "queue").write_text("\n".join(lines) + "\n")


def say(world: BatchWorld, kinds: tuple[SignalKind, ...]) -> int:
    """Let all jobs say some things; return how many signals that are."""
    count = 0
    for spool in world.spools():
        run = str(spool.parent.relative_to(world.root / "submit"))
        for name, data in _said(run, (spool.parent / "numbers.txt").read_text().split(), kinds):
            (spool / name).write_bytes(data)
            count += 1
        os.utime(spool, (time.time(), time.time() - 3600))
    return count


def fill(spool: Path, jobs: int, kinds: tuple[SignalKind, ...]) -> int:
    """Write a spool of one run in which each of some jobs says some things."""
    spool.mkdir(parents=True)
    count = 0
    for name, data in _said("u/bench/1/w00-0a1b2c", map(str, range(1, jobs + 1)), kinds):
        (spool / name).write_bytes(data)
        count += 1
    return count


def _said(
    run: str, numbers: Iterator[str] | list[str], kinds: tuple[SignalKind, ...]
) -> Iterator[tuple[str, bytes]]:
    for number in numbers:
        job = int(number)
        for at, kind in enumerate(kinds):
            over = kind in (SignalKind.FINISHED, SignalKind.ENDED)
            file = f"DST_EVENT-{22000 + job // SEGMENTS:08d}-{job % SEGMENTS:05d}.root"
            told = (SignalOutput(file, f"/data/u/bench/{file}", 123_456_789, f"md5:{job:032x}", 1000),)
            finished = kind is SignalKind.FINISHED
            signal = Signal(
                run,
                job,
                kind,
                f"2026-11-20T08:00:{at:02d}Z",
                0 if over else None,
                1000 if finished else None,
                told if finished else (),
                node=f"node{job % 500}",
                attempt=1,
            )
            yield f"{job}-{1_795_000_000_000_000_000 + at}-{job * 8 + at:012x}.json", encode(signal)
