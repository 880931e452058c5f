"""``cmcompile sim``: try the submission protocol in a simulated world in which everything goes wrong."""

from __future__ import annotations

import gc
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.exit import Exit
from cmcompile.cli.output import format_option

if TYPE_CHECKING:
    from cmcompile.sim.many import Summary
    from cmcompile.sim.seed import Ran

_SHOWN = 5


@click.command("sim", short_help="Try the submission protocol in a simulated world.")
@click.option("--seeds", type=click.IntRange(1), default=200, show_default=True, help="How many to run.")
@click.option("--start", type=click.IntRange(0), default=0, show_default=True, help="The first of them.")
@click.option("--seed", type=click.IntRange(0), help="Run this one alone.")
@click.option(
    "--replay", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Run what a file holds."
)
@click.option("--store", type=click.Choice(["memory", "git"]), default="memory", show_default=True)
@click.option("--trace", is_flag=True, help="Show who did what, and when.")
@click.option("--cover", is_flag=True, help="Fail unless everything that can happen happened often enough.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes; as many as there are cores.")
@format_option("text", "json")
def command(
    seeds: int,
    start: int,
    seed: int | None,
    replay: Path | None,
    store: str,
    trace: bool,
    cover: bool,
    jobs: int | None,
    format_: str,
) -> int:
    """Run apply and reconcile against a simulated workload system, Butler, remote, clocks and people.

    Processes are killed, replies are lost, runs stay hidden. What must hold all the same is checked after
    each run; one that breaks it is made small, and written to a file that replays it.
    """
    gc.enable()
    if seed is not None or replay is not None:
        return _one(seed or 0, replay, store, trace=trace)
    from cmcompile.sim.many import run_many

    def told(done: int, failed: int) -> None:
        if format_ == "text" and done % 1000 == 0:
            click.echo(f"{done} of {seeds} seeds, {failed} failed", err=True)

    done = run_many(start, seeds, store=store, jobs=jobs or os.cpu_count() or 1, told=told)
    lacking = done.coverage.lacking() if cover else []
    _echo(done, lacking, format_)
    for ran in done.failed[:1]:
        _show_small(ran, store)
    return Exit.ERROR if done.failed or lacking else Exit.OK


def _one(seed: int, replay: Path | None, store: str, *, trace: bool) -> int:
    from cmcompile.sim.seed import run_seed
    from cmcompile.sim.trace import load
    from cmcompile.sim.trace import told as lines

    choices = None if replay is None else load(replay)
    ran = run_seed(seed, replay=choices, store=store, trace=trace)
    if trace:
        click.echo("\n".join(lines(ran, replay="" if replay is None else str(replay))))
    elif ran.broken:
        _show_small(ran, store)
    return Exit.ERROR if ran.broken else Exit.OK


def _show_small(ran: Ran, store: str) -> None:
    """Make a failing run small, show it, and write it to a file."""
    from cmcompile.sim.trace import save, smaller
    from cmcompile.sim.trace import told as lines

    small = smaller(ran, store, 1500 if store == "memory" else 20)
    path = Path(f"sim-{ran.seed}.json")
    save(small, path)
    click.echo("\n".join(lines(small, replay=str(path))))


def _echo(done: Summary, lacking: list[str], format_: str) -> None:
    if format_ == "json":
        click.echo(json.dumps(_document(done, lacking), indent=1))
        return
    click.echo("\n".join(done.coverage.told()))
    click.echo(f"{done.coverage.seeds} seeds in {done.seconds:.0f} s, {len(done.failed)} failed")
    for ran in done.failed[:_SHOWN]:
        click.echo(f"  seed {ran.seed}: {ran.broken[0].name}: {ran.broken[0].why}")
    for line in lacking:
        click.echo(f"happened too seldom: {line}")


def _document(done: Summary, lacking: list[str]) -> dict[str, object]:
    counts = done.coverage
    return {
        "seeds": counts.seeds,
        "seconds": round(done.seconds, 1),
        "failed": [{"seed": ran.seed, "broken": [one.name for one in ran.broken]} for ran in done.failed],
        "lacking": lacking,
        "faults": dict(counts.faults),
        "moves": dict(counts.moves),
        "delays": dict(counts.delays),
        "counts": dict(counts.counts),
    }
