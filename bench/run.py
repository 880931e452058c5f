"""Runs what was chosen, and prints each figure as soon as it is there."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Iterator
from time import perf_counter

from bench import heard, jobs, judged, recorded, submissions, told
from bench.campaigns import write_campaign
from bench.children import bytecode, folder, work
from bench.figures import Figure, Ratio
from bench.sizes import Sizes
from bench.table import ratio_lines, told_lines

#: What can be measured, by the name that picks it on the command line.
CASES: dict[str, Callable[[Sizes], Iterator[Figure]]] = {
    "start": judged.start,
    "compile": judged.compile_,
    "write": judged.write,
    "signal": heard.sending,
    "fold": heard.folding,
    "pass": heard.passing,
    "jobs": jobs.forked,
    "submissions": submissions.beyond,
    "ledger": recorded.reading,
    "transaction": recorded.transaction,
    "weight": recorded.weight,
    "large": told.large,
    "growth": told.growth,
    "quadratic": told.quadratic,
}


def run(sizes: Sizes, names: Iterable[str], say: Callable[[str], object] = print) -> tuple[Figure, ...]:
    """Measure; the judged ratios come out as one table at the end of the judged cases.

    Parameters
    ----------
    names
        Which cases, or none for all; they are run in the order of ``CASES``.
    say
        Takes each line.
    """
    chosen = set(names) or set(CASES)
    began = perf_counter()
    say(_machine())
    with bytecode():
        _warm_up()
        found = tuple(_measured(sizes, chosen, say))
    say(f"\n{perf_counter() - began:.0f} s; load {_load()} at the end")
    return found


def _warm_up() -> None:
    with folder() as place:
        write_campaign(place, 40)
        work("compile", place)


def _measured(sizes: Sizes, chosen: set[str], say: Callable[[str], object]) -> Iterator[Figure]:
    waiting: list[Ratio] = []
    for name, case in CASES.items():
        figures = list(case(sizes)) if name in chosen else []
        yield from figures
        waiting += [figure for figure in figures if isinstance(figure, Ratio)]
        others = [figure for figure in figures if not isinstance(figure, Ratio)]
        if waiting and (others or name == list(CASES)[-1]):
            _say_all(say, ["", *ratio_lines(waiting)])
            waiting = []
        for figure in others:
            _say_all(say, told_lines(figure))


def _say_all(say: Callable[[str], object], lines: Iterable[str]) -> None:
    for line in lines:
        say(line)


def _machine() -> str:
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python} on {platform.system()} {platform.machine()}, {os.cpu_count()} cores; load {_load()}"


def _load() -> str:
    return f"{os.getloadavg()[0]:.2f}"
