"""Data as scripts: a page opened from a file may load no other file, but scripts."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TypeAlias

#: What JSON can hold.
Json: TypeAlias = object

#: So many groups are told in one file of rows.
ROWS = 2000
#: So many groups, in the mean, are told in one file of details; at most so many files are made for a step.
DETAILS, MOST_DETAILS = 48, 1024
_PLAIN = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}\Z")


def script(path: str, data: Json) -> bytes:
    """Return a script that hands data over under a path.

    It is JSON within a text, for `JSON.parse`: so ``__proto__`` is a name like any other, and nothing in it
    can be code. All bytes are ASCII.
    """
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"cmData({json.dumps(path)},'{quoted}')\n".encode("ascii")


def slug(name: str) -> str:
    """Return a name for a path: one that two different names never share, whatever the file system."""
    if _PLAIN.match(name):
        return name
    kept = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-")[:40]
    return f"{kept}~{mixed(name):08x}"


def mixed(name: str) -> int:
    """Return 32 bits of a name, which the pages work out too: FNV-1a of its UTF-8 bytes."""
    value = 0x811C9DC5
    for byte in name.encode("utf-8", "surrogatepass"):
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def detail_files(groups: int) -> int:
    """Return into how many files the details of so many groups go: a power of two."""
    files = 1
    while files * DETAILS < groups and files < MOST_DETAILS:
        files *= 2
    return files


def coded(values: Sequence[str]) -> list[Json]:
    """Return a column of texts as the texts that occur, and the place of each row's among them."""
    places: dict[str, int] = {}
    at = [places.setdefault(value, len(places)) for value in values]
    return [list(places), at]
