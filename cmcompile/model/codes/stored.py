"""Codes CM150-CM154: answers of sources that are stored in files."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

STALE = Code("CM150", Severity.WARNING, "a stored answer to another query")
EDITED = Code("CM151", Severity.WARNING, "a stored answer that was changed by hand")
OVERLAP_UNKNOWN = Code("CM152", Severity.NOTE, "overlap on the sky that is not known")
