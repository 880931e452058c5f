"""Sizes and durations as a spec writes them."""

from __future__ import annotations

import re

_SIZE = re.compile(r"([0-9]+(?:[.][0-9]+)?) ?(MB|GB|TB)\Z")
_DURATION = re.compile(r"([1-9][0-9]{0,8})([mhd])\Z")
_MB = {"MB": 1, "GB": 1024, "TB": 1024 * 1024}
_SECONDS = {"m": 60, "h": 3600, "d": 86400}
#: More of anything than this is taken for a slip of the pen.
_MOST_MB = 1024**3
_MOST_CORES = 100_000
_MOST_SECONDS = 366 * 86400


def megabytes(value: object) -> int | None:
    """Return a size in MB, rounded up; None where it is no size that can be asked for."""
    found = _SIZE.match(value) if isinstance(value, str) else None
    if found is not None:
        size = float(found[1]) * _MB[found[2]]
        whole = int(size) + (size > int(size)) if size <= _MOST_MB else 0
    else:
        whole = _whole(value)
    return whole if 0 < whole <= _MOST_MB else None


def seconds(value: object) -> int | None:
    """Return a duration in seconds; None where it is none that can be asked for."""
    found = _DURATION.match(value) if isinstance(value, str) else None
    whole = int(found[1]) * _SECONDS[found[2]] if found else 0
    return whole if 0 < whole <= _MOST_SECONDS else None


def cores(value: object) -> int | None:
    """Return a number of cores; None where it is none that can be asked for."""
    whole = _whole(value)
    return whole if 0 < whole <= _MOST_CORES else None


def _whole(value: object) -> int:
    if type(value) is int:
        return value
    return int(value) if isinstance(value, str) and re.fullmatch("[1-9][0-9]{0,9}", value) else 0
