"""What files on disk tell the catalog, by the tables of the groups that were sent."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from cmcompile.batch.table import Job
from cmcompile.catalog.errors import CatalogError
from cmcompile.catalog.filled import declared
from cmcompile.catalog.sent_jobs import SentJobs
from cmcompile.model.catalog import Output

_CHUNK = 1 << 20
#: A file may be seen to be a little older than the claim of what made it: clocks of file servers differ.
_SKEW = 60.0
#: What is known of a job: it ended well; it did not; it never began; nothing can be known.
Known: TypeAlias = Literal["good", "bad", "idle", "unknown"]


@dataclass(slots=True)
class Scan:
    """What a scan came to.

    Attributes
    ----------
    expected
        How many outputs the tables name.
    absent
        How many of them were not seen; that says nothing of where else they may be, and removes nothing.
    empty
        Files without a byte: they are not taken for outputs.
    failed
        Files of jobs that are known not to have ended well: they are not taken for outputs either.
    unread
        Files and directories that could not be looked at, each with why.
    """

    expected: int = 0
    found: list[Output] = field(default_factory=list)
    absent: int = 0
    empty: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Maker:
    sent: SentJobs
    job: Job
    name: str


def scan(
    sent: Sequence[SentJobs],
    directories: Sequence[Path] = (),
    *,
    known: Callable[[SentJobs, int], Known] = lambda _sent, _job: "unknown",
    checksum: str = "",
) -> Scan:
    """Look for the outputs that tables name.

    Parameters
    ----------
    sent
        All workflows that may have made them.
    directories
        Where files are looked for; each is gone through once. Without any each output is looked for where its
        table says that it is.
    known
        Tells what is known of a job of a workflow.
    checksum
        The kind of checksum that is worked out, as `hashlib` names it; empty: none.

    Raises
    ------
    CatalogError
        When a directory can't be looked at, or there is no such kind of checksum.
    """
    # Some kinds give as many bytes as one asks for, and so none by themselves.
    if checksum and (
        checksum not in hashlib.algorithms_guaranteed
        or not hashlib.new(checksum, usedforsecurity=False).digest_size
    ):
        raise CatalogError(f"there is no checksum {checksum!r}; there are sha256, md5 and others")
    makers = _makers(sent)
    result = Scan(expected=len(makers))
    places = _declared(makers) if not directories else _walked(makers, directories, result)
    seen: set[str] = set()
    for path, identity in places:
        if _look(path, makers[identity], known, checksum, result):
            seen.add(identity)
    result.absent = len(makers) - len(seen)
    return result


def _makers(sent: Iterable[SentJobs]) -> dict[str, list[_Maker]]:
    """Return who may have made each output, newest workflow first, by its path."""
    found: dict[str, list[_Maker]] = {}
    for one in sorted(sent, key=lambda s: (s.since, s.workflow), reverse=True):
        for job in one.table.jobs:
            for name in () if job.number in one.skipped else job.outputs:
                # One that stands below the directory of its job is another file in each workflow.
                found.setdefault(str(one.path(job, name)), []).append(_Maker(one, job, name))
    return found


def _declared(makers: Iterable[str]) -> Iterator[tuple[Path, str]]:
    for identity in makers:
        yield Path(identity), identity


def _walked(
    makers: Mapping[str, Sequence[_Maker]], directories: Sequence[Path], result: Scan
) -> Iterator[tuple[Path, str]]:
    """Yield the files below directories that tables name: by their path, or by what follows the directory."""
    by_name: dict[str, list[str]] = {}
    for identity, some in makers.items():
        for key in {some[0].name.lstrip("/"), some[0].name.rpartition("/")[2]}:
            by_name.setdefault(key, []).append(identity)
    for directory in directories:
        root = directory.absolute()
        if not root.is_dir():
            raise CatalogError(f"{directory} is no directory")
        for folder, _, names in os.walk(root, onerror=lambda e: result.unread.append(str(e))):
            for name in names:
                path = Path(folder, name)
                meant = _meant(path, root, makers, by_name)
                if meant is not None:
                    yield path, meant


def _meant(
    path: Path, root: Path, makers: Mapping[str, Sequence[_Maker]], by_name: Mapping[str, Sequence[str]]
) -> str | None:
    """Return which output a file is; None: none, or several could be meant."""
    if str(path) in makers:
        return str(path)
    for key in (str(path.relative_to(root)), path.name):
        some = by_name.get(key, ())
        if len(some) == 1:
            return some[0]
    return None


def _look(
    path: Path,
    makers: Sequence[_Maker],
    known: Callable[[SentJobs, int], Known],
    checksum: str,
    result: Scan,
) -> bool:
    """Look at a file, and return whether there is one."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        result.unread.append(f"{path}: {error.strerror}")
        return False
    is_file = stat.S_ISREG(status.st_mode)
    if is_file and not status.st_size:
        result.empty.append(str(path))
        return True
    if not is_file and not stat.S_ISDIR(status.st_mode):
        result.unread.append(f"{path}: it is no plain file")
        return True
    maker = _maker(makers, status.st_mtime, known)
    if known(maker.sent, maker.job.number) == "bad":
        result.failed.append(str(path))
        return True
    output = declared(maker.sent, maker.job, maker.name, str(path), status.st_mtime)
    output = replace(output, size=status.st_size if is_file else None, source="scan")
    if checksum and is_file:
        try:
            output = replace(output, checksum=f"{checksum}:{_digest(path, checksum)}")
        except OSError as error:
            result.unread.append(f"{path}: {error.strerror}")
            return True
    result.found.append(output)
    return True


def _maker(makers: Sequence[_Maker], at: float, known: Callable[[SentJobs, int], Known]) -> _Maker:
    """Return the newest that can have made a file: it was sent before, and its job began, if one did."""
    before = [m for m in makers if m.sent.since <= at + _SKEW] or [makers[-1]]
    return next((m for m in before if known(m.sent, m.job.number) != "idle"), before[0])


def _digest(path: Path, kind: str) -> str:
    digest = hashlib.new(kind, usedforsecurity=False)
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            digest.update(data)
    return digest.hexdigest()
