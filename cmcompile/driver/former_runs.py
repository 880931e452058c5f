"""Which earlier runs had one of some jobs, without reading the tables of all of them each time.

A step may have thousands of runs, and each preparation asks. What a run had never changes, so its table is
read once, and digests of it are kept beside the index of all runs; without them they are made again.
"""

from __future__ import annotations

import contextlib
import json
import os
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from pathlib import Path

from cmcompile.batch.document import Document, read_document
from cmcompile.batch.errors import BatchFileError
from cmcompile.batch.run_files import DOCUMENT, INDEX, read_given
from cmcompile.batch.table import Table, read_table
from cmcompile.catalog.former import Former, read_former
from cmcompile.ledger.safe_file import replace

#: Below the area: what is kept of all runs.
KEPT = "submit/.cmcompile/had.bin"
_VERSION = 1
_CRC = 8


@dataclass(frozen=True, slots=True)
class _Had:
    """What one run had.

    Attributes
    ----------
    path
        Its submit directory, below the area.
    digests
        Of what its jobs are for, and of the names of their outputs.
    """

    path: str
    task: str
    digests: array[int]


def formers_of(table: Table, document: Document, area: Path, *, by_name: bool) -> Iterator[Former]:
    """Yield the earlier runs of a step that had one of some jobs, or made one of their outputs.

    Parameters
    ----------
    by_name
        Whether outputs with a relative name are meant too; those below the directory of another job are
        other files.
    """
    names = {name for job in table.jobs for name in job.outputs if by_name or name.startswith("/")}
    wanted = frozenset(_digests(table.by_data_id(), names))
    for had in _every(area):
        if had.task == document.task and not wanted.isdisjoint(had.digests):
            former = read_former(area / had.path)
            if former is not None:
                yield former


def _digests(jobs: Iterable[str], names: Iterable[str]) -> Iterator[int]:
    # A digest of two things costs a look at one more table.
    for text in (*(f"job {job}" for job in jobs), *(f"output {name}" for name in names)):
        yield int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _every(area: Path) -> list[_Had]:
    """Return all runs of the index, by its order."""
    try:
        names = sorted(os.listdir(area / INDEX))  # noqa: PTH208
    except FileNotFoundError:
        return []
    kept = _kept(area / KEPT)
    every = {name: kept.get(name) or _read(area, name) for name in names}
    found = {name: had for name, had in every.items() if had is not None}
    if found.keys() != kept.keys():
        with contextlib.suppress(OSError):  # then the tables are read again next time
            replace(area / KEPT, _bytes(found), durable=False)
    return list(found.values())


def _read(area: Path, name: str) -> _Had | None:
    """Read what a run had; None: nothing was submitted, or somebody removed it."""
    try:
        path = read_given((area / INDEX / name).read_bytes()).path
    except BatchFileError:
        return None  # it was being written when its writer ended
    try:
        document = read_document((area / path / DOCUMENT).read_bytes())
        table = read_table((area / path / document.table).read_bytes())
    except FileNotFoundError:
        return None
    outputs = {output for job in table.jobs for output in job.outputs}
    return _Had(path, document.task, array("Q", _digests(table.by_data_id(), outputs)))


def _bytes(found: Mapping[str, _Had]) -> bytes:
    rows = [[name, had.path, had.task, len(had.digests)] for name, had in found.items()]
    data = (
        json.dumps([_VERSION, rows]).encode() + b"\n" + b"".join(h.digests.tobytes() for h in found.values())
    )
    return b"%08x" % zlib.crc32(data) + data


def _kept(path: Path) -> Mapping[str, _Had]:
    """Return what is kept of runs, by their names in the index; nothing, where it is not whole."""
    try:
        data = path.read_bytes()
        if int(data[:_CRC], 16) != zlib.crc32(data[_CRC:]):
            return {}
        head, _, rest = data[_CRC:].partition(b"\n")
        version, rows = json.loads(head)
        if version != _VERSION:
            return {}
        digests = iter(array("Q", rest))
        return {
            name: _Had(where, task, array("Q", islice(digests, count))) for name, where, task, count in rows
        }
    except (OSError, ValueError, TypeError):
        return {}
