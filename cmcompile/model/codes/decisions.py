"""Codes CM080-CM089: decisions."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

NOT_ONE_VERB = Code("CM080", Severity.ERROR, "an entry of decisions.yaml without exactly one verb")
BAD_TARGET = Code("CM081", Severity.ERROR, "a decision about something that its verb is not for")
UNKNOWN_TARGET = Code("CM082", Severity.ERROR, "a decision about something that is not there")
ILLEGAL = Code("CM083", Severity.ERROR, "a decision that the ledger forbids")
WRITTEN_TWICE = Code("CM084", Severity.WARNING, "the same decision written twice")
STRAY_KEY = Code("CM085", Severity.ERROR, "a key that belongs to another verb")
NOTHING_HELD = Code("CM086", Severity.WARNING, "a release of something that is not held")
