"""The include files that an imported spec needs beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cmcompile.compiler.includes import KEY, is_elsewhere
from cmcompile.imports.foreign import documents


def relative_includes(spec: Mapping[str, Any]) -> list[str]:
    """Return the include files that a spec names by a path of its own, not one that only BPS can find."""
    return list(dict.fromkeys(name for name in _named(spec) if not is_elsewhere(name)))


def included(path: str, data: bytes) -> list[str]:
    """Return the files that an include file names itself, as paths from where it was looked for."""
    found, _ = documents(path, data)
    folder = path.rpartition("/")[0]
    names = (name for tree in found for name in _named(tree) if not is_elsewhere(name))
    return [f"{folder}/{name}" if folder else name for name in names]


def _named(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if str(key).rstrip("+") == KEY:
                yield from (str(v) for v in (value if isinstance(value, list) else [value]) if v is not None)
            else:
                yield from _named(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _named(value)
