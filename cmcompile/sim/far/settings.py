"""How the simulated workload system behaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cmcompile.sim.far.quanta import Verdict
from cmcompile.sim.far.runs import Job


@dataclass(slots=True)
class Settings:
    """How the workload system behaves; may be changed while the world runs.

    Attributes
    ----------
    settling
        What it promises: after so many seconds a run that was taken is shown. It need not be true.
    hidden
        For how long a run is typically not shown, in seconds, where `Fault.HIDDEN` happens.
    waits, runs
        For how long a run is submitted, and running, at least and typically twice, in seconds.
    lasts
        Tells for how long a run is running at least, in place of ``runs``; None: that holds for all.
    holding
        The probability that a run is held before it runs.
    failing
        The probability that a quantum which never failed fails.
    again
        The probability that a quantum which failed before fails again.
    fails
        Tells whether a quantum fails, instead of chance; None, or where it returns None: chance.
    tells
        Whether it tells the outcome with the end of a run.
    timeout
        After so many seconds it is not waited for any more.
    """

    settling: float = 900.0
    hidden: float = 60.0
    waits: float = 300.0
    runs: float = 7200.0
    lasts: Callable[[Job], float] | None = None
    holding: float = 0.03
    failing: float = 0.1
    again: float = 0.2
    fails: Verdict | None = None
    tells: bool = True
    timeout: float = 60.0
