"""Codes CM160-CM162: policies about failures."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

CATCH_ALL = Code("CM160", Severity.ERROR, "a rule of a policy that would match what nobody knows")
BAD_RULE = Code("CM161", Severity.ERROR, "a rule of a policy that can't be used")
HIDDEN = Code("CM162", Severity.WARNING, "a rule of a policy that never counts")
