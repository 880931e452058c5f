"""A campaign as its author wrote it, checked and with references resolved; nothing is expanded yet."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field

from cmcompile.model.approval import Rule as ReviewRule
from cmcompile.model.ids import Id, IdItem
from cmcompile.model.policy import Policy
from cmcompile.model.ports import Documents
from cmcompile.model.source import Mapping, Node, Scalar, Span
from cmcompile.model.tell import Tell


@dataclass(frozen=True, slots=True)
class Layer:
    """One place of a spec that may set ``bps``, ``vars``, ``where``, ``file`` and the like.

    Attributes
    ----------
    name
        As a person would call it: ``campaign``, ``library nightly.yaml``, ``step step1``.
    body
        The mapping as written.
    """

    name: str
    body: Mapping

    def get(self, key: str) -> Node | None:
        """Return what the layer sets for ``key``."""
        return self.body.get(key)


def setting(layers: Sequence[Layer], key: str) -> tuple[Layer, Node] | None:
    """Return the highest layer that sets a key, and what it says; null is as if it were not set."""
    for layer in reversed(layers):
        node = layer.get(key)
        if node is not None:
            return None if isinstance(node, Scalar) and node.value is None else (layer, node)
    return None


def highest(layers: Sequence[Layer], key: str) -> Node | None:
    """Return what the highest layer that sets a key says; null is as if it were not set."""
    found = setting(layers, key)
    return None if found is None else found[1]


@dataclass(frozen=True, slots=True)
class ListData:
    """The rows of a list, by column, after ``only``; ``others`` holds all rows before it.

    Attributes
    ----------
    growing
        Whether the list has a ``query``, so that later rows may come.
    """

    name: str
    file: str
    columns: Map[str, tuple[Id, ...]]
    others: Map[str, tuple[Id, ...]]
    span: Span
    growing: bool = False
    query: Mapping | None = None


@dataclass(frozen=True, slots=True)
class Cut:
    """How the ids of an axis are cut into parts.

    Attributes
    ----------
    kind
        ``size``, ``count``, ``ranges``, ``weight``, ``window`` or ``each`` (one group per value).
    size
        Ids per group; for ``weight`` the weight per group; for ``window`` days per group.
    """

    kind: str
    size: float = 0
    count: int = 0
    ranges: tuple[tuple[int, int], ...] = ()
    column: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where the ids of an axis, or of one of its ``parts``, come from.

    Neither a list nor values: the ids of the groups that a rescue is for.
    """

    list: str | None
    values: tuple[Id, ...] | None
    column: str
    cut: Cut
    vars: Mapping | None
    span: Span


@dataclass(frozen=True, slots=True)
class Axis:
    """One axis of a split.

    Attributes
    ----------
    name
        The dimension, or the name of a plain parameter.
    dimension
        The Butler dimension, or None for a plain parameter, which adds no predicate.
    where
        The predicate written by hand, or None for the exact one.
    clause
        The name of that clause, or an empty text.
    close
        When the last group of a growing list may be sent: ``full``, ``next``, ``now``, ``after 2d``.
    """

    name: str
    dimension: str | None
    sources: tuple[Source, ...]
    where: Scalar | None
    clause: str
    first: int
    limit: int | None
    descending: bool
    close: str
    span: Span


@dataclass(frozen=True, slots=True)
class Selector:
    """Which groups of a step are meant; every condition given must hold.

    Attributes
    ----------
    ids
        Ids of groups, or numbers with one axis; None means any.
    parts
        Per axis or part variable: the keys that match.
    holds
        Per dimension: ids of which the group holds at least one.
    """

    ids: tuple[IdItem, ...] | None
    parts: dict[str, tuple[IdItem, ...]]
    holds: dict[str, tuple[IdItem, ...]]
    span: Span


@dataclass(frozen=True, slots=True)
class Override:
    """What some groups do differently."""

    groups: Selector
    layer: Layer
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Extra:
    """A group made by hand beside those of the split."""

    id: str
    members: dict[str, tuple[Id, ...]]
    where: Node | None
    span: Span


@dataclass(frozen=True, slots=True)
class Exclude:
    """Ids that are taken out after cutting.

    Attributes
    ----------
    steps
        The steps it is for; empty: all.
    """

    name: str
    ids: tuple[Id, ...]
    steps: tuple[str, ...]
    because: str
    until: str | None
    ticket: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Need:
    """What must be there before a group is sent.

    Attributes
    ----------
    step, rescue
        The step, and its rescue where one is named.
    kind
        ``all``, ``same``, ``overlap`` or ``accepted``.
    accepted
        The fraction of accepted groups from 0 to 1 that is enough, with ``accepted``.
    """

    step: str
    rescue: str | None
    kind: str
    accepted: float | None
    span: Span


@dataclass(frozen=True, slots=True)
class Pace:
    """What steers the sending of groups; carried for the plan, not used by the compiler.

    Attributes
    ----------
    running, submitting
        At most so many workflows at once; None: no limit.
    jobs
        At most so many jobs of batch steps in workflows at once; None: no limit.
    accept
        ``failed``, ``tasks`` and ``review`` as written.
    review
        What must be approved before it is submitted; None: nothing.
    """

    running: int | None = None
    submitting: int | None = None
    priority: int = 0
    pauses: tuple[Mapping, ...] = ()
    policy: str | None = None
    due: str | None = None
    accept: Mapping | None = None
    review: ReviewRule | None = None
    jobs: int | None = None


@dataclass(frozen=True, slots=True)
class Rescue:
    """A later pass over part of a step."""

    name: str
    groups: Selector | None
    split: tuple[Axis | str, ...] | None
    needs: tuple[Need, ...]
    pace: Pace
    layer: Layer
    overrides: tuple[Override, ...]
    carry: bool
    skip_existing_in: str | None
    because: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Step:
    """A step: its layers, its split, and its rescues.

    Attributes
    ----------
    layers
        ``step_defaults`` of every file, then the step of every file, lowest first.
    engine
        ``bps`` or ``batch``.
    """

    name: str
    layers: tuple[Layer, ...]
    split: tuple[Axis, ...]
    extra: tuple[Extra, ...]
    overrides: tuple[Override, ...]
    rescue_defaults: tuple[Layer, ...]
    rescues: tuple[Rescue, ...]
    needs: tuple[Need, ...]
    pace: Pace
    allow: dict[str, str]
    engine: str
    span: Span


@dataclass(frozen=True, slots=True)
class Environment:
    """Where BPS runs: set-up commands and variables, ``like`` already followed."""

    name: str
    setup: tuple[Scalar, ...]
    env: dict[str, Scalar]
    secrets: tuple[str, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole campaign, ready for the compiler.

    Attributes
    ----------
    path
        The spec file, relative to the root of the repository.
    layers
        The top level of every file that it extends, in order, then its own.
    files
        The repository, for the include files.
    inputs
        Digests of every file read, by path: spec, libraries, lists; includes are added by compiling.
    policies
        What is done about failures, by the names that ``policy`` gives.
    tell
        Who is told how it stands.
    """

    name: str
    path: str
    production: str | None
    ticket: str | None
    layers: tuple[Layer, ...]
    sites: dict[str, Layer]
    environments: dict[str, Environment]
    lists: dict[str, ListData]
    exclude: tuple[Exclude, ...]
    steps: tuple[Step, ...]
    pace: Pace
    allow: dict[str, str]
    files: Documents
    span: Span
    inputs: dict[str, str] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    tell: Tell = field(default_factory=Tell)

    def step(self, name: str) -> Step | None:
        """Return a step by its name."""
        return next((s for s in self.steps if s.name == name), None)
