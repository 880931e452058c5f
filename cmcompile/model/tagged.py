"""Tagged inputs: TAGGED collections that are made of chosen datasets, before a group reads them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from cmcompile.model.source import Span


@dataclass(frozen=True)
class TaggedInput:
    """A tagged input as the spec declares it, with all names filled in.

    Attributes
    ----------
    name
        The TAGGED collection.
    sources
        The collections that datasets are chosen from; of a dataset that several hold, the first counts.
    datasets
        The types of the datasets.
    where
        The query that chooses them; empty: all are taken.
    step
        The step that declares it; None where it is the campaign, or several steps.
    after
        Steps that write or collect one of its sources: all of their groups are to be accepted first.
    span
        Where it is declared.
    """

    name: str
    sources: tuple[str, ...]
    datasets: tuple[str, ...]
    where: str = ""
    step: str | None = None
    after: tuple[str, ...] = ()
    span: Span | None = field(default=None, compare=False)

    @cached_property
    def digest(self) -> str:
        """The sha256 of what is chosen, as canonical JSON; where it is declared has no part in it."""
        told = [self.name, list(self.sources), sorted(self.datasets), self.where]
        return sha256(json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class TaggedInputs:
    """All tagged inputs of a campaign, and who reads them.

    Attributes
    ----------
    declared
        By name.
    readers
        By step and group: the names of those that it reads.
    """

    declared: Mapping[str, TaggedInput] = field(default_factory=dict)
    readers: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)


NO_TAGS = TaggedInputs()


@dataclass(frozen=True, slots=True)
class TagContent:
    """What a tagged collection holds.

    Attributes
    ----------
    count
        The number of datasets.
    digest
        The sha256 of their ids, sorted, with line feeds between.
    """

    count: int
    digest: str


def content_of(ids: frozenset[str]) -> TagContent:
    """Return what stands in the ledger for the datasets with some ids."""
    return TagContent(len(ids), sha256("\n".join(sorted(ids)).encode()).hexdigest())
