"""Whose turn it is to make the passes of a campaign: it saves work, and nothing is safe because of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from cmcompile.model.body import Process
from cmcompile.model.stamp import moment_of


@dataclass(frozen=True, slots=True)
class Lease:
    """That a process makes the passes of a campaign for a while.

    Attributes
    ----------
    by
        Who started it, as git names them.
    at
        When it was taken or renewed, by the clock of its holder.
    seconds
        How long it holds from then on.
    """

    process: Process
    by: str
    at: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of asking for a lease.

    Attributes
    ----------
    mine
        Whether to make the pass.
    holder
        Who makes it instead.
    why
        Why it is made without a lease; empty: with one.
    """

    mine: bool
    holder: Lease | None = None
    why: str = ""


def is_over(lease: Lease, now: datetime, *, alive: bool | None, unchanged: float) -> bool:
    """Tell whether a lease may be taken over.

    Two clocks may differ, so a lease that stood unchanged for its whole length is over too, whatever it says.

    Parameters
    ----------
    alive
        Whether its process lives; None: it can't be asked from here.
    unchanged
        For how many seconds it was seen as it is, by a clock that only goes forward.
    """
    if alive is False or unchanged >= lease.seconds:
        return True
    try:
        return now > moment_of(lease.at) + timedelta(seconds=lease.seconds)
    except (ValueError, OverflowError):
        return True
