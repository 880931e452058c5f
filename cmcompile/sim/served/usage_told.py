"""What quanta took as JSON has it, and back; reading raises on anything that was not written here."""

from __future__ import annotations

from dataclasses import astuple

from cmcompile.model.usage import Spread, TaskUsage, Usage
from cmcompile.sim.served.told import UntoldError, number, text


def usage_told(found: Usage) -> list[object]:
    """Write what quanta took."""
    return [list(astuple(task)) for task in found.tasks]


def usage(found: object) -> Usage:
    """Read what quanta took."""
    return Usage(tuple(_task(one) for one in _list(found)))


def _task(found: object) -> TaskUsage:
    match _list(found):
        case [task, quanta, sampled, cpu, wall, cpu_sum, wall_sum, started, ended, memory, *more]:
            return TaskUsage(
                text(task),
                int(number(quanta)),
                int(number(sampled)),
                _spread(cpu),
                _spread(wall),
                int(number(cpu_sum)),
                int(number(wall_sum)),
                text(started),
                text(ended),
                None if memory is None else _spread(memory),
                *(tuple(int(number(one)) for one in _list(some)) for some in more),
            )
    raise UntoldError("it is not what a task took")


def _spread(found: object) -> Spread:
    match _list(found):
        case [median, p95, most]:
            return Spread(int(number(median)), int(number(p95)), int(number(most)))
    raise UntoldError("it is no spread")


def _list(found: object) -> list[object]:
    if not isinstance(found, list):
        raise UntoldError(f"{found!r} is no list")
    return found
