"""What events say of collections that cmcompile makes: chained ones, and tagged ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chaining:
    """A chained collection is to be made: the intent.

    Attributes
    ----------
    runs
        The digest of the runs, in order.
    """

    collection: str
    runs: str


@dataclass(frozen=True, slots=True)
class Chained:
    """A chained collection holds exactly these groups' runs, in order.

    Attributes
    ----------
    groups
        ``<group>@<workflow>``.
    """

    collection: str
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tagging:
    """A tagged collection is to be made: the intent.

    Attributes
    ----------
    declaration
        The digest of what the spec declares (`cmcompile.model.tagged.TaggedInput.digest`).
    """

    collection: str
    declaration: str


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tagged collection holds exactly the datasets that its declaration chose.

    Attributes
    ----------
    declaration
        The digest of what it was made as.
    count, datasets
        How many datasets it holds, and the digest of their sorted ids.
    """

    collection: str
    declaration: str
    count: int
    datasets: str
