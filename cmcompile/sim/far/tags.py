"""Which datasets of a simulated repository a query means: a small part of what a Butler understands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

#: A dataset: its run, its type, and its data id as ``detector=1, exposure=2``.
Dataset: TypeAlias = tuple[str, str, str]

_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_TERM = re.compile(r"\(*\s*([\w.]+)\s*(?:=\s*(\S+?)|in\s*\((.*?)\))\s*\)*", re.IGNORECASE)


def fits(where: str, data_id: str) -> bool:
    """Tell whether a data id fits a query of ``name = value`` and ``name in (a, b)``, joined by ``and``.

    Raises
    ------
    ValueError
        When the query is something else, or uses a name that the data id does not have.
    """
    names = dict(part.split("=", 1) for part in data_id.split(", "))
    terms = _AND.split(where.strip()) if where.strip() else []
    return {_holds(term, names) for term in terms} <= {True}


def _holds(term: str, names: Mapping[str, str]) -> bool:
    found = _TERM.fullmatch(term.strip())
    if found is None:
        raise ValueError(f"the query can't be read at {term!r}")
    name, one, several = found.groups()
    if name not in names:
        raise ValueError(f"{name} is no dimension of these datasets")
    values = [one] if one is not None else several.split(",")
    return names[name] in {value.strip().strip("'") for value in values}
