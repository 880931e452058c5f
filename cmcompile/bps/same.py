"""Whether two submit files are the same for BPS: their own values, and what they include.

BPS merges the files that ``includeConfigs`` names, in order, below the file that names them (`BpsConfig` of
lsst-ctrl-bps). Two files with equal values of their own, which include equal contents in the same order, are
equal merged, also where a file that can't be read here is among them: there the names must be equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

from cmcompile.bps.document import INCLUDE_KEY

#: Returns what a file includes: the path of the file that names it and the name as written give the path
#: and the content of the file; None for one that can't be read here.
Opened: TypeAlias = Callable[[str, str], "tuple[str, object] | None"]


class Comparison:
    """Compares submit files of two trees; each pair of files that they include is looked at once.

    Parameters
    ----------
    open_one, open_other
        How each tree opens what its files include.
    """

    def __init__(self, open_one: Opened, open_other: Opened) -> None:
        self._open_one = open_one
        self._open_other = open_other
        self._known: dict[tuple[str, str], tuple[str, ...]] = {}

    def differences(self, one: tuple[str, object], other: tuple[str, object]) -> Iterator[str]:
        """Yield the keys in which two files differ for BPS; none where they are the same.

        Parameters
        ----------
        one, other
            The path of a file, and what it holds.
        """
        (path, left), (other_path, right) = one, other
        # An empty file is an empty mapping for BPS.
        left, right = {} if left is None else left, {} if right is None else right
        yield from self._values((path, left), (other_path, right), "")

    def _values(self, one: tuple[str, object], other: tuple[str, object], at: str) -> Iterator[str]:
        (path, left), (other_path, right) = one, other
        if not isinstance(left, Mapping) or not isinstance(right, Mapping):
            if not equal(left, right):
                yield at or "."
            return
        for key in sorted({*left, *right}):
            here = f"{at}.{key}" if at else str(key)
            if key == INCLUDE_KEY:
                mine, theirs = _names(left.get(key)), _names(right.get(key))
                if len(mine) != len(theirs):
                    yield here
                    continue
                for name, other_name in zip(mine, theirs, strict=True):
                    yield from self._included((path, name), (other_path, other_name), here)
            elif key not in left or key not in right:
                yield here
            else:
                yield from self._values((path, left[key]), (other_path, right[key]), here)

    def _included(self, one: tuple[str, object], other: tuple[str, object], at: str) -> Iterator[str]:
        (path, name), (other_path, other_name) = one, other
        found = self._open_one(path, str(name))
        theirs = self._open_other(other_path, str(other_name))
        if found is None or theirs is None:
            if found is not theirs or name != other_name:
                yield f"{at}: {name}"
            return
        pair = found[0], theirs[0]
        if pair not in self._known:
            self._known[pair] = (".",)  # until it is known: a file that includes itself has no end
            self._known[pair] = tuple(self.differences(found, theirs))
        yield from (f"{at}: {name}: {key}" for key in self._known[pair])


def _names(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def equal(one: object, other: object) -> bool:
    """Tell whether two values are equal, their types too: `1`, `1.0`, `true` and `"1"` all differ."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other or (one != one and other != other)
