"""Passes over campaigns again and again, until somebody ends that."""

from __future__ import annotations

import gc
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from select import select
from time import monotonic
from typing import TYPE_CHECKING

import click

from cmcompile.cli.campaigns import Place
from cmcompile.cli.exit import Exit
from cmcompile.cli.known import pass_context
from cmcompile.cli.looped import Looped, backoff
from cmcompile.cli.output import current, screen
from cmcompile.model.rounds import Part, Passed, Round

if TYPE_CHECKING:
    from cmcompile.apply.child.interrupts import Waking
    from cmcompile.cli.passing import Manner

#: Seconds that are given to what was begun, once somebody has asked for the end twice.
_GRACE = 5.0
#: So many new values are looked through for circles, which would stay for ever.
_MANY = 200_000

#: Returns the campaigns, and those that have no ledger.
Chosen = Callable[[], tuple[Sequence[Place], Sequence[Place]]]


class Loop:
    """Makes passes until it is interrupted.

    Parameters
    ----------
    chosen
        Is asked before each pass.
    delay
        Seconds from the end of a pass to the next.
    lists
        Whether lists that have grown are committed before each pass.
    """

    def __init__(
        self, chosen: Chosen, manner: Manner, interrupts: Waking, delay: float, *, lists: bool = False
    ) -> None:
        self._chosen = chosen
        self._manner = manner
        self._interrupts = interrupts
        self._delay = delay
        self._lists = lists
        self._campaigns: dict[Place, Looped] = {}
        self._silences = 0

    def run(self) -> Exit:
        """Make passes; returns how the process ends: with 0 where it was asked once."""
        number = 0
        with _ending_at_once(self._interrupts), closing(self):
            while not self._interrupts.asked:
                number += 1
                found = self._round(number)
                self._tell(found)
                if gc.get_count()[0] > _MANY:
                    gc.collect()
                if found.next_in is not None:
                    waited(self._interrupts, found.next_in)
        return Exit.OK if self._interrupts.asked < 2 else Exit.INTERRUPTED

    def close(self) -> None:
        """Let others have the leases, and end what was started."""
        self._leave(())

    def _round(self, number: int) -> Round:
        from datetime import UTC, datetime

        from cmcompile.git.tracked import SilentError
        from cmcompile.model.errors import CmcompileError
        from cmcompile.model.ledger import UnreachableError
        from cmcompile.model.stamp import stamp

        at, begun = stamp(datetime.now(UTC)), monotonic()
        try:
            places, without = self._chosen()
        except CmcompileError as error:
            if number == 1 and not isinstance(error, UnreachableError | SilentError):
                raise  # that will not pass by itself
            self._silences += 1
            rest = backoff(self._delay, self._silences)
            return Round(number, at, monotonic() - begun, (), " ".join(str(error).split()), rest)
        self._silences = 0
        self._leave(places)
        found = [self._one(place) for place in places if not self._interrupts.asked]
        found += [Passed(place.name, Part.NO_LEDGER) for place in without]
        ahead = None if self._interrupts.asked else self._delay
        return Round(number, at, monotonic() - begun, tuple(found), next_in=ahead)

    def _one(self, place: Place) -> Passed:
        known = self._campaigns.get(place)
        if known is None:
            known = self._campaigns[place] = Looped(place, self._manner, self._delay, lists=self._lists)
        with pass_context():
            return known.pass_(self._interrupts)

    def _leave(self, places: Sequence[Place]) -> None:
        for gone in self._campaigns.keys() - set(places):
            self._campaigns.pop(gone).close()

    def _tell(self, found: Round) -> None:
        from cmcompile.report.rounds import round_json, round_text

        if self._manner.format == "json":
            click.echo(json.dumps(round_json(found), ensure_ascii=False))
        else:
            click.echo(round_text(found, screen()), nl=False, color=current().colour() or None)


def waited(interrupts: Waking, seconds: float) -> bool:
    """Wait for the next pass; tell whether nobody interrupted."""
    until = monotonic() + seconds
    while not interrupts.asked and (left := until - monotonic()) > 0:
        # Other signals wake it too.
        if select([interrupts.fileno()], [], [], min(left, 3600.0))[0]:
            interrupts.woken()
    return not interrupts.asked


@contextmanager
def _ending_at_once(interrupts: Waking) -> Iterator[None]:
    """End the process soon after a second ^C, whatever it does then: a pass may be killed at any instant."""
    over = threading.Event()

    def watch() -> None:
        while interrupts.asked < 2:
            if over.wait(0.2):
                return
        if not over.wait(_GRACE):
            os._exit(Exit.INTERRUPTED)

    thread = threading.Thread(target=watch, name="end", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
