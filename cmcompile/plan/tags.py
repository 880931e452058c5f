"""Tagged inputs: which are to be made, which groups wait for them, and which sent groups hold them fast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from cmcompile.model.event import CAMPAIGN
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.states import TagRecord
from cmcompile.model.tagged import TaggedInput
from cmcompile.plan.inputs import Key
from cmcompile.plan.needs import Lack, Needs
from cmcompile.plan.world import World, name_of

#: So many sources, or sent groups, are named; the rest is counted.
_NAMED = 3


@dataclass(frozen=True, slots=True)
class Due:
    """A tagged input that is to be made now.

    Attributes
    ----------
    step
        Whose events its making belongs to: a step, or the campaign.
    was
        The digest of the declaration that it was last made as; empty: it was never made.
    needs
        A digest of the runs that its sources are made of, as far as the campaign makes them.
    """

    declared: TaggedInput
    step: str
    detail: str
    was: str
    needs: str


class Tags:
    """What tagged inputs are to be, and what they are.

    One is chosen once, before the first group that reads it is sent. From then on it stays as it is: what
    was sent must not read other data later on.
    """

    def __init__(self, world: World, needs: Needs) -> None:
        self._world = world
        self._needs = needs
        self.declared: Mapping[str, TaggedInput] = world.inputs.tagged.declared

    @cached_property
    def _records(self) -> dict[str, tuple[str, TagRecord]]:
        """What the ledger says, and of which step, or the campaign."""
        return {tag.collection: (s.step, tag) for s in self._world.state.steps.values() for tag in s.tags}

    @cached_property
    def _readers(self) -> dict[str, list[Key]]:
        found: dict[str, list[Key]] = {}
        for key, names in self._world.inputs.tagged.readers.items():
            for name in names:
                found.setdefault(name, []).append(key)
        return found

    @cached_property
    def _sent(self) -> dict[str, tuple[Key, ...]]:
        """By name: the groups that read it and that were sent, superseded workflows left out."""
        return {n: tuple(k for k in keys if self._was_sent(k)) for n, keys in self._readers.items()}

    def _was_sent(self, key: Key) -> bool:
        return any(w.used for w in self._world.record(key).counting)

    def record(self, name: str) -> TagRecord:
        """Return what the ledger says of a tagged collection."""
        return self._records[name][1] if name in self._records else TagRecord(name)

    def step(self, name: str) -> str:
        """Return whose events the making of a tagged collection belongs to: that which has some already."""
        if name in self._records:
            return self._records[name][0]
        return self.declared[name].step or CAMPAIGN

    def readers(self, name: str) -> Sequence[Key]:
        """Return the groups that read a tagged input."""
        return self._readers.get(name, ())

    def is_made(self, name: str) -> bool:
        """Tell whether a collection is as it is declared."""
        return self.record(name).is_made(self.declared[name].digest)

    def due(self) -> Iterator[Due]:
        """Yield what is to be made now, in the order of the groups that read it."""
        for name, one in self.declared.items():
            if self._to_make(name) and not self._being_sent(name) and self._waits(one) is None:
                yield Due(
                    one, self.step(name), self._detail(one), self.record(name).declaration, self._of(one)
                )

    def _to_make(self, name: str) -> bool:
        return bool(self._readers.get(name)) and not self.is_made(name) and not self._sent.get(name)

    def _detail(self, one: TaggedInput) -> str:
        record = self.record(one.name)
        sources = _named(one.sources)
        words = f"{one.name}: {', '.join(one.datasets)} of {sources}" + f", {one.where}" * bool(one.where)
        if record.begun:
            return f"{words}; its making was begun and not ended"
        return words + "; it was declared otherwise" * bool(record.declaration)

    def _being_sent(self, name: str) -> Key | None:
        """Return a group that reads it and that is claimed: it may pass its gate at any moment."""
        return next((k for k in self._readers.get(name, ()) if self._world.record(k).live), None)

    def _waits(self, one: TaggedInput) -> Lack | None:
        """Return what its sources lack, where groups of the campaign write them."""
        found = (self._needs.whole(step, _place(one, self._world)).lack for step in one.after)
        return next((lack for lack in found if lack is not None), None)

    def _of(self, one: TaggedInput) -> str:
        found = [self._needs.whole(step, _place(one, self._world)).digest for step in one.after]
        return sha256("\n".join(found).encode()).hexdigest() if found else ""

    def lack(self, key: Key) -> Lack | None:
        """Return the first tagged input that a group waits for; None: all that it reads are made."""
        for name in self._world.inputs.tagged.readers.get(key, ()):
            if not self.is_made(name) and key not in self._sent.get(name, ()):
                return self._lack(name)
        return None

    def _lack(self, name: str) -> Lack:
        one = self.declared[name]
        span = _place(one, self._world)
        if self._sent.get(name):
            return Lack(Reason.TAG_CHANGED, f"{name}, which {self._who(name)} read", span)
        if (other := self._being_sent(name)) is not None:
            return Lack(Reason.NOT_TAGGED, f"{name}: {name_of(other)}, which reads it, is claimed", span)
        if (lack := self._waits(one)) is not None:
            return Lack(Reason.NOT_TAGGED, f"{name}: {lack.detail}", span)
        begun = "its making was begun and not ended" if self.record(name).begun else "it is to be made"
        return Lack(Reason.NOT_TAGGED, f"{name}: {begun}", span)

    def _who(self, name: str) -> str:
        return _named([name_of(key) for key in self._sent.get(name, ())])

    def altered(self, key: Key) -> str | None:
        """Return which tagged input of a sent group is declared otherwise by now; None: they are the same."""
        for name in self._world.inputs.tagged.readers.get(key, ()):
            if not self.is_made(name) and key in self._sent.get(name, ()):
                record = self.record(name)
                if record.begun:
                    return f"{name} was begun to be made anew after it was sent"
                how = "was made as it is not declared any more" if record.declaration else "was not made here"
                return f"{name} {how}"
        return None

    def digest(self, key: Key) -> str:
        """Return a digest of what the tagged inputs of a group hold; empty where it reads none."""
        names = self._world.inputs.tagged.readers.get(key, ())
        found = [(name, self.record(name)) for name in names]
        told = [f"{name} {record.declaration} {record.datasets}" for name, record in found]
        return sha256("\n".join(told).encode()).hexdigest() if told else ""


def _place(one: TaggedInput, world: World) -> Span:
    return one.span or world.spec.span


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
