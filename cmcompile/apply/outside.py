"""All that applying a plan needs of the world, and under whose name it writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cmcompile.apply.declaration import SpecBranch
from cmcompile.model.applied import Told
from cmcompile.model.butler import Butler
from cmcompile.model.child import Host, Interrupts, Launcher
from cmcompile.model.event import Body, Draft, Subject
from cmcompile.model.ports import Clock
from cmcompile.model.stamp import stamp
from cmcompile.model.transaction import Book
from cmcompile.model.wms import Wms


def _silent(told: Told) -> None:
    """Tell nobody."""


def _as_it_is(text: str) -> str:
    """Return a text as it is."""
    return text


@dataclass(frozen=True, slots=True)
class Desk:
    """Where events are written, by whom, and when.

    Attributes
    ----------
    new_id
        Returns random ids of 16 hex digits; no two processes may ever get the same one.
    by, ci
        As events name them.
    tell
        Is told what happens, as it happens.
    clean
        Takes out of a text what must not be read by others. All words of a child, of a workload system, or of
        an error go through it before they are written or told: the ledger is read by many, and for ever.
    """

    campaign: str
    book: Book
    clock: Clock
    host: Host
    new_id: Callable[[], str]
    by: str
    ci: str = ""
    tell: Callable[[Told], None] = _silent
    clean: Callable[[str], str] = _as_it_is

    def draft(self, subject: Subject, body: Body, claim: str = "", decision: str = "") -> Draft:
        """Return an event that is to be recorded, with a random id."""
        return Draft(subject, self.new_id(), self.stamp(), self.by, body, claim, self.ci, decision)

    def stamp(self) -> str:
        """Return the time, as events hold it."""
        return stamp(self.clock.now())


@dataclass(frozen=True, slots=True)
class Sources:
    """What can be asked, and asked to tidy up; nothing here can submit."""

    desk: Desk
    branch: SpecBranch
    wms: Wms
    butler: Butler


@dataclass(frozen=True, slots=True)
class Outside:
    """All that applying needs.

    Attributes
    ----------
    at_once
        At most so many children prepare at once, whatever the spec allows.
    """

    sources: Sources
    launcher: Launcher
    interrupts: Interrupts
    at_once: int = 4

    @property
    def desk(self) -> Desk:
        """Where events are written."""
        return self.sources.desk
