"""What an update of a stored answer changes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListUpdate:
    """One stored file, and what the Butler says now.

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
