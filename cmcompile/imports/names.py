"""Names of others as names of ours."""

from __future__ import annotations

import re

_NO_STEP = re.compile(r"[^A-Za-z0-9_-]+")
_NO_CAMPAIGN = re.compile(r"[^A-Za-z0-9_.-]+")
_TICKET = re.compile(r"[A-Z][A-Z0-9]*-\d+\Z")


def step_name(text: str) -> str:
    """Return a name of a step: it begins with a letter, and has letters, digits, ``_`` and ``-``."""
    name = _NO_STEP.sub("-", text).strip("-") or "step"
    return name if name[0].isalpha() else f"step-{name}"


def campaign_name(text: str) -> str:
    """Return a name of a campaign."""
    name = _NO_CAMPAIGN.sub("-", text).strip("-.") or "imported"
    return name[:60]


def is_ticket(text: object) -> bool:
    """Tell whether a text is a ticket such as ``DM-50001``."""
    return isinstance(text, str) and _TICKET.match(text) is not None


def var_name(text: str) -> str:
    """Return a name of a var."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_") or "value"
    return name if not name[0].isdigit() else f"v_{name}"
