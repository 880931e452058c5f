"""What runs left below the area: in their submit directories, and in the index of all of them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cmcompile.batch.document import Document, read_document
from cmcompile.batch.run_files import (
    CANCEL,
    DOCUMENT,
    GIVEN,
    INDEX,
    NUMBERS,
    SEEN,
    SIGNALS,
    SKIPPED,
    TAKEN,
    Given,
    Seen,
    index_name,
    indexed,
    is_id,
    read_given,
    read_seen,
    read_skipped,
    read_taken,
    seen_bytes,
)
from cmcompile.batch.table import Table, read_table
from cmcompile.model.body import WmsRef


class Place:
    """The submit directory of one run; what is read is read once.

    Each method, and each attribute, raises `OSError` where a file can't be read, and
    `cmcompile.batch.errors.BatchFileError` where it is not as it was written.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    @cached_property
    def given(self) -> Given:
        """What was asked."""
        return read_given((self.directory / GIVEN).read_bytes())

    @cached_property
    def document(self) -> Document:
        """The document."""
        return read_document((self.directory / DOCUMENT).read_bytes())

    @cached_property
    def table(self) -> Table:
        """The job table."""
        return read_table((self.directory / self.document.table).read_bytes())

    @cached_property
    def skipped(self) -> dict[int, str]:
        """Jobs that were left out, with why."""
        return read_skipped((self.directory / SKIPPED).read_bytes())

    @cached_property
    def numbers(self) -> frozenset[int]:
        """The jobs that were given to the batch system."""
        return frozenset(map(int, (self.directory / NUMBERS).read_bytes().split()))

    @cached_property
    def cancelled(self) -> bool:
        """Whether cmcompile asked for its end."""
        return (self.directory / CANCEL).exists()

    def ids(self) -> tuple[str, ...]:
        """Return the ids that it got, as far as is known."""
        try:
            return read_taken((self.directory / TAKEN).read_bytes())
        except FileNotFoundError:
            return ()

    def has_signals(self) -> bool:
        """Tell whether any of its jobs ever said something."""
        try:
            with os.scandir(self.directory / SIGNALS) as found:
                return any(entry.name.endswith(".json") for entry in found)
        except FileNotFoundError:
            return False

    def seen(self, run_id: str) -> dict[int, Seen]:
        """Return what the batch system said of ended jobs of a run; the last word counts."""
        try:
            data = (self.directory / SEEN).read_bytes()
        except FileNotFoundError:
            return {}
        return {one.job: one for one in read_seen(data) if one.run_id == run_id}

    # What is written here is only what was said: it may be lost, and written twice.

    def keep_id(self, run_id: str) -> None:
        """Keep that the run has an id."""
        if is_id(run_id):
            self._add(TAKEN, f"{run_id}\n".encode())

    def keep_seen(self, seen: Iterable[Seen]) -> None:
        """Keep what the batch system says of jobs that have ended."""
        self._add(SEEN, seen_bytes(seen))

    def keep_cancel(self) -> None:
        """Keep that cmcompile asks for its end."""
        self._add(CANCEL, b"")

    def _add(self, name: str, data: bytes) -> None:
        handle = os.open(self.directory / name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            os.write(handle, data)
        finally:
            os.close(handle)


@dataclass(frozen=True, slots=True)
class Places:
    """All runs of batch steps that were ever prepared below an area."""

    area: Path

    def named(self, where: WmsRef, prefixes: tuple[str, ...]) -> Iterator[tuple[str, Place]]:
        """Yield the runs of a batch system whose names begin with one of some prefixes."""
        for name in self._names():
            if name.startswith(prefixes) and (found := self._of(name, where)) is not None:
                yield name, found

    def called(self, where: WmsRef, names: Collection[str]) -> Iterator[tuple[str, Place]]:
        """Yield the runs of a batch system that have some names."""
        for name in self._names() if names else ():
            if name in names and (found := self._of(name, where)) is not None:
                yield name, found

    def by_id(self, where: WmsRef, run_ids: frozenset[str]) -> Iterator[tuple[str, Place]]:
        """Yield the runs of a batch system that have one of some ids.

        Cost: each run that was ever prepared is asked for its id.
        """
        for name in self._names():
            found = self._of(name, where)
            if found is not None and run_ids.intersection(found.ids()):
                yield name, found

    def of_run(self, output_run: str) -> Place | None:
        """Return the submit directory of an output run; None: it is none of a batch step."""
        place = Place(self.area / "submit" / output_run)
        return place if (place.directory / GIVEN).is_file() else None

    def _names(self) -> list[str]:
        try:
            return sorted(map(indexed, os.listdir(self.area / INDEX)))  # noqa: PTH208
        except FileNotFoundError:
            return []

    def _of(self, name: str, where: WmsRef) -> Place | None:
        """Return where a run stands; None: it is of another system, or was not prepared to its end."""
        data = (self.area / INDEX / index_name(name)).read_bytes()
        if not data.endswith(b"\n"):
            return None  # its writer ended first: nothing was submitted
        given = read_given(data)
        if (given.service, given.where, given.run) != (where.service, where.where, name):
            return None
        return Place(self.area / given.path)
