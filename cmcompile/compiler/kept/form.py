"""What is kept of a compilation, so that the next one need not do all of it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from cmcompile.compiler.step import MadeGroups
from cmcompile.model.diagnostic import Diagnostic
from cmcompile.model.group import CompiledGroup, Group, Part, SentGroup, SentGroups
from cmcompile.model.ids import Id

#: Ranges of a list that give the ids of a part and no others; none: the ids are given one by one.
Ranges: TypeAlias = tuple[tuple[Id, Id], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of a group's file.

    Attributes
    ----------
    shape
        The key of its shape.
    clauses
        A key of the clauses of its predicate.
    """

    shape: str
    path: str
    digest: str
    output: str
    release: str | None
    includes: tuple[str, ...]
    clauses: str
    site: str | None
    environment: str | None

    def compiled(self, group: Group) -> CompiledGroup:
        """Return the group as it was compiled, without its bytes and its predicate."""
        return CompiledGroup(
            group,
            self.path,
            b"",
            self.includes,
            self.digest,
            self.output,
            self.release,
            "",
            (),
            self.site,
            self.environment,
        )


@dataclass(frozen=True, slots=True)
class KeptStep:
    """What is kept of a step.

    Attributes
    ----------
    key
        Of all that its groups are made from, but for what was sent.
    settled
        Whether its groups are those that come out when nothing was sent, so that they stay the same when any
        of them is sent as it is.
    findings
        Of making its groups.
    rows
        Of its files, by the group; none where no files were written.
    sent
        The definition digest of each group that was sent; empty where it can't be compared. All were sent
        with just the parts and exclusions that they have here.
    made_by
        The version that compiled a sent group, where it emits other bytes than this one.
    ranges
        Of parts that come from a list, by the identity of the part.
    """

    key: str
    settled: bool
    findings: tuple[Diagnostic, ...]
    groups: MadeGroups
    sent: Mapping[str, str]
    made_by: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, Row] = field(default_factory=dict)
    ranges: Mapping[int, tuple[Part, Ranges]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of a compilation, or of an expansion.

    Attributes
    ----------
    lists
        The key and the columns of each list that was read without findings.
    inputs
        Digests of the files that the spec was read from.
    shards
        The ids of the trees of each part of the ledger.
    about_sent
        What was found when the sent groups were read from the ledger.
    written
        What was found when files were written and looked at; None where none were.
    includes
        Source and digest of each include file, by its path in the output.
    """

    lists: Mapping[str, tuple[str, tuple[str, ...]]]
    inputs: Mapping[str, str]
    shards: Mapping[str, tuple[str, ...]]
    about_sent: tuple[Diagnostic, ...]
    steps: Mapping[str, KeptStep]
    written: tuple[Diagnostic, ...] | None = None
    includes: Mapping[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Former:
    """What may be used of a former compilation, and how far.

    Attributes
    ----------
    steps
        Those whose sent groups are still as it has them.
    lists
        The key of each list as it is now.
    same
        Whether all files of the spec are as they were, so that findings stand where they stood.
    sent
        The definition digest of each group that is sent now, by step and group.
    """

    steps: Mapping[str, KeptStep]
    lists: Mapping[str, str]
    same: bool
    sent: Mapping[tuple[str, str], str]
    written: tuple[Diagnostic, ...] | None
    includes: Mapping[str, tuple[str, str]]

    def sent_groups(self) -> SentGroups:
        """Return the groups that are sent now, with the parts and exclusions that they have."""
        found = {
            (name, group.id): SentGroup(
                name,
                group.id,
                {part.axis: (part.key, part.ids) for part in group.parts},
                group.excluded,
                step.sent[group.id],
                {part.axis: part.source for part in group.parts},
            )
            for name, step in self.steps.items()
            for groups in (step.groups.first, *step.groups.rescues)
            for group in groups
            if group.id in step.sent
        }
        return SentGroups(dict(sorted(found.items())))
