"""A small campaign with a bare remote and a served far side, of which processes are killed with -9."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import IO

from served_far_sides import log_of, served

from cmcompile.cli.campaigns import find
from cmcompile.cli.ledgers import look
from cmcompile.model.states import GroupRecord
from cmcompile.sim.served.driver import PREPARING
from cmcompile.sim.served.journal import Entry, entries

CAMPAIGN = "small"
SPEC = f"""cmcompile: 1
campaign: {CAMPAIGN}
about: two groups, of which processes are killed
where: instrument='HSC' and skymap='hsc_rings_v1'

bps:
  pipelineYaml: ${{DRP_PIPE_DIR}}/pipelines/HSC/DRP-RC2.yaml#step1
  payload: {{payloadName: small, butlerConfig: /repo/main, output: u/small}}

steps:
  step1:
    inputs: [HSC/raw/all]
    split: [{{by: tract, values: [1, 2]}}]
"""
GROUPS = ("1", "2")
#: So many passes are more than enough for nothing to follow.
_PASSES = 25
#: Seconds after which whatever still runs hangs.
_PATIENCE = 60.0
_PREPARING = "0.15"
_PROGRAM = [sys.executable, "-m", "cmcompile.cli.main"]
_COMMANDS = {"apply": ("apply", CAMPAIGN, "--auto-approve"), "reconcile": ("reconcile", CAMPAIGN)}
#: Exit codes of a pass that went wrong, or was used wrongly; all others say what was found.
_WRONG = (1, 64, 70)


class Place(Enum):
    """Where on its way a group was when its process was killed."""

    BEFORE = "before the claim"
    CLAIMED = "between claim and gate"
    GATE = "after the gate, before the call"
    CALLED = "after the call, before its record"
    AFTER = "after the record"


class Moment(Enum):
    """What a kill is timed by."""

    TIME = "a part of the time that an undisturbed run takes"
    LINE = "after a line that it prints of a workflow"
    PUSH = "after a push that the remote takes"


@dataclass(frozen=True, slots=True)
class Kill:
    """When who is killed.

    Attributes
    ----------
    part
        Of the time of an undisturbed run; up to 1.5, since others may take the processors meanwhile.
    number, delay
        After the how-manieth line or push, and how many seconds later.
    both
        Whether the children are killed too.
    waits
        Whether it is waited until what was left alive is gone, before anything else is done.
    """

    moment: Moment
    part: float
    number: int
    delay: float
    both: bool
    waits: bool

    @classmethod
    def drawn(cls, seed: int) -> Kill:
        draw = random.Random(seed)
        moment = draw.choice(list(Moment))
        number, delay = {
            Moment.TIME: (0, 0.0),
            Moment.LINE: (draw.randint(1, 11), draw.uniform(0, 0.15)),
            Moment.PUSH: (draw.randint(1, 6), draw.uniform(0, 0.12)),
        }[moment]
        both, waits = draw.random() < 0.5, draw.random() < 0.5
        return cls(moment, draw.uniform(0, 1.5), number, delay, both, waits)


@dataclass(slots=True)
class World:
    """A repository with its remote, and the far side."""

    home: Path
    socket: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def clone(self) -> Path:
        return self.home / "clone"

    def start(self, what: str) -> subprocess.Popen[str]:
        """Start ``apply`` or ``reconcile``."""
        return subprocess.Popen(
            [*_PROGRAM, *_COMMANDS[what]],
            cwd=self.clone,
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def reconcile(self) -> None:
        """Make one pass, some time after the last one: a lock that a killed git left is old by then."""
        for lock in (self.home / "clone/.git/refs/cmcompile").rglob("*.lock"):
            with contextlib.suppress(FileNotFoundError):
                os.utime(lock, (0, 0))
        process = self.start("reconcile")
        said, _ = process.communicate(timeout=_PATIENCE)
        assert process.returncode >= 0, said
        assert process.returncode not in _WRONG, said
        assert "Traceback" not in said, said

    def tip(self) -> str:
        return git(self.home / "remote.git", "rev-parse", f"refs/heads/cm/{CAMPAIGN}").strip()

    def groups(self, at: str | None = None) -> dict[str, GroupRecord | None]:
        """Return what the ledger says of the groups."""
        place = find(str(self.clone / "campaigns" / CAMPAIGN))
        state = look(place, at=at).view.state
        return {group: state.groups.get(("step1", group)) for group in GROUPS}

    def submissions(self) -> list[Entry]:
        """Return the submissions that reached the far side."""
        return [entry for entry in entries(log_of(self.socket)) if entry.made]

    def left_alive(self) -> list[int]:
        """Return the processes that work in this world; the server does not."""
        return [pid for pid in map(int, _processes()) if self._is_ours(pid)]

    def _is_ours(self, pid: int) -> bool:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")
            cwd = str(Path(f"/proc/{pid}/cwd").readlink())
        except OSError:
            return False
        if pid == os.getpid() or "cmcompile.sim.served.server" in words:
            return False
        return cwd.startswith(str(self.home)) or any(str(self.home) in word for word in words)

    def wait_for_the_rest(self) -> None:
        until = time.monotonic() + _PATIENCE
        while self.left_alive():
            assert time.monotonic() < until, f"{self.left_alive()} do not end"
            time.sleep(0.02)


def _processes() -> Iterator[str]:
    return (name for name in os.listdir("/proc") if name.isdigit())  # noqa: PTH208


def git(directory: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=directory, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


def template(home: Path) -> Path:
    """Make a repository with a ledger and a remote, to be copied."""
    clone = home / "clone"
    (clone / "campaigns" / CAMPAIGN).mkdir(parents=True)
    (clone / "campaigns" / CAMPAIGN / "campaign.yaml").write_text(SPEC)
    git(home, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git")
    git(clone, "init", "--quiet", "--initial-branch=main")
    git(clone, "remote", "add", "origin", "../remote.git")
    for key, value in (("user.name", "Ann Other"), ("user.email", "ann@example.org")):
        git(clone, "config", key, value)
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "--message=A small campaign")
    git(clone, "push", "--quiet", "--set-upstream", "origin", "main")
    cmcompile(clone, "ledger", "init", CAMPAIGN)
    return home


def cmcompile(clone: Path, *words: str) -> str:
    done = subprocess.run(
        [*_PROGRAM, *words],
        cwd=clone,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@contextmanager
def world(copied: Path) -> Iterator[World]:
    """Copy a repository, and serve a far side beside it."""
    with served() as socket:
        home = socket.parent / "world"
        shutil.copytree(copied, home)
        made = World(home, socket, {"CMCOMPILE_SIMULATED": str(socket), PREPARING: _PREPARING})
        try:
            yield made
        finally:
            for pid in made.left_alive():
                os.kill(pid, signal.SIGKILL)


def undisturbed(copied: Path) -> float:
    """Return how long applying takes when nobody is killed."""
    with world(copied) as here:
        began = time.monotonic()
        said, _ = here.start("apply").communicate(timeout=_PATIENCE)
        took = time.monotonic() - began
        assert len(here.submissions()) == len(GROUPS), said
        return took


def killed(here: World, kill: Kill, takes: float) -> None:
    """Apply, and kill on the way."""
    process = here.start("apply")
    assert process.stdout is not None
    match kill.moment:
        case Moment.TIME:
            time.sleep(kill.part * takes)
        case Moment.LINE:
            _after_lines(process.stdout, kill.number)
        case Moment.PUSH:
            _after_pushes(here, process, kill.number)
    time.sleep(kill.delay)
    children = _children(process.pid) if kill.both else []
    for pid in (process.pid, *children):
        _kill(pid)
    process.wait()
    process.stdout.close()


def _after_lines(out: IO[str], lines: int) -> None:
    for line in out:
        lines -= "@w" in line
        if not lines:
            return


def _after_pushes(here: World, process: subprocess.Popen[str], pushes: int) -> None:
    ref = here.home / "remote.git/refs/heads/cm" / CAMPAIGN
    seen = ref.read_text()
    while pushes and process.poll() is None:
        time.sleep(0.001)
        now = ref.read_text()
        pushes -= now != seen
        seen = now


def _children(pid: int) -> list[int]:
    try:
        threads = list(Path(f"/proc/{pid}/task").glob("*/children"))
        return [int(child) for thread in threads for child in thread.read_text().split()]
    except OSError:
        return []


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def settle(here: World) -> None:
    """Reconcile until nothing follows."""
    for _ in range(_PASSES):
        before = here.tip()
        here.reconcile()
        if here.tip() == before and not here.left_alive() and all(map(_known, here.groups().values())):
            return
        time.sleep(0.3)
    raise AssertionError(f"after {_PASSES} passes something follows still: {here.groups()}")


def _known(record: GroupRecord | None) -> bool:
    """Tell whether it is known of a group whether it runs, or a person is asked."""
    if record is None or not record.workflows:
        return False
    return any(w.run_id is not None or w.review is not None for w in record.workflows)


def trial(copied: Path, kill: Kill, takes: float) -> Counter[Place]:
    """Kill, reconcile, and check; return where the groups were."""
    with world(copied) as here:
        killed(here, kill, takes)
        tip = here.tip()
        if kill.waits:
            here.wait_for_the_rest()
        settle(here)
        places = Counter(_place(here, group, record) for group, record in here.groups(tip).items())
        check(here)
        return places


def _place(here: World, group: str, then: GroupRecord | None) -> Place:
    """Tell where a group was when its process was killed, after what the ledger said then."""
    if then is None or not then.workflows:
        return Place.BEFORE
    workflow = then.workflows[-1]
    if workflow.run_id is not None:
        return Place.AFTER
    if any(entry.request["claim"] == workflow.claim_id for entry in here.submissions()):
        return Place.CALLED
    return Place.CLAIMED if workflow.gate is None else Place.GATE


def check(here: World) -> None:
    """Each group was submitted once; or never, and a person is asked about its gate."""
    made = Counter(str(entry.request["name"]).split("_")[-2] for entry in here.submissions())
    assert set(made) <= set(GROUPS), made
    for group, record in here.groups().items():
        assert record is not None, group
        if made[group] == 0:
            last = record.workflows[-1]
            assert last.gate is not None, last
            assert last.review is not None, last
        else:
            assert made[group] == 1, f"{group} was submitted {made[group]} times"
            assert [w.run_id is not None for w in record.workflows].count(True) == 1, record
            assert all(w.review is None for w in record.workflows), record
    cmcompile(here.clone, "verify", CAMPAIGN)
