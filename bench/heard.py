"""Figures of signals: how quickly one is sent, what a spool costs to fold, a pass in which nothing is new."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from statistics import median

from bench.batch_world import BatchWorld, fill, make_world, say
from bench.children import cpu_of, folder, work
from bench.figures import Figure, Ratio, Told, by_turns
from bench.sizes import Sizes
from cmcompile.model.signal import Signal, SignalKind
from cmcompile.signals.codec import encode

_START_BOUND = 4.0
_COLD_BOUND = 3.5
_NEW_BOUND = 1.0
_SAME_BOUND = 0.75
_PASS_BOUND = 2.0
_SEND = "from cmcompile.cli.start import main; main()"
_ALL = (SignalKind.BEGUN, SignalKind.STARTED, SignalKind.FINISHED, SignalKind.ENDED)
_RUNNING = (SignalKind.BEGUN, SignalKind.STARTED)


def sending(sizes: Sizes) -> Iterator[Figure]:
    """Send a signal, against a Python that does nothing."""
    with folder() as spool:
        own = {"CMCOMPILE_RUN": "u/bench", "CMCOMPILE_JOB": "1", "CMCOMPILE_SIGNALS": str(spool)}
        ours = (sys.executable, "-c", _SEND, "signal", "started")
        floor = (sys.executable, "-c", "pass")
        cpu_of(ours, 1, more=own)  # the first start compiles modules
        times = 4 * sizes.starts
        pairs = by_turns(
            sizes.pairs,
            lambda: {"cpu": cpu_of(ours, times, more=own)},
            lambda: {"cpu": cpu_of(floor, times)},
        )
    yield Ratio("cmcompile signal started / python -c pass", _cpu(pairs), _START_BOUND)


def folding(sizes: Sizes) -> Iterator[Figure]:
    """Fold a spool of which nothing is kept, with some signals more, and with nothing new."""
    with folder() as place:
        spool, kept = place / "signals", place / "kept"
        count = fill(spool, sizes.signalled, _ALL)
        floor = partial(work, "spool-read", spool)
        cold = by_turns(sizes.pairs, lambda: _fold(spool, kept, anew=True), floor)
        new = by_turns(sizes.pairs, lambda: _one_more(spool, kept), floor)
        os.utime(spool, (1, 1))
        _fold(spool, kept)
        same = by_turns(sizes.pairs, lambda: _fold(spool, kept), floor)
    files = f"{count:,} signals of {sizes.signalled:,} jobs"
    yield Ratio(f"fold {files} / plain open and read", _cpu(cold), _COLD_BOUND)
    yield Ratio("the same with one signal more / plain open and read", _cpu(new), _NEW_BOUND)
    yield Ratio("the same with nothing new / plain open and read", _cpu(same), _SAME_BOUND)
    peak = median(ours["peak"] for ours, _ in (*cold, *new))
    remark = "beyond what Python and the modules take; a group of so many jobs is larger than any should be"
    yield Told(
        f"memory of the fold of {files}", (("MB at most", "bytes a job"), _weights(peak, sizes)), remark
    )


def passing(sizes: Sizes) -> Iterator[Figure]:
    """Make a pass over running jobs of which nothing is new, against what it must look at."""
    with folder() as place:
        world = make_world(place, sizes.signalled)
        count = say(world, _RUNNING)
        world.command("reconcile", "jobs")  # records that all run
        pairs = by_turns(
            sizes.pairs, lambda: {"cpu": world.command("reconcile", "jobs")}, lambda: _looked(world)
        )
    name = (
        f"reconcile of {sizes.signalled:,} running jobs, nothing new / "
        f"read their {count:,} signals, and squeue once"
    )
    yield Ratio(name, _cpu(pairs), _PASS_BOUND)


def _fold(spool: Path, kept: Path, *, anew: bool = False) -> Mapping[str, float]:
    if anew:
        for path in kept.glob("*"):
            path.unlink()
    return work("spool-fold", spool, kept)


def _one_more(spool: Path, kept: Path) -> Mapping[str, float]:
    number = len(os.listdir(spool))  # noqa: PTH208
    told = Signal("u/bench/1/w00-0a1b2c", 1, SignalKind.MESSAGE, "2026-11-20T08:00:09Z", message="one more")
    (spool / f"1-{1_795_000_000_000_000_009 + number}-{number:08x}.json").write_bytes(encode(told))
    return _fold(spool, kept)


def _looked(world: BatchWorld) -> Mapping[str, float]:
    read = work("spool-read", *world.spools())["cpu"]
    return {"cpu": read + cpu_of((str(world.bin / "squeue"),), 1)}


def _cpu(pairs: list[tuple[Mapping[str, float], Mapping[str, float]]]) -> tuple[tuple[float, float], ...]:
    return tuple((ours["cpu"], floor["cpu"]) for ours, floor in pairs)


def _weights(peak: float, sizes: Sizes) -> tuple[str, str]:
    return f"{peak:.0f}", f"{peak * 1024 * 1024 / sizes.signalled:,.0f}"
