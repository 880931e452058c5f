"""Whether two submit files are the same for BPS: their own values, and what they include.

BPS merges the files that ``includeConfigs`` names, in order, below the file that names them (`BpsConfig` of
lsst-ctrl-bps). Two files with equal values of their own, which include equal contents in the same order, are
equal merged, also where a file that can't be read here is among them: there the names must be equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

KEY = "includeConfigs"
#: Returns what a file includes: the name as written and the path of the file that names it give the path
#: and the content of the file; None for one that can't be read here.
Opened: TypeAlias = Callable[[str, str], "tuple[str, object] | None"]
_DEEPEST = 60


def differences(
    one: tuple[str, object], other: tuple[str, object], open_one: Opened, open_other: Opened
) -> Iterator[str]:
    """Yield the keys in which two files differ for BPS; none where they are the same.

    Parameters
    ----------
    one, other
        The path of a file, and what it holds.
    """
    yield from _compared(one, other, open_one, open_other, "", 0)


def _compared(
    one: tuple[str, object],
    other: tuple[str, object],
    open_one: Opened,
    open_other: Opened,
    at: str,
    deep: int,
) -> Iterator[str]:
    (path, left), (other_path, right) = one, other
    # An empty file is an empty mapping for BPS.
    left, right = ({} if left is None and not at else left), ({} if right is None and not at else right)
    if not isinstance(left, Mapping) or not isinstance(right, Mapping):
        if not equal(left, right):
            yield at or "."
        return
    for key in sorted({*left, *right}):
        here = f"{at}.{key}" if at else str(key)
        if key == KEY:
            yield from _includes(
                _names(left.get(key)),
                _names(right.get(key)),
                path,
                other_path,
                open_one,
                open_other,
                here,
                deep,
            )
        elif key not in left or key not in right:
            yield here
        else:
            inner = (path, left[key]), (other_path, right[key])
            yield from _compared(*inner, open_one, open_other, here, deep)


def _includes(
    left: list[object],
    right: list[object],
    path: str,
    other_path: str,
    open_one: Opened,
    open_other: Opened,
    at: str,
    deep: int,
) -> Iterator[str]:
    if len(left) != len(right) or deep > _DEEPEST:
        yield at
        return
    for name, other_name in zip(left, right, strict=True):
        found = open_one(path, str(name))
        other = open_other(other_path, str(other_name))
        if found is None or other is None:
            if found is not other or name != other_name:
                yield f"{at}: {name}"
            continue
        inner = list(_compared(found, other, open_one, open_other, "", deep + 1))
        yield from (f"{at}: {name}: {key}" for key in inner)


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
