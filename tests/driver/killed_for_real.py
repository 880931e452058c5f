"""Real submissions whose apply is killed with -9 at chosen points, and what became of them.

Each group of one step is applied by itself, by a process that is killed; then passes of reconcile follow
until all groups are accepted. BPS, the embedded engine, the Butler and git are the real ones.

python tests/driver/killed_for_real.py [COUNT]
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from cmcompile.cli.campaigns import find
from cmcompile.cli.ledgers import look
from cmcompile.engine.record import LOST, Records, Run
from cmcompile.model.states import LedgerState, Workflow
from cmcompile.quickstart.make import make
from cmcompile.quickstart.sky import Sky

STEP = "step1"
_PROGRAM = [sys.executable, "-m", "cmcompile.cli.main"]
#: Seconds for all passes together, on a machine that does other things too.
_PATIENCE = 1200.0
#: Exit codes of a pass that went wrong, or was used wrongly.
_WRONG = (1, 64, 70)


@dataclass(frozen=True, slots=True)
class Point:
    """When a process is killed: so many seconds after it told of a moment; with its children or without."""

    moment: str
    delay: float
    both: bool


#: Preparing takes some seconds: a second after the claim is in the midst of it. The reply to a call comes
#: after some tenths of a second.
POINTS = tuple(
    Point(*timed, both)
    for timed, both in product(
        (
            ("begun", 0.0),
            ("claimed", 0.0),
            ("claimed", 1.0),
            ("claimed", 3.0),
            ("prepared", 0.0),
            ("gate", 0.0),
            ("called", 0.0),
            ("called", 0.05),
            ("called", 0.4),
            ("submitted", 0.0),
        ),
        (False, True),
    )
)


@dataclass(frozen=True, slots=True)
class World:
    """A quickstart with as many groups as there are points; only its first step."""

    home: Path

    @property
    def clone(self) -> Path:
        return self.home / "clone"

    def state(self) -> LedgerState:
        return look(find(str(self.clone / "campaigns" / "quickstart"))).view.state

    def runs(self) -> list[Run]:
        """Return what was really submitted."""
        place = self.home / "runs"
        return list(Records(place).runs()) if (place / "runs").exists() else []

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*_PROGRAM, *words],
            cwd=self.clone,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def call(self, *words: str) -> str:
        process = self.start(*words)
        said, _ = process.communicate(timeout=_PATIENCE)
        assert process.returncode not in _WRONG, said
        assert process.returncode >= 0, said
        assert "Traceback" not in said, said
        return said


def world(home: Path, groups: int) -> World:
    """Make the repository, its Butler, and a ledger."""
    made = World(home)
    make(home, Sky(visits=groups, detectors=1, failing=0), groups=groups)
    spec = made.clone / "campaigns/quickstart/campaign.yaml"
    first, later, _ = spec.read_text().partition("\n  step2:")
    assert later
    spec.write_text(first + "\n")
    for words in (
        ("config", "user.name", "Ann Other"),
        ("config", "user.email", "ann@example.org"),
        ("commit", "--quiet", "--all", "--message=One step"),
        ("push", "--quiet"),
    ):
        subprocess.run(["git", *words], cwd=made.clone, check=True)
    made.call("ledger", "init", "quickstart")
    return made


def killed(here: World, group: str, point: Point) -> str:
    """Apply a group and kill on the way; tell where the ledger had it then."""
    process = here.start("apply", f"quickstart/{STEP}/{group}", "--auto-approve", "--format", "json")
    assert process.stdout is not None
    told = []
    for line in process.stdout:
        told.append(line)
        found = json.loads(line)
        if point.moment in (found.get("moment"), "begun" if found["kind"] == "plan" else ""):
            break
    else:
        raise AssertionError(f"{point} was not reached: {''.join(told)}")
    time.sleep(point.delay)
    children = _below(process.pid) if point.both else []
    for pid in (process.pid, *children):
        _kill(pid)
    process.wait()
    process.stdout.close()
    workflows = _workflows(here.state(), group)
    return workflows[-1].state.value if workflows else "nothing"


def settled(here: World, groups: int) -> None:
    """Reconcile until all groups are accepted, or a person is asked."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        said = here.call("reconcile", "quickstart")
        state = here.state()
        records = [state.groups.get((STEP, str(group))) for group in range(1, groups + 1)]
        if all(r is not None and (r.verdict is not None or _asks(r.workflows)) for r in records):
            return
        time.sleep(1)
    raise AssertionError(f"it does not come to an end: {said}")


def check(here: World, groups: int) -> Counter[str]:
    """Check that nothing was submitted twice or lost; count what came of the groups."""
    state, runs = here.state(), here.runs()
    by_name: dict[str, list[Run]] = {}
    for run in runs:
        by_name.setdefault(run.name, []).append(run)
    claimed = {claim.run_name: (w, claim) for w in state.workflows() if (claim := w.claim) is not None}
    assert set(by_name) <= set(claimed), f"runs that the ledger does not know: {set(by_name) - set(claimed)}"
    for name, (workflow, _) in claimed.items():
        ids = [run.id for run in by_name.get(name, ())]
        assert ids == ([] if workflow.run_id is None else [workflow.run_id]), f"{workflow}: {ids}"
    submitted = {claim.output_run for w, claim in claimed.values() if w.run_id is not None}
    # One that was recorded, and killed before its runner was there, wrote none.
    lost = {claim.output_run for w, claim in claimed.values() if w.wms_says == LOST}
    assert submitted - lost <= runs_in_butler(here) <= submitted
    ends = Counter[str]()
    for group in range(1, groups + 1):
        workflows = _workflows(state, str(group))
        with_runs = [w for w in workflows if w.run_id is not None]
        assert len(with_runs) <= 1, f"{group} was submitted {len(with_runs)} times"
        record = state.groups[STEP, str(group)]
        ends[record.verdict.value if record.verdict is not None else "review"] += 1
    return ends


def runs_in_butler(here: World) -> set[str]:
    """Return the RUN collections that the workflows wrote."""
    from lsst.daf.butler import Butler, CollectionType

    butler = Butler.from_config(str(here.home / "butler"))
    return set(butler.registry.queryCollections("QuickCam/runs/*", collectionTypes=CollectionType.RUN))


def _asks(workflows: tuple[Workflow, ...]) -> bool:
    return any(w.review is not None or w.wms_says == LOST for w in workflows)


def _workflows(state: LedgerState, group: str) -> tuple[Workflow, ...]:
    record = state.groups.get((STEP, group))
    return () if record is None else record.workflows


def _below(pid: int) -> list[int]:
    """Return what a process started, and what these did: the child is forked from a server."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, thread.read_text().split()):
                found += [child, *_below(child)]
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def main(count: int) -> int:
    began = time.monotonic()
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    points = (POINTS * (count // len(POINTS) + 1))[:count]
    with tempfile.TemporaryDirectory() as directory:
        here = world(Path(directory) / "quickstart", count)
        for number, point in enumerate(points, 1):
            state = killed(here, str(number), point)
            _say(f"{time.monotonic() - began:6.0f} s  {number:>3}  {point}: {state}")
        settled(here, count)
        ends = check(here, count)
        took = time.monotonic() - began
        _say(f"{count} kills in {took:.0f} s; {len(here.runs())} runs; groups: {dict(ends)}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else len(POINTS)))
