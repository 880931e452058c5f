"""All that standings and plans are made from."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from cmcompile.model.approval import Rule
from cmcompile.model.campaign import Spec
from cmcompile.model.decision import Decision
from cmcompile.model.event import WmsRef
from cmcompile.model.group import Group
from cmcompile.model.states import LedgerState
from cmcompile.model.tagged import NO_TAGS, TaggedInputs
from cmcompile.plan.declared import Declared

#: A group by its step and id.
Key: TypeAlias = tuple[str, str]
#: Which groups a plan may act on.
Chosen: TypeAlias = Callable[[str, str], bool] | Collection[Key] | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What only the outside world knows.

    Attributes
    ----------
    now
        With a time zone.
    list_dates
        By list: when it last grew, as a date or a time; for ``close: {after: 2d}``.
    overlaps
        Returns the ids of the groups of a step that overlap a group on the sky; None: it can't be told, and
        the group waits for all.
    stale
        By workload system: since when it can't be asked.
    jobs
        Returns how many jobs a group has; None: it has none, or it can't be told.
    """

    now: datetime
    list_dates: Mapping[str, str] = field(default_factory=dict)
    overlaps: Callable[[Group, str], Collection[str] | None] | None = None
    stale: Mapping[WmsRef, str] = field(default_factory=dict)
    jobs: Callable[[Group], int | None] | None = None


@dataclass(frozen=True, slots=True)
class Inputs:
    """What standings and plans are made from.

    Attributes
    ----------
    declared
        All groups of the spec, first pass before rescues, in the order of the spec.
    collects
        The chained collection of each step that has one, by its name, and of the campaign under an empty
        name. Without it, as for ``status``, collections are not looked at.
    tagged
        The tagged inputs, and which groups read them.
    asked
        What must be approved by the spec branch too, where another state of the spec is taken: by the step,
        or for all of them under an empty name.
    """

    spec: Spec
    declared: tuple[Declared, ...]
    state: LedgerState
    decisions: tuple[Decision, ...]
    facts: Facts
    collects: Mapping[str, str] = field(default_factory=dict)
    tagged: TaggedInputs = NO_TAGS
    asked: tuple[tuple[str, Rule], ...] = ()
