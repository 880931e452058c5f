"""Which JSON Schemas there are."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

#: What a schema describes: the file ``schemas/<kind>-v1.schema.json``.
SchemaKind: TypeAlias = Literal[
    "campaign",
    "library",
    "decisions",
    "durations",
    "policy",
    "samples",
    "failures",
    "manifest",
    "diagnostics",
    "event",
    "signal",
    "plan",
    "apply",
    "status",
    "forecast",
    "doctor",
    "stats",
    "lists",
    "alerts",
    "told",
    "changes",
    "advice",
    "approval",
    "review",
    "view",
    "catalog",
    "compare",
    "production",
    "import",
]

KINDS: tuple[SchemaKind, ...] = get_args(SchemaKind)
