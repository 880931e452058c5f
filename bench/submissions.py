"""What submitting through the gate and observing costs, against the same calls of ``bps submit`` by hand."""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import mkdtemp

from bench.by_hand import World, ended, idle_machine, submitted_files
from bench.children import cpu_of, folder, output
from bench.figures import Figure, Ratio, Told, by_turns
from bench.sizes import Sizes

#: At most a tenth more than by hand, observation counted.
_BOUND = 1.1
_DETECTORS = 4
_STEP = "quickstart/step1"
_OWN_RUN = re.compile(r"w00-[0-9a-f]{6}")


def beyond(sizes: Sizes) -> Iterator[Figure]:
    """Submit groups of one step of a quickstart, and observe their runs when these have ended.

    Counted is the processor time of all processes that are started, but of no job: runs are taken while
    somebody holds the whole machine, and go on when nothing is measured.
    """
    if importlib.util.find_spec("lsst") is None:
        return
    with folder() as place, _compiled_beside():
        case = _Case(place, sizes)
        pairs = by_turns(sizes.submissions, case.ours, case.floor)
        parts = [ours for ours, _ in pairs]
        name = f"apply and reconcile of {sizes.sent_groups} groups / `bps submit` of each"
        yield Ratio(name, tuple((one["cpu"], other["cpu"]) for one, other in pairs), _BOUND)
        yield _told(sizes, parts, [floor["cpu"] for _, floor in pairs], case.after())


class _Case:
    """The worlds of the pairs: each pair of ours has a new one, the floor takes the files of the last."""

    def __init__(self, place: Path, sizes: Sizes) -> None:
        self._place = place
        self._sizes = sizes
        self._world: World | None = None
        self._count = 0
        for program in ("bps", "cmcompile"):
            output([_program(program), "--help"])  # the first start compiles modules

    def ours(self) -> dict[str, float]:
        """Apply; wait until the runs are over; reconcile."""
        world = self._world = self._made()
        with idle_machine(world.runs):
            apply = self._cpu(world, "apply", _STEP, "--auto-approve")
        ended(world.runs)
        reconcile = self._cpu(world, "reconcile", "--no-submit", "quickstart")
        return {"cpu": apply + reconcile, "apply": apply, "reconcile": reconcile}

    def floor(self) -> dict[str, float]:
        """Give BPS the files that the ledger has, under other names of runs, one after the other."""
        world = self._world
        if world is None:
            raise RuntimeError("nothing was submitted yet, so there are no files")
        cpu = 0.0
        with idle_machine(world.runs):
            files = submitted_files(world.clone)
            for text in files:
                self._count += 1
                file = self._place / f"{self._count}.yaml"
                file.write_text(_OWN_RUN.sub(f"hand-{self._count:06}", text))
                cpu += cpu_of([_program("bps"), "submit", str(file)], 1, world.clone, world.environment)
            world.cancel_all()
        if len(files) != self._sizes.sent_groups:
            raise RuntimeError(f"{len(files)} files were submitted")
        ended(world.runs)
        return {"cpu": cpu}

    def after(self) -> list[tuple[str, float]]:
        """Return what commands cost that find nothing new."""
        world = self._world
        if world is None:
            raise RuntimeError("nothing was submitted")
        commands = (("reconcile", "--no-submit"), ("status",), ("plan",))
        return [(" ".join(words), self._cpu(world, *words, "quickstart")) for words in commands]

    def _made(self) -> World:
        home = Path(mkdtemp(dir=self._place)) / "quickstart"
        visits = self._sizes.sent_groups * self._sizes.sent_visits
        words = ["--visits", visits, "--detectors", _DETECTORS, "--groups", self._sizes.sent_groups]
        output([_program("cmcompile"), "quickstart", str(home), *map(str, words), "--failing", "0"])
        world = World(home)
        cpu_of([_program("cmcompile"), "ledger", "init", "quickstart"], 1, world.clone)
        return world

    def _cpu(self, world: World, *words: str) -> float:
        return cpu_of([_program("cmcompile"), *words], 1, world.clone)


def _told(
    sizes: Sizes,
    ours: Sequence[Mapping[str, float]],
    floor: Sequence[float],
    after: Sequence[tuple[str, float]],
) -> Told:
    groups = sizes.sent_groups
    rows = [("", "CPU s", "per group")]
    named = (
        ("`bps submit` by hand", floor),
        ("apply", [one["apply"] for one in ours]),
        ("reconcile that observes all, accepts, collects", [one["reconcile"] for one in ours]),
    )
    rows += [(name, f"{median(all_):.2f}", f"{median(all_) / groups:.2f}") for name, all_ in named]
    rows += [(f"{name}, nothing new", f"{cpu:.2f}", "") for name, cpu in after]
    quanta = sizes.sent_visits * _DETECTORS * 2
    return Told(f"submissions: {groups} groups of {quanta} quanta", tuple(rows), "No job is counted.")


def _program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


@contextmanager
def _compiled_beside() -> Iterator[None]:
    """Let all find compiled modules beside the sources: a preparing child does not get the variable."""
    name = "PYTHONPYCACHEPREFIX"
    before = os.environ.pop(name, None)
    try:
        yield
    finally:
        if before is not None:
            os.environ[name] = before
