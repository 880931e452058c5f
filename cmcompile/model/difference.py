"""What differs between two states of a campaign: by edit, group and key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from cmcompile.model.ids import Id
from cmcompile.model.source import Span

Kind: TypeAlias = Literal["changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class GroupRun:
    """Groups of one step that follow each other in natural order.

    Attributes
    ----------
    first, last
        Ids; the same where it is one group.
    whole
        Whether it is every group of its pass (the first pass, or one rescue), or of its step.
    """

    step: str
    first: str
    last: str
    count: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of a spec or of a file beside it, and what it changes.

    Attributes
    ----------
    key
        What was edited: ``payload.sw_image``, ``vars.release``, ``split.tract.size``, ``include x.yaml``.
    span
        Where the new value stands; where the old one stood when it was removed.
    old, new
        The values as plain data, or the texts as written where ``varies``; None on the side without one.
    groups
        The groups it changes as ``step/id``, in natural order.
    reaches
        The keys of the submit file that change because of it, where ``key`` is not one itself.
    varies
        Whether the values differ from group to group.
    steering
        Whether it changes when and how groups are sent, and no file.
    was
        The place that gave the old value, where another one gives the new.
    """

    key: str
    kind: Kind
    span: Span | None
    old: object
    new: object
    groups: tuple[str, ...]
    runs: tuple[GroupRun, ...]
    reaches: tuple[str, ...] = ()
    varies: bool = False
    steering: bool = False
    was: Span | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Ids that were in one part of an axis and are in another."""

    axis: str
    old: str
    new: str
    ids: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class AxisIds:
    """Ids of an axis that only one side has."""

    axis: str
    ids: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class Regrouping:
    """How the groups of a step, or of one of its rescues, differ.

    Attributes
    ----------
    old, new
        Numbers of groups.
    added, removed
        Runs of groups that only one side has.
    moves
        Ids that are in another group, by axis.
    come, gone
        Ids that are in a group only now, or in none any more.
    """

    step: str
    rescue: str | None
    old: int
    new: int
    added: tuple[GroupRun, ...] = ()
    removed: tuple[GroupRun, ...] = ()
    moves: tuple[Move, ...] = ()
    come: tuple[AxisIds, ...] = ()
    gone: tuple[AxisIds, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs.

    Attributes
    ----------
    old, new
        Numbers of groups.
    changed
        How many groups of both sides have another file, or another include file.
    added, removed
        How many groups only one side has.
    edits
        In the order of the spec.
    unpaired
        Files of an as-run tree that belong to no group.
    """

    campaign: str
    old: int
    new: int
    changed: int
    added: int
    removed: int
    regroupings: tuple[Regrouping, ...]
    edits: tuple[Edit, ...]
    unpaired: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing differs."""
        counts = self.changed or self.added or self.removed
        return not (counts or self.regroupings or self.edits or self.unpaired)
