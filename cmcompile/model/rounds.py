"""What a pass over several campaigns brought."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Part(Enum):
    """What was done with a campaign in a pass."""

    PASSED = "passed"
    FAILED = "failed"
    #: It failed before, and is tried again later.
    LATER = "later"
    #: Another process makes its passes.
    ELSEWHERE = "elsewhere"
    NO_LEDGER = "no ledger"


@dataclass(frozen=True, slots=True)
class Passed:
    """What a pass brought for one campaign.

    Attributes
    ----------
    code
        The exit code that a pass of this campaign alone would end with; None: there was none.
    recorded
        Events of what was seen.
    submitted, done
        Items that were submitted, and others that were carried out.
    why
        Why it failed, or who has it.
    again
        In how many seconds it is tried again; 0: with the next pass.
    rows
        How many rows of lists were new, and are committed.
    """

    campaign: str
    part: Part
    code: int | None = None
    recorded: int = 0
    submitted: int = 0
    done: int = 0
    why: str = ""
    again: float = 0.0
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Round:
    """A pass over all campaigns of a loop.

    Attributes
    ----------
    number
        Of the pass, from 1.
    at
        When it began, UTC.
    seconds
        How long it took.
    error
        Why no campaign was looked at; empty otherwise.
    next_in
        Seconds to the next one; None: there is none.
    """

    number: int
    at: str
    seconds: float
    campaigns: tuple[Passed, ...]
    error: str = ""
    next_in: float | None = None
