"""What an imported spec is to say, step by step, before it is text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cmcompile.imports.bps.passes import Pass, Row
from cmcompile.imports.bps.tree import Path, Tree

#: What is laid over a group: `bps`, `vars` and `where`, as a spec says it.
Patch = Mapping[Path, object]


@dataclass(frozen=True, slots=True)
class ExtraGroup:
    """A group made by hand."""

    members: Mapping[str, object]
    where: str
    row: Row


@dataclass(slots=True)
class Draft:
    """A step or a rescue.

    Attributes
    ----------
    tree
        What its files have in common; for a rescue, what is laid over the step.
    wanted
        The file of each group, by the group's own id.
    groups
        Of a rescue: which groups of the step it is for.
    split
        Of a rescue: names of the step's axes, and new ones.
    overrides
        What some groups have beside it.
    allow
        Findings that the files give, as they were run.
    carry
        Of a rescue: whether overrides of the step are kept.
    """

    name: str
    found: Pass
    tree: Tree
    wanted: dict[str, Row]
    file: str
    variables: dict[str, object] = field(default_factory=dict)
    extra: dict[str, ExtraGroup] = field(default_factory=dict)
    groups: object = None
    split: list[object] | None = None
    rescues: list[Draft] = field(default_factory=list)
    overrides: list[dict[str, object]] = field(default_factory=list)
    allow: dict[str, str] = field(default_factory=dict)
    carry: bool = True
    explicit: bool = False
    where: tuple[str, ...] = ()
