"""What is refused on purpose: exit code 4."""

from __future__ import annotations

from cmcompile.model.errors import CmcompileError


class PolicyError(CmcompileError):
    """Something may not be done as it stands; the message says what to do, and nothing was done."""
