"""Codes CM050-CM059: rescues and what they cover."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

CARRY_UNCLEAR = Code("CM050", Severity.ERROR, "an override that holds for some of the groups a rescue covers")
BAD_RESCUE = Code("CM051", Severity.ERROR, "a rescue that makes no group or contradicts itself")
RELEASE_DIFFERS = Code("CM052", Severity.WARNING, "a rescue with another release than the groups it covers")
RECOVERY_IDLE = Code("CM053", Severity.WARNING, "a recovery that never has anything to do")
