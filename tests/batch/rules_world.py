"""A campaign of two rules, EVENT and CALO, over twenty runs of three segments, on a real batch system.

Payloads say how they go, hold a lock for each output while they run, and fail in the ways that payloads do.
What fails at first is mended by a later try, or by more memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cmcompile.cli.campaigns import Place
from cmcompile.cli.ledgers import look
from cmcompile.model.states import LedgerState

ROOT = Path(__file__).parents[2]
PATH = "campaigns/au/campaign.yaml"
RUNS, SEGMENTS = range(1, 21), range(3)
JOBS = len(RUNS) * len(SEGMENTS)
#: Two groups of each rule.
SIZE = 10
#: The jobs of EVENT that go wrong at first, by run and segment.
FAILS, HUNGRY, SILENT, EMPTY = ((2, 1), (14, 0)), (3, 2), (5, 0), (17, 1)
SPEC = """\
cmcompile: 1
campaign: au
policy: night
sites: {{here: {{batch: {{system: {system}}}}}}}
site: here
lists: {{runs: {{file: runs.csv}}}}
collect: au/v1
vars:
  data: {data}
  one: ${{{{ job.run | pad(8) }}}}-${{{{ job.segment | pad(5) }}}}
step_defaults:
  engine: batch
  collect: ${{{{ campaign.collect }}}}/${{{{ step.name }}}}
  split: [{{name: run, list: runs, size: {size}}}]
  jobs:
    each: [run, segment]
    payload: job.sh
    resources: {{memory: 60MB, cores: 1}}
    outputs: ${{{{ data }}}}/${{{{ step.name }}}}-${{{{ one }}}}.root
steps:
  EVENT:
    jobs: {{command: ./job.sh EVENT}}
  CALO:
    needs: {{EVENT: same}}
    jobs:
      command: ./job.sh CALO
      inputs: ${{{{ data }}}}/EVENT-${{{{ one }}}}.root
"""
#: What fails is sent again; what lacked memory gets four times as much, without a person.
POLICY = """\
cmcompile: 1
budgets: {group: {retries: 3, rescues: 3}}
rules:
- name: memory
  match: {message: 'OUT_OF_MEMORY|memory usage exceeded|more memory than'}
  class: memory
  action: more_memory
  times: 4
  cap: 1024
  directly: true
  because: the batch system says so
- name: killed
  match: {source: [transform, executor], code: [137]}
  class: memory
  action: more_memory
  times: 4
  cap: 1024
  directly: true
  because: killed by SIGKILL, nearly always for its memory
- name: unlucky
  match: {source: transform, code: [3, 90]}
  class: transient
  action: retry
  because: the next try does better
- name: removed
  match: {message: 'it was removed'}
  class: transient
  action: retry
  because: it was removed with its run
"""
SIGNAL = "from cmcompile.cli.start import main; main()"
#: $1: the rule. Locks tell whether two jobs ever made one output at the same time.
JOB = """\
#!/bin/bash
place=$JOB_run.$JOB_segment
exec 9>"{home}/locks/$1-$place"
flock -n 9 || echo "$1 $place" >>"{home}/overlaps"
echo "$1 $place" >>"{home}/begun"
if [[ $1 == CALO ]]; then [[ -s $CMCOMPILE_INPUTS ]] || exit 4; fi
case "$1 $place" in
"EVENT {silent}") ;;
*) {signal} started ;;
esac
sleep {nap}
first() {{ [[ ! -e {home}/tried-$place ]] && touch "{home}/tried-$place"; }}
case "$1 $place" in
{fails})
    if first; then {signal} failed --exit 3 --message "bad luck"; exit 3; fi ;;
"EVENT {hungry}")
    {python} -c 'import time; x = bytearray(150 << 20); time.sleep({seen})' || exit ;;
"EVENT {empty}")
    if first; then {signal} finished --events 0; exit 0; fi ;;
esac
echo "$1 $place $CMCOMPILE_RUN" >"$CMCOMPILE_OUTPUTS.part"
mv "$CMCOMPILE_OUTPUTS.part" "$CMCOMPILE_OUTPUTS"
case "$1 $place" in
"EVENT {silent}") ;;
*) {signal} finished --events 100 --output "$CMCOMPILE_OUTPUTS,events=100" ;;
esac
"""


@dataclass(slots=True)
class World:
    """A remote, a clone, and the place of data; all of it below one directory."""

    home: Path
    env: Mapping[str, str]
    printed: list[str] = field(default_factory=list)

    @property
    def clone(self) -> Path:
        return self.home / "clone"

    @property
    def data(self) -> Path:
        return self.home / "data"

    def git(self, *args: str) -> str:
        """Run git in the clone."""
        done = subprocess.run(["git", *args], cwd=self.clone, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, f"{args}: {done.stderr}"
        return done.stdout.strip()

    def started(self, *args: str) -> subprocess.Popen[str]:
        """Start a command."""
        return subprocess.Popen(
            [sys.executable, str(ROOT / "tests/batch/quick_cmcompile.py"), *args],
            cwd=self.clone,
            env={**os.environ, **self.env, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def cmcompile(self, *args: str, codes: tuple[int, ...] = (0,)) -> str:
        """Run a command, and return what it prints."""
        process = self.started(*args)
        said, _ = process.communicate(timeout=120)
        self.printed.append(f"$ {' '.join(args)}  [{process.returncode}]\n{said}")
        assert process.returncode in codes, "\n".join(self.printed[-4:])
        assert "Traceback" not in said, said
        return said

    def state(self) -> LedgerState:
        return look(Place(self.clone, PATH)).view.state

    def made(self, step: str) -> set[tuple[int, int]]:
        """Return the jobs whose output is there, by run and segment."""
        names = (path.stem.split("-") for path in self.data.glob(f"{step}-*.root"))
        return {(int(run), int(segment)) for _, run, segment in names}

    def lines(self, name: str) -> list[str]:
        path = self.home / name
        return path.read_text().splitlines() if path.exists() else []


def make_world(home: Path, system: str, env: Mapping[str, str], nap: float) -> World:
    """Make the campaign, and its ledger; nothing is submitted.

    Parameters
    ----------
    nap
        Seconds that each job takes at least.
    """
    world = World(home, env)
    for place in (world.data, home / "locks"):
        place.mkdir(parents=True)
    for args in (["init", "-q", "--bare", "remote.git"], ["clone", "-q", "remote.git", "clone"]):
        subprocess.run(["git", *args], cwd=home, check=True, capture_output=True)

    def name(job: tuple[int, int]) -> str:
        return f"{job[0]}.{job[1]}"

    rows = "".join(f"{run},{segment}\n" for run in RUNS for segment in SEGMENTS)
    files = {
        "campaign.yaml": SPEC.format(system=system, data=world.data, size=SIZE),
        "policies/night.yaml": POLICY,
        "runs.csv": f"run,segment\n{rows}",
        "job.sh": JOB.format(
            home=home,
            nap=nap,
            # HTCondor looks at the memory of its jobs now and then, and the kernel always.
            seen=8.0 if system == "htcondor" else nap,
            python=sys.executable,
            # As the program does, which is not installed everywhere.
            signal=f"{sys.executable} -c '{SIGNAL}' signal",
            fails="|".join(f'"EVENT {name(job)}"' for job in FAILS),
            hungry=name(HUNGRY),
            silent=name(SILENT),
            empty=name(EMPTY),
        ),
    }
    for path, text in files.items():
        target = world.clone / "campaigns" / "au" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (world.clone / "campaigns/au/job.sh").chmod(0o755)
    world.git("add", "-A")
    world.git("commit", "-q", "-m", "A campaign")
    world.git("push", "-q", "-u", "origin", "HEAD")
    world.cmcompile("ledger", "init", "au")
    return world


def told(said: str) -> list[dict[str, object]]:
    """Return the lines of JSON of a command."""
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]
