"""Failing runs as files that can be replayed, and as text that a person can read."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from cmcompile.model.errors import CmcompileError
from cmcompile.sim.seed import Ran, run_seed
from cmcompile.sim.shrink import shrink

FORMAT = 1


class TraceError(CmcompileError):
    """A file that can't be replayed."""


def smaller(ran: Ran, store: str = "memory", most: int = 1500) -> Ran:
    """Return a simpler run in which the same invariant is broken first.

    Parameters
    ----------
    most
        So many runs are tried at most.
    """
    if not ran.broken:
        return ran
    name = ran.broken[0].name

    def fails(choices: Sequence[int]) -> Sequence[int] | None:
        tried = run_seed(ran.seed, replay=choices, store=store)
        return tried.choices if any(one.name == name for one in tried.broken) else None

    found = shrink(ran.choices, fails, most)
    return run_seed(ran.seed, replay=found, store=store, trace=True)


def save(ran: Ran, path: Path) -> None:
    """Write a run, to be replayed."""
    found = {
        "format": FORMAT,
        "seed": ran.seed,
        "broken": [f"{one.name}: {one.why}" for one in ran.broken],
        "choices": list(ran.choices),
    }
    path.write_text(json.dumps(found) + "\n", encoding="utf-8")


def load(path: Path) -> tuple[int, ...]:
    """Return the choices of a file.

    Raises
    ------
    TraceError
        When it holds none.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise TraceError(f"{path} can't be read: {error}") from error
    match found:
        case {"format": 1, "choices": list(choices)} if all(type(c) is int for c in choices):
            return tuple(choices)
    raise TraceError(f"{path} holds no run of this simulator")


def told(ran: Ran, *, replay: str = "") -> Iterator[str]:
    """Return a run as a person reads it, line by line.

    Parameters
    ----------
    replay
        The file that replays it, where it was written to one.
    """
    yield from ran.trace.splitlines()
    for one in ran.broken:
        yield f"BROKEN  {one.name}, at {one.at:.2f}: {one.why}"
    again = f"--replay {replay}" if replay else f"--seed {ran.seed}"
    yield f"again:  cmcompile sim {again} --trace"
