"""The events of a step as such, folded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cmcompile.model.event import Chained, Chaining, Event, Retired, Tagged, Tagging, Unreadable
from cmcompile.model.states import StepRecord, TagRecord
from cmcompile.state.order import in_order


def fold_step(step: str, events: Iterable[Event], unreadable: Iterable[Unreadable] = ()) -> StepRecord:
    """Return what the ledger says of a step as such; any events give a record, in any order.

    Where a file can't be read, a making of the collection may have been begun: it is made again, which does
    no harm. A tagged collection is not: groups that were sent may read it as it is.
    """
    collection = ""
    chained: tuple[str, ...] | None = None
    chaining = retired = False
    tags: dict[str, TagRecord] = {}
    for event in in_order(events):
        body = event.draft.body
        if isinstance(body, Chaining):
            collection, chaining = body.collection, True
        elif isinstance(body, Chained):
            collection, chained = body.collection, body.groups
            chaining = retired = False
        elif isinstance(body, Retired):
            retired, chaining = True, False
        elif isinstance(body, Tagging):
            known = tags.get(body.collection, TagRecord(body.collection))
            tags[body.collection] = replace(known, begun=body.declaration)
        elif isinstance(body, Tagged):
            tags[body.collection] = TagRecord(body.collection, body.declaration, body.count, body.datasets)
    chaining = chaining or any(True for _ in unreadable)
    return StepRecord(step, collection, chained, chaining, retired, tuple(tags.values()))
