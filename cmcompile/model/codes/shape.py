"""Codes CM030-CM037: the shape of a spec (schema)."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

WRONG_TYPE = Code("CM030", Severity.ERROR, "value of the wrong kind")
UNKNOWN_KEY = Code("CM031", Severity.ERROR, "unknown key")
MISSING_KEY = Code("CM032", Severity.ERROR, "key missing")
NOT_ALLOWED = Code("CM033", Severity.ERROR, "value not among those allowed")
BAD_TEXT = Code("CM034", Severity.ERROR, "text does not look as it must")
OUT_OF_BOUNDS = Code("CM035", Severity.ERROR, "number or size out of bounds")
OTHER_VERSION = Code("CM036", Severity.ERROR, "version of the language not known")
TWICE = Code("CM037", Severity.ERROR, "item twice in a list")
