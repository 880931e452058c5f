"""What a policy says of failures: which rule matches each, and what becomes of the group; pure."""

from __future__ import annotations

from cmcompile.state.policy.matching import matching, ruled
from cmcompile.state.policy.verdict import PolicyVerdict, Spent, evaluate

__all__ = ["PolicyVerdict", "Spent", "evaluate", "matching", "ruled"]
