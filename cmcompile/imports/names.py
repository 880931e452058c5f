"""Names of others as names of ours."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cmcompile.imports.foreign import ForeignError
from cmcompile.spec.references import BUILT_IN

_NO_STEP = re.compile(r"[^A-Za-z0-9_-]+")
_NO_CAMPAIGN = re.compile(r"[^A-Za-z0-9_.-]+")
_TICKET = re.compile(r"[A-Z][A-Z0-9]*-\d+\Z")


def step_name(text: str) -> str:
    """Return a name of a step: it begins with a letter, and has letters, digits, ``_`` and ``-``."""
    name = _NO_STEP.sub("-", text).strip("-") or "step"
    return name if name[0].isalpha() else f"step-{name}"


def step_names(names: Iterable[str]) -> dict[str, str]:
    """Return the names of steps by those of others.

    Raises
    ------
    ForeignError
        When two of them would be the same: one would be lost.
    """
    found: dict[str, str] = {}
    for name in names:
        step = step_name(name)
        if step in found.values():
            raise ForeignError(f"{name or 'one without a name'}: two would be step {step}: rename one")
        found[name] = step
    return found


def campaign_name(text: str) -> str:
    """Return a name of a campaign."""
    name = _NO_CAMPAIGN.sub("-", text).strip("-.") or "imported"
    return name[:60]


def is_ticket(text: object) -> bool:
    """Tell whether a text is a ticket such as ``DM-50001``."""
    return isinstance(text, str) and _TICKET.match(text) is not None


def var_name(text: str) -> str:
    """Return a name of a var; one that has a meaning of its own here begins with ``v_``."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "v"
    return f"v_{name}" if name[0].isdigit() or name in BUILT_IN else name
