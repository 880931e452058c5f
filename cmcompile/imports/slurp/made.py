"""A campaign of rules while it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.imported import Note


@dataclass(frozen=True, slots=True)
class Request:
    """What is imported.

    Attributes
    ----------
    sources
        Files of rules by name.
    settings
        Values for names that the rules leave open, such as ``streamname``.
    payloads
        Files that may be payload, by their path.
    runs
        The runs to ask for; None for all.
    """

    name: str
    sources: Mapping[str, bytes]
    settings: Mapping[str, str] = field(default_factory=dict)
    payloads: Mapping[str, bytes] = field(default_factory=dict)
    runs: tuple[int, int] | None = None
    only: tuple[str, ...] = ()


@dataclass(slots=True)
class Made:
    """What is gathered on the way.

    Attributes
    ----------
    unknown
        Names that rules use and nothing defines.
    """

    notes: list[Note] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    samples: dict[str, bytes] = field(default_factory=dict)
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    steps: dict[str, dict[str, Any]] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
