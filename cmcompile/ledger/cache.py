"""What was folded of a ledger, kept beside the clone so that only new events are read and folded again.

The file is a speed-up and never a source: when it is absent, damaged, someone else's, or made by other code,
everything is read from the branch. See ``docs/adr/0010-races-and-cache.md``.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cmcompile import model
from cmcompile.ledger.packing import column_of, layout
from cmcompile.ledger.safe_file import read_own, replace
from cmcompile.model.collector import paused_collector
from cmcompile.model.event import Unreadable
from cmcompile.model.ports import Folding
from cmcompile.model.states import GroupRecord, StepRecord
from cmcompile.version import VERSION

_MAGIC = b"cmcompile view"


@dataclass(frozen=True, slots=True)
class Part:
    """What the files of one shard say: of its groups with their workflows, or of a step.

    Attributes
    ----------
    key
        ``<step>/<shard>`` for groups, ``<step>`` for the step as such.
    trees
        The ids of the trees that were read; while they are the same, so is all the rest.
    faults
        Files below the trees that could not be read.
    """

    key: str
    trees: tuple[str, ...]
    groups: tuple[GroupRecord, ...] = ()
    steps: tuple[StepRecord, ...] = ()
    faults: tuple[Unreadable, ...] = ()


class Cache(Protocol):
    """A place where parts are kept from one process to the next."""

    def load(self, key: str) -> Mapping[str, Part]:
        """Return parts kept under a key, by their own keys; nothing where there is nothing sound."""

    def store(self, key: str, parts: Mapping[str, Part]) -> None:
        """Keep parts under a key instead of all that was kept; does nothing where that can't be done."""


class FileCache:
    """Parts in one file.

    The first line holds the key and a digest of the rest, so that a damaged file is never believed. A file
    that another user owns or may write is not read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, key: str) -> Mapping[str, Part]:
        """Return the parts of the file when it is whole, ours, and of this key."""
        try:
            data = read_own(self._path)
        except OSError:
            return {}
        first, _, rest = data.partition(b"\n")
        if first != _first_line(key, rest):
            return {}
        with paused_collector():
            try:
                count, packed = json.loads(rest)
                parts = column_of(Part).unpack(packed, count)
            except (ValueError, TypeError, LookupError, RecursionError):
                return {}
            return {part.key: part for part in parts}

    def store(self, key: str, parts: Mapping[str, Part]) -> None:
        """Write the file in one step; a reader finds the former or the new one."""
        values = list(parts.values())
        packed = [len(values), column_of(Part).pack(values)]
        rest = json.dumps(packed, separators=(",", ":")).encode("ascii")
        try:
            replace(self._path, _first_line(key, rest) + b"\n" + rest, durable=False)
        except OSError:
            return


def key_of(folding: Folding) -> str:
    """Return a key that differs when the code that reads or folds events differs.

    It is a digest of that code itself, so nobody has to remember to raise a number.
    """
    digest = sha256(f"{VERSION}\n{layout(Part)}\n".encode())
    for module in (model.__name__, __name__, type(folding).__module__):
        digest.update(f"{module}\n".encode())
        for path in _sources(module):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources(module: str) -> list[Path]:
    """Return the files beside a module; none where it has no file, as in an archive."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return sorted(Path(file).parent.rglob("*.py")) if file else []


def _first_line(key: str, rest: bytes) -> bytes:
    return b" ".join((_MAGIC, key.encode(), sha256(rest).hexdigest().encode()))
