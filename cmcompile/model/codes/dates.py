"""Code CM165: what hangs on the day on which it is looked at."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

EXCLUDE_OVER = Code("CM165", Severity.WARNING, "an exclusion whose day is over")
