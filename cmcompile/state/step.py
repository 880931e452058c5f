"""The events of a step as such, folded."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.model.event import Chained, Chaining, Event, Retired, Unreadable
from cmcompile.model.states import StepRecord
from cmcompile.state.order import in_order


def fold_step(step: str, events: Iterable[Event], unreadable: Iterable[Unreadable] = ()) -> StepRecord:
    """Return what the ledger says of a step as such; any events give a record, in any order.

    Where a file can't be read, a making of the collection may have been begun: it is made again, which does
    no harm.
    """
    collection = ""
    chained: tuple[str, ...] | None = None
    chaining = retired = False
    for event in in_order(events):
        body = event.draft.body
        if isinstance(body, Chaining):
            collection, chaining = body.collection, True
        elif isinstance(body, Chained):
            collection, chained = body.collection, body.groups
            chaining = retired = False
        elif isinstance(body, Retired):
            retired, chaining = True, False
    return StepRecord(step, collection, chained, chaining or any(True for _ in unreadable), retired)
