"""What a job costs that is forked from the engine's process, against a fresh one."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.children import ROOT, cpu_of, folder, output
from bench.figures import Figure, Ratio, by_turns
from bench.quanta import command
from bench.sizes import Sizes

_BOUND = 0.15
_FORKED = 4


def forked(sizes: Sizes) -> Iterator[Figure]:
    """Run quanta that do nothing: each is run once, for one that is done is skipped."""
    if importlib.util.find_spec("lsst") is None:
        return
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(ROOT)
    try:
        with folder() as place:
            made = json.loads(_quanta("make", place, sizes.pairs * (1 + _FORKED) + 1))
            quanta = iter(made)
            cpu_of(command(place, next(quanta)), 1)  # the first start compiles modules
            pairs = by_turns(
                sizes.pairs,
                lambda: json.loads(_quanta("fork", place, *(next(quanta) for _ in range(_FORKED)))),
                lambda: {"cpu": cpu_of(command(place, next(quanta)), 1)},
            )
    finally:
        del os.environ["PYTHONPATH"]
        if before is not None:
            os.environ["PYTHONPATH"] = before
    name = "a job of one empty quantum, forked / a fresh pipetask"
    yield Ratio(name, tuple((ours["cpu"], fresh["cpu"]) for ours, fresh in pairs), _BOUND)


def _quanta(what: str, place: Path, *rest: object) -> str:
    return output([sys.executable, "-m", "bench.quanta", what, str(place), *map(str, rest)]).splitlines()[-1]
