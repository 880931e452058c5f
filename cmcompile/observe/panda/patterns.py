"""How names are asked for in iDDS, which has no other way than the patterns of a database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

#: Anything else could mean something in a URL, or in a pattern: ``%`` and ``\\`` do.
_PLAIN = re.compile(r"[^A-Za-z0-9._+:@=,-]")
#: Prefixes that share so much of the shortest of them are asked for at once: more is shown than is asked for,
#: and left out again.
_SHARED = 2 / 3


def patterns(prefixes: Sequence[str]) -> Iterator[str]:
    """Return patterns that together fit all names that begin with one of some prefixes, and more.

    ``*`` stands for anything and ``_`` for one character: what is no plain character becomes one. The names
    that come back are to be compared with the prefixes.

    Raises
    ------
    ValueError
        When a prefix is empty: that would ask for the runs of everybody.
    """
    if not all(prefixes):
        raise ValueError("the runs of everybody are not asked for")
    group: list[str] = []
    for prefix in sorted(dict.fromkeys(prefixes)):
        if group and len(_common(group[0], prefix)) < _SHARED * min(map(len, (*group, prefix))):
            yield _pattern(group)
            group = []
        group.append(prefix)
    if group:
        yield _pattern(group)


def _pattern(group: Sequence[str]) -> str:
    # They are sorted: what the first and the last share is shared by all.
    return f"{_PLAIN.sub('_', _common(group[0], group[-1]))}*"


def _common(one: str, other: str) -> str:
    pairs = enumerate(zip(one, other, strict=False))
    return one[: next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))]
