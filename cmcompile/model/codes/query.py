"""Codes CM121-CM123: the data query of a step (rule 21)."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

QUERY_INVALID = Code("CM121", Severity.ERROR, "data query that the Butler rejects")
QUERY_UNCONSTRAINED = Code("CM122", Severity.ERROR, "data query without instrument or skymap")
QUERY_QUOTE = Code("CM123", Severity.WARNING, "double quote inside a data query")
