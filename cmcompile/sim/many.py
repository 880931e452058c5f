"""Many seeds, over processes."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic

from cmcompile.sim.coverage import Coverage
from cmcompile.sim.seed import Ran, run_seed

_CHUNK = 50


@dataclass(slots=True)
class Summary:
    """What came of many seeds.

    Attributes
    ----------
    failed
        The seeds in which something was broken, in order, without their traces.
    seconds
        How long it took.
    """

    coverage: Coverage = field(default_factory=Coverage)
    failed: list[Ran] = field(default_factory=list)
    seconds: float = 0.0


def run_many(
    start: int,
    seeds: int,
    *,
    store: str = "memory",
    jobs: int = 1,
    told: Callable[[int, int], None] = lambda done, failed: None,
) -> Summary:
    """Run seeds.

    Parameters
    ----------
    jobs
        Over how many processes.
    told
        Is told now and then how many are done, and how many of them failed.
    """
    began, found = monotonic(), Summary()
    chunk = _CHUNK if store == "memory" else 1
    parts = [(at, min(chunk, start + seeds - at), store) for at in range(start, start + seeds, chunk)]
    if jobs == 1:
        for part in parts:
            _add(found, _run(part), told)
    else:
        with multiprocessing.get_context("fork").Pool(jobs) as pool:
            for result in pool.imap_unordered(_run, parts):
                _add(found, result, told)
    found.failed.sort(key=lambda ran: ran.seed)
    found.seconds = monotonic() - began
    return found


def _add(found: Summary, part: tuple[Coverage, list[Ran]], told: Callable[[int, int], None]) -> None:
    found.coverage.add(part[0])
    found.failed += part[1]
    told(found.coverage.seeds, len(found.failed))


def _run(part: tuple[int, int, str]) -> tuple[Coverage, list[Ran]]:
    start, seeds, store = part
    counts, failed = Coverage(), []
    for seed in range(start, start + seeds):
        ran = run_seed(seed, store=store)
        counts.add(ran.coverage)
        if ran.broken:
            failed.append(Ran(ran.seed, ran.choices, ran.broken, Coverage()))
    gc.collect()
    return counts, failed
