"""Groups: what a split, a hand-made addition or a rescue makes of a step."""

from __future__ import annotations

from dataclasses import dataclass, field

from cmcompile.model.ids import Id
from cmcompile.model.resolved import Origin
from cmcompile.model.source import Span


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of an axis: the ids that a group takes of it.

    Attributes
    ----------
    key
        What stands in the group's id: the number of a cut axis, or the value as a slug.
    n
        The number, or None where the part is one value that has none.
    ids
        Sorted and unique, before ``exclude``.
    source
        Index of the axis source (of ``parts``) that it was cut from; -1 for an extra group.
    last
        Whether it holds the highest ids of a growing list, so that it may still grow.
    bounds
        The range as written, with a cut by ``ranges``.
    """

    axis: str
    dimension: str | None
    key: str
    n: int | None
    ids: tuple[Id, ...]
    source: int = 0
    last: bool = False
    bounds: tuple[Id, Id] | None = None

    @property
    def lo(self) -> Id:
        """The lowest id, or the lower bound as written."""
        return self.ids[0] if self.bounds is None else self.bounds[0]

    @property
    def hi(self) -> Id:
        """The highest id, or the upper bound as written."""
        return self.ids[-1] if self.bounds is None else self.bounds[1]


@dataclass(frozen=True, slots=True)
class Group:
    """A subset of a step's data: tracked, accepted, rejected.

    Attributes
    ----------
    id
        Unique in its step; ``<rescue>.<id>`` for a rescue group.
    parts
        One per axis of the split; for an extra group one per dimension that it names.
    extra
        The id of the extra group that this is, or that a rescue made anew; else None.
    covers
        Ids of the first-pass groups that a rescue group shares data with.
    excluded
        Per dimension or axis: ids of its parts that ``exclude`` takes out.
    """

    step: str
    id: str
    parts: tuple[Part, ...]
    rescue: str | None = None
    extra: str | None = None
    covers: tuple[str, ...] = ()
    excluded: dict[str, tuple[Id, ...]] = field(default_factory=dict)

    def part(self, axis: str) -> Part | None:
        """Return the part of an axis or dimension."""
        for part in self.parts:
            if axis == part.axis or axis == part.dimension:
                return part
        return None

    def lacks(self, rescue: Group) -> bool:
        """Tell whether a rescue takes ids that were taken out of this group when it was sent."""
        return any(
            not set(ids).isdisjoint(set(part.ids).difference(rescue.excluded.get(part.axis, ())))
            for axis, ids in self.excluded.items()
            if (own := self.part(axis)) and (part := rescue.part(own.dimension or own.axis))
        )

    @property
    def own_id(self) -> str:
        """The id without the name of the rescue."""
        return self.id if self.rescue is None else self.id.removeprefix(self.rescue + ".")


@dataclass(frozen=True, slots=True)
class ClauseText:
    """One clause of a group's predicate, filled in.

    Attributes
    ----------
    kind
        ``layer`` (up to the step), ``axis``, ``extra``, ``override`` (overrides and rescue), ``exclude``,
        or ``query`` for a ``payload.dataQuery`` written by hand.
    numbers
        Whether cmcompile wrote it from whole numbers, so that nothing else can be in it.
    """

    text: str
    kind: str
    origin: Origin
    numbers: bool = False


@dataclass(frozen=True, slots=True)
class CompiledGroup:
    """A group and the file that BPS will be given.

    Attributes
    ----------
    path
        Where the file goes, relative to the output.
    data
        Its bytes.
    includes
        Paths of the include files it needs, relative to the output.
    digest
        The definition digest: sha256 over path, bytes, and the includes with their bytes.
    output, release, where
        ``payload.output`` with ``{x}`` filled in, the var ``release``, and ``payload.dataQuery``.
    clauses
        What ``where`` is joined from.
    site, environment
        The names chosen for it, or None.
    """

    group: Group
    path: str
    data: bytes
    includes: tuple[str, ...]
    digest: str
    output: str
    release: str | None
    where: str
    clauses: tuple[ClauseText, ...] = ()
    site: str | None = None
    environment: str | None = None


@dataclass(frozen=True, slots=True)
class SentGroup:
    """What the ledger knows of a group that was sent: it may not change any more.

    Attributes
    ----------
    parts
        Per axis: the key of the part and its ids, before ``exclude``.
    excluded
        Per dimension or axis: the ids that ``exclude`` took out when it was sent.
    digest
        The definition digest at that time; empty where it can't be compared with those made now.
    sources
        Per axis: which of its ``parts`` the ids were cut from, for the vars that go with it.
    """

    step: str
    id: str
    parts: dict[str, tuple[str, tuple[Id, ...]]]
    excluded: dict[str, tuple[Id, ...]]
    digest: str
    sources: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SentGroups:
    """The sent groups of a campaign, by step and id."""

    groups: dict[tuple[str, str], SentGroup] = field(default_factory=dict)

    def of(self, step: str) -> tuple[SentGroup, ...]:
        """Return the sent groups of a step."""
        return tuple(g for (name, _), g in self.groups.items() if name == step)


EMPTY = SentGroups()


@dataclass(frozen=True, slots=True)
class IncludeFile:
    """An include file of the output: its bytes, and the file it was copied from.

    Attributes
    ----------
    source
        Empty for a file that was made for the jobs of one group.
    """

    path: str
    source: str
    data: bytes
    span: Span | None = None
