"""What an update of stored answers changes, and what it leaves as it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListUpdate:
    """One stored file, and what its source says now.

    Attributes
    ----------
    name
        Of the list; ``overlaps visit-tract`` for an overlap.
    path
        Of the file, relative to the root of the repository.
    rows
        How many there are now.
    came, went
        The rows that are new, and those that are there no more, as text.
    before, after
        The bytes of the file; no ``before``: there is none yet.
    """

    name: str
    path: str
    rows: int
    came: tuple[str, ...]
    went: tuple[str, ...]
    before: bytes | None
    after: bytes

    @property
    def changes(self) -> bool:
        """Whether the file would be another one."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Left:
    """A stored file that stays as it is, though it was asked for.

    Attributes
    ----------
    known
        Whether it is known that asking again does not help; False: there was no answer.
    shrinks
        Whether the answer lacks rows that are stored.
    """

    name: str
    why: str
    known: bool = False
    shrinks: bool = False

    def __str__(self) -> str:
        return f"{self.name} stays as it is: {self.why}"


@dataclass(frozen=True, slots=True)
class Updates:
    """What came of asking for several files."""

    updates: tuple[ListUpdate, ...]
    left: tuple[Left, ...] = ()
