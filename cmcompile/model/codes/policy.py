"""Codes CM160-CM164: policies about failures, and about what must be approved."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

CATCH_ALL = Code("CM160", Severity.ERROR, "a rule of a policy that would match what nobody knows")
BAD_RULE = Code("CM161", Severity.ERROR, "a rule of a policy that can't be used")
HIDDEN = Code("CM162", Severity.WARNING, "a rule of a policy that never counts")
BAD_REVIEW = Code("CM163", Severity.ERROR, "a `review` that asks for nothing, or for less above a cost")
IDLE_REVIEW = Code("CM164", Severity.WARNING, "a key of a `review` that changes nothing")
