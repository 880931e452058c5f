"""What applying tells while it works, and what came of each item in the end."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cmcompile.model.event import Subject
from cmcompile.model.plan import Item


class Moment(Enum):
    """A point on the way of an item."""

    BEGUN = "begun"
    CLAIMED = "claimed"
    PREPARED = "prepared"
    GATE = "gate"
    CALLED = "called"
    SUBMITTED = "submitted"
    GIVEN_UP = "given up"
    ENDED = "ended"
    SEEN = "seen"


@dataclass(frozen=True, slots=True)
class Told:
    """Something that happened.

    Attributes
    ----------
    detail
        One line, or empty.
    """

    moment: Moment
    subject: Subject
    detail: str = ""


class End(Enum):
    """What came of an item.

    ``UNASKED``: a source did not answer, so nothing was done. ``UNKNOWN``: nobody knows whether a run
    exists. ``LOST``: another writer was faster; it is safe to run again. ``LATE``: others submit as many as
    may at once.
    """

    DONE = "done"
    USED = "used"
    STALE = "stale"
    FAILED = "failed"
    UNASKED = "unasked"
    UNKNOWN = "unknown"
    LOST = "lost"
    LATE = "late"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of an item of a plan.

    Attributes
    ----------
    subject
        The item's; with the workflow where one was made.
    spooled
        Whether its facts are kept on disk, since the remote could not be reached.
    """

    item: Item
    end: End
    subject: Subject
    detail: str = ""
    spooled: bool = False
