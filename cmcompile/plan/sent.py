"""Groups that were sent, and that the spec makes otherwise now, or not at all."""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass

from cmcompile.model.decision import Verb
from cmcompile.model.reason import Reason
from cmcompile.model.states import GroupState, Workflow
from cmcompile.plan.decided import Decided
from cmcompile.plan.inputs import Key
from cmcompile.plan.tags import Tags
from cmcompile.plan.world import World

_WAYS_ON = "make a rescue for what shall differ, or decide to supersede it"
_OTHER_TAG = "give what shall differ another name in a rescue, or decide to supersede it"


@dataclass(frozen=True, slots=True)
class Altered:
    """A sent group that an edit would alter."""

    key: Key
    reason: Reason
    detail: str
    workflow: Workflow


def altered(world: World, decided: Decided, emit: int, tags: Tags) -> dict[Key, Altered]:
    """Return the sent groups that an edit would alter or remove, but for those to be superseded.

    Parameters
    ----------
    emit
        The version of the bytes that this cmcompile writes: definitions are compared within one version only.
    tags
        The tagged inputs: the bytes of a group say their names only.
    """
    pending = {p.key for p in decided.pending if p.decision.verb is Verb.SUPERSEDE and p.stands}
    return {found.key: found for found in _altered(world, pending, emit, tags)}


def _altered(world: World, pending: Container[Key], emit: int, tags: Tags) -> Iterator[Altered]:
    for key, record in world.state.groups.items():
        sent = [w for w in record.counting if w.used]
        if not sent or key in pending:
            continue
        newest, declared = sent[-1], world.declared.get(key)
        if declared is None:
            if record.verdict is not GroupState.REJECTED:
                detail = f"{newest.name}: put back what the edit took away, {_WAYS_ON}"
                yield Altered(key, Reason.SENT_GONE, detail, newest)
            continue
        if (what := tags.altered(key)) is not None:
            detail = f"{newest.name}: {what}; take the edit back, {_OTHER_TAG}"
            yield Altered(key, Reason.TAG_CHANGED, detail, newest)
            continue
        claim = newest.claim
        if claim is None or not claim.definition or not declared.definition or claim.spec.emit != emit:
            continue
        if claim.definition != declared.definition:
            detail = f"{newest.name}: take the edit back (`cmcompile diff` shows it), {_WAYS_ON}"
            yield Altered(key, Reason.SENT_CHANGED, detail, newest)
