"""Whether a group was sent just as it is made now: told by its claim, without looking into any list."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cmcompile.ledger.listed import digest_of
from cmcompile.model.event import Claimed, Member
from cmcompile.model.group import Group, Part
from cmcompile.model.ids import Id
from cmcompile.model.states import GroupRecord

#: A list, one of its columns, and the ranges of it that give the ids of a part; no ranges where it takes too
#: many.
Place = tuple[str | None, str, tuple[tuple[Id, Id], ...]]


def is_sent(record: GroupRecord) -> bool:
    """Tell whether a group counts as sent: some workflow may have a run, or is not known to be over."""
    return any(w.used or w.live or w.run_id is not None for w in record.counting)


def claim_of(record: GroupRecord) -> Claimed | None:
    """Return the newest claim of a sent group: what it was sent with; None where none can be read."""
    sent = [w for w in record.counting if w.used or w.live or w.run_id is not None]
    return next((w.claim for w in reversed(sent) if w.claim is not None), None)


def agrees(claim: Claimed, group: Group, place_of: Callable[[Part], Place]) -> bool:
    """Tell whether a claim was made of a group with just the parts and exclusions that it has.

    Parameters
    ----------
    place_of
        Returns where the ids of a part come from, as lists are now.
    """
    if dict(claim.excluded) != group.excluded or len(claim.members) != len(group.parts):
        return False
    return all(_is_of(claim.members, part, place_of) for part in group.parts)


def _is_of(members: Mapping[str, Member], part: Part, place_of: Callable[[Part], Place]) -> bool:
    member = members.get(part.axis)
    if member is None or (member.key, member.source, member.count) != (part.key, part.source, len(part.ids)):
        return False
    if member.over is None or not member.ranges:
        return member.values == part.ids and member.digest == digest_of(part.ids)
    same_place = (member.over, member.column, member.ranges) == place_of(part)
    return same_place and member.digest == digest_of(part.ids)
