"""What is known of a step and its groups when a rescue is made, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cmcompile.model.campaign import Step
from cmcompile.model.group import Group
from cmcompile.model.ids import Id
from cmcompile.rescue.quanta import Left


@dataclass(frozen=True, slots=True)
class Request:
    """The memory that a task asks for, and the key that sets it.

    Attributes
    ----------
    path
        Keys below ``root``. Of ``bps``: ``cluster.LABEL.requestMemory`` where a cluster sets it for the task,
        since that one counts, else ``pipetask.TASK.requestMemory``; of ``jobs``: ``resources.memory``.
    now
        In MB.
    """

    path: tuple[str, ...]
    now: int
    root: str = "bps"


@dataclass(frozen=True, slots=True)
class Case:
    """A group of the first pass that has ended.

    Attributes
    ----------
    quanta
        What it is lacking.
    uncounted
        Quanta that it is lacking too, and that no source named.
    rescues, budget
        How many rescue groups cover it, and how many may without a decision.
    waits_for
        The rescue group that covers it and has not ended; empty: there is none.
    release
        The stack that it ran with, where a rescue would take another one unless it is told.
    inputs
        Collections, as the spec would write them, that hold the outputs of the group and of its rescues;
        None: that can't be said, and tasks can't be chosen.
    added
        Ids that it was sent without, by dimension, and that nothing takes.
    """

    group: Group
    quanta: tuple[Left, ...]
    uncounted: int = 0
    rescues: int = 0
    budget: int = 2
    waits_for: str = ""
    release: str = ""
    inputs: tuple[str, ...] | None = None
    added: Mapping[str, tuple[Id, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """The step that rescues are for.

    Attributes
    ----------
    first
        Its groups of the first pass.
    sent
        Those that were sent, by id.
    hits
        Per group: places of the step's overrides that hold for it.
    taken
        Names that rescues of the step have.
    skips
        Whether its rescues skip what exists without being told.
    named
        Whether its rescues have files of their own without being told; else one of the step's that two would
        share.
    pipeline, in_collection
        `pipelineYaml` and `payload.inCollection` as written; empty: they are not, and tasks can't be chosen.
    leaves_out
        Whether jobs whose outputs are there are left out of a rescue by themselves: it names no data then.
    excluded
        Per dimension: ids that the spec takes out of the step already.
    request
        The memory that a task of a group asks for.
    elsewhere
        The site for what must leave that of a group; empty: there is none.
    """

    step: Step
    first: tuple[Group, ...]
    sent: frozenset[str]
    hits: Mapping[str, Sequence[int]] = field(default_factory=dict)
    taken: frozenset[str] = frozenset()
    skips: bool = False
    named: bool = True
    pipeline: str = ""
    in_collection: str = "${{ inputs }}"
    leaves_out: bool = False
    excluded: Mapping[str, frozenset[object]] = field(default_factory=dict)
    request: Callable[[Group, str], Request | None] = lambda _, __: None
    elsewhere: Callable[[Group], str] = lambda _: ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of `rescues`.

    Attributes
    ----------
    groups
        Ids of the groups that it is for.
    wanted, beside
        How many quanta it runs that shall be run, and how many others that are lacking too.
    workflows
        How many rescue groups it makes.
    why
        What is told of it, line by line.
    """

    name: str
    body: dict[str, object]
    groups: tuple[str, ...]
    wanted: int
    beside: int
    workflows: int
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """A group that no entry is made for, and why."""

    group: str
    why: str
    person: bool = False


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be written.

    Attributes
    ----------
    excludes
        Entries of `exclude`.
    """

    entries: tuple[Entry, ...] = ()
    excludes: tuple[dict[str, object], ...] = ()
    passed: tuple[Passed, ...] = ()
