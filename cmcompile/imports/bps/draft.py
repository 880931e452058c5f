"""What an imported spec is to say, step by step, before it is text."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cmcompile.imports.bps.passes import Pass, Row
from cmcompile.imports.bps.tree import Path, Tree

#: The path of a group that no expression of its ids gives.
PATH = "${{ path }}"
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

    @property
    def axes(self) -> list[Mapping[str, object]]:
        """What it says of the axes that it cuts itself."""
        entries = self.split if self.split is not None else [axis.cut.body for axis in self.found.axes]
        return [entry for entry in entries if isinstance(entry, Mapping)]

    @property
    def lists(self) -> list[str]:
        """The names of the lists that it is cut from."""
        return [str(entry["list"]) for entry in self.axes if "list" in entry]

    def copy(self) -> Draft:
        """Return a draft that may be changed without this one."""
        return replace(
            self,
            tree=copy.deepcopy(self.tree),
            variables=dict(self.variables),
            rescues=[rescue.copy() for rescue in self.rescues],
            overrides=list(self.overrides),
            allow=dict(self.allow),
        )
