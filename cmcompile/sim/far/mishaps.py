"""What may happen at a boundary, and how likely it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from cmcompile.sim.far.choices import Weights
from cmcompile.sim.far.faults import OF_PROCESSES, Fault, Rates
from cmcompile.sim.far.task import Victims


class Turn(Enum):
    """What happens at a boundary and is no fault."""

    GO_ON = "goes on"
    SWITCH = "another one goes on"


Mishap: TypeAlias = Turn | Fault

VICTIMS = {
    Fault.KILL: Victims.ALONE,
    Fault.KILL_CHILD: Victims.CHILD,
    Fault.KILL_BOTH: Victims.BOTH,
}


@dataclass(frozen=True, slots=True)
class Table:
    """The mishaps of a kind of boundary; the first is none."""

    weights: Weights
    mishaps: tuple[Mishap, ...]


def table(rates: Rates, faults: tuple[Fault, ...], *, mortal: bool) -> Table:
    """Return what may happen at a boundary with some faults; its places do not depend on the rates."""
    mishaps: tuple[Mishap, ...] = (Turn.SWITCH, *(OF_PROCESSES if mortal else ()), *faults)
    odds = [rates.switch if isinstance(m, Turn) else rates.of(m) for m in mishaps]
    dull = max(0.0, 1.0 - sum(odds))
    return Table(Weights((dull, *odds)), (Turn.GO_ON, *mishaps))
