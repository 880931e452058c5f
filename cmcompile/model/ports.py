"""What the pure rooms ask of the outside world."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol, runtime_checkable

from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import SourceError
from cmcompile.model.event import Event, Unreadable
from cmcompile.model.source import Node
from cmcompile.model.states import GroupRecord, LedgerState, StepRecord


class Sources(Protocol):
    """The files of one state of the repository: a working tree, or a git revision.

    Paths are relative to the root of the repository, with ``/``. An implementation answers the same
    for the same path as long as it lives.
    """

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            When there is no such file, or it is outside the repository, or it can't be read.
        """

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file inside the repository."""


@runtime_checkable
class Folders(Protocol):
    """``Sources`` that can tell the files of a folder."""

    def below(self, path: str) -> tuple[str, ...]:
        """Return the paths of all files below a folder, relative to it, sorted.

        Raises
        ------
        SourceError
            When there is no such folder, or it is outside the repository, or it can't be listed.
        """


def files_below(sources: Sources, path: str) -> tuple[str, ...]:
    """Return the files below a folder, as `Folders.below`; an error where the sources can't tell them."""
    if isinstance(sources, Folders):
        return sources.below(path)
    raise SourceError(path, "unreadable", "is a folder, and its files can't be told here")


class Documents(Sources, Protocol):
    """Files that can also be read as strict YAML."""

    def document(self, path: str, findings: Findings) -> Node | None:
        """Return what a YAML file holds; None when it can't be used, and findings say why.

        Raises
        ------
        SourceError
            As ``read``.
        """


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """Return the time, in UTC."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Folding(Protocol):
    """From events to states; the order of the events given does not matter."""

    def group(
        self, step: str, group: str, events: Iterable[Event], unreadable: Iterable[Unreadable]
    ) -> GroupRecord:
        """Fold the events of a group and of its workflows."""

    def step(self, step: str, events: Iterable[Event], unreadable: Iterable[Unreadable]) -> StepRecord:
        """Fold the events of a step as such."""

    def assemble(
        self, groups: Iterable[GroupRecord], steps: Iterable[StepRecord], faults: Iterable[Unreadable]
    ) -> LedgerState:
        """Put what was folded together."""
