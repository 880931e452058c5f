"""Codes CM060-CM069: sent groups."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

SENT_CHANGED = Code("CM060", Severity.ERROR, "an edit that would alter a sent group")
SENT_GONE = Code("CM061", Severity.ERROR, "an edit that would remove a sent group")
RANGE_OVER_SENT = Code("CM062", Severity.ERROR, "a range over ids of a sent group")
EXCLUDED_AFTER_SENDING = Code("CM063", Severity.NOTE, "an exclusion that comes after its group was sent")
LEFT_OUT = Code("CM064", Severity.WARNING, "ids that are in no group since their group was sent")
