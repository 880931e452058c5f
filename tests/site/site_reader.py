"""Reads a site as its pages do: scripts that hand over JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any

from cmcompile.site.shards import mixed

_NUMBER = re.compile(r"-?[0-9]+")
_SCRIPT = re.compile(rb"cmData\((\"[^\"]*\"),'((?:[^'\\]|\\.)*)'\)\n\Z", re.DOTALL)


def read(files: Mapping[str, bytes], path: str) -> Any:
    """Return what a script hands over."""
    found = _SCRIPT.match(files[path])
    assert found is not None, path
    assert json.loads(found[1]) == path
    return json.loads(re.sub(r"\\(.)", r"\1", found[2].decode("ascii")))


def rows(files: Mapping[str, bytes], campaign: Any, step: str) -> list[dict[str, Any]]:
    """Return the groups of a step, unfolded."""
    about = next(s for s in campaign["steps"] if s["name"] == step)["groups"]
    found = []
    for path in about["rows"]:
        data = read(files, path)
        coded = {k for k, v in data.items() if len(v) == 2 and isinstance(v[1], list)}
        found += [
            {k: v[0][v[1][at]] if k in coded else v[at] for k, v in data.items()}
            for at in range(len(data["id"]))
        ]
    return found


def detail(files: Mapping[str, bytes], campaign: Any, step: str, group: str) -> Any:
    """Return what is told of a group; the file is found from its id alone."""
    about = next(s for s in campaign["steps"] if s["name"] == step)["groups"]
    some = read(files, f"{about['details']}{mixed(group) & (about['files'] - 1)}.js")
    return next(told for id_, told in some if id_ == group)


def holding(files: Mapping[str, bytes], campaign: Any, dimension: str, wanted: str) -> set[tuple[int, int]]:
    """Return the places of the groups that hold an id, as a person types it, by the index."""
    paths = [
        path
        for index in campaign["ids"]
        if index["name"] == dimension
        for path, first, last in index["files"]
        if (
            _NUMBER.fullmatch(wanted) and first <= int(wanted) <= last
            if isinstance(first, int)
            else first <= wanted <= last
        )
    ]
    return {place for path in paths for place in _held(read(files, path), wanted)}


def _held(data: Any, wanted: str) -> Iterator[tuple[int, int]]:
    ids = data["ids"]
    if isinstance(ids[0], int):
        ids = list(map(str, accumulate(ids)))
    places = [place for n, place in data["runs"] for _ in range(n)]
    for id_, place in zip(ids, places, strict=True):
        if id_ == wanted:
            yield from map(tuple, data["groups"][place])
