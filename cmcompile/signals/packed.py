"""The signals of a spool, folded, and kept in one file, so that a pass reads only what is new.

The spool is the truth: without the kept file, or where it does not fit, all is read again to the same end.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from cmcompile.model.signal import JobSignals, SignalCounts, Signalled, Stored, Unread
from cmcompile.signals.fold import counts_of, job_of, signalled_of
from cmcompile.signals.kept import Kept, Line, line_of, open_kept, write_kept
from cmcompile.signals.slots import Slots
from cmcompile.signals.spool import names_of, read_signal

_ENDING = ".signals"
#: A directory that changed less than so many seconds ago may change again and show the same time: clocks of
#: file servers are coarse, and not ours.
_SETTLED = 60.0
#: After so many seconds a kept file that was not used is removed: 30 days.
_UNUSED = 30 * 86400.0


class Packed:
    """The folded signals of one spool, as they are now.

    Parameters
    ----------
    spool
        The directory of the signals; one that is not there is empty.
    cache
        The directory of kept files; None: nothing is kept beyond this process.

    Raises
    ------
    SpoolError
        When the spool can't be read.
    """

    def __init__(self, spool: Path, cache: Path | None = None) -> None:
        path = None if cache is None else cache / _name_of(spool)
        mark = _mark(spool)
        old = None if path is None else open_kept(path)
        if old is not None and mark is not None and old.head.mark == mark:
            self._kept = old
            _use(path)
            return
        try:
            self._kept = _written(spool, path, mark, old)
        finally:
            if old is not None:
                old.close()

    def __enter__(self) -> Packed:
        return self

    def __exit__(self, *_: object) -> None:
        self._kept.close()

    @property
    def unread(self) -> tuple[Unread, ...]:
        """Files of the spool that hold no signal that can be used."""
        return self._kept.head.unread

    def jobs(self) -> Iterator[JobSignals]:
        """Yield what is known of each job, by its number; one is in memory at a time."""
        for line in self._kept.lines():
            yield job_of(line.job, line.slots())

    def signalled(self) -> Signalled:
        """Return what all jobs said, counted, as it is recorded."""
        return signalled_of(self.jobs(), len(self.unread))

    def counts(self) -> SignalCounts:
        """Count the jobs by what their signals say."""
        return counts_of(self.jobs(), len(self.unread))


def jobs_of(spool: Path, cache: Path | None = None) -> dict[int, JobSignals]:
    """Return what is known of the jobs of a spool by their numbers; see `Packed`.

    Raises
    ------
    SpoolError
        When the spool can't be read.
    """
    with Packed(spool, cache) as packed:
        return {job.job: job for job in packed.jobs()}


def prune(cache: Path) -> None:
    """Remove kept files that nobody has used for long; nothing is lost by it."""
    with suppress(OSError):
        for path in cache.iterdir():
            if time.time() - path.stat().st_mtime > _UNUSED:
                path.unlink(missing_ok=True)


def _name_of(spool: Path) -> str:
    return hashlib.sha256(os.fsencode(spool.absolute())).hexdigest()[:32] + _ENDING


def _use(path: Path | None) -> None:
    """Note that a kept file is still of use."""
    if path is not None:
        with suppress(OSError):
            os.utime(path)


def _mark(spool: Path) -> tuple[int, ...] | None:
    """Return what differs after each change of a directory; None: it is not there, or can't be seen."""
    try:
        seen = spool.stat()
    except OSError:
        return None
    return seen.st_dev, seen.st_ino, seen.st_mtime_ns


def _settled(mark: tuple[int, ...] | None) -> tuple[int, ...] | None:
    return mark if mark is not None and time.time() - mark[2] / 1e9 > _SETTLED else None


def _written(spool: Path, path: Path | None, mark: tuple[int, ...] | None, old: Kept | None) -> Kept:
    unread: list[Unread] = []
    try:
        return write_kept(path, _merged(spool, old, unread), _settled(mark), unread)
    except OSError:
        if path is None:
            raise
    # What can't be kept is only slow: a full disk of the clone stops no pass.
    unread.clear()
    return write_kept(None, _merged(spool, old, unread), None, unread)


def _merged(spool: Path, old: Kept | None, unread: list[Unread]) -> Iterator[Line]:
    """Yield a line for each job of a spool, by number; what is new or no longer there was read."""
    # What stands before the first hyphen of such a name is a number.
    names = sorted((int(name.partition("-")[0]), name) for name in names_of(spool))
    before = iter(()) if old is None else old.lines()
    known = next(before, None)
    for job, found in groupby(names, key=lambda pair: pair[0]):
        while known is not None and known.job < job:
            known = next(before, None)
        same = known if known is not None and known.job == job else None
        line = _line(spool, job, [name for _, name in found], same, unread)
        if line is not None:
            yield line


def _line(spool: Path, job: int, names: list[str], old: Line | None, unread: list[Unread]) -> Line | None:
    told = set(() if old is None else old.names)
    if old is not None and len(told) == len(names) and told.issuperset(names):
        return old
    # What was told and is no longer there counts no more: the job is folded again from what is.
    slots = old.slots() if old is not None and told.issubset(names) else Slots()
    known = told if told.issubset(names) else set()
    read = list(known)
    for name in names:
        found = None if name in known else read_signal(spool, name)
        if isinstance(found, Stored):
            slots.add(found)
            read.append(name)
        elif isinstance(found, Unread):
            unread.append(found)
    return line_of(job, tuple(sorted(read)), slots) if read else None
