"""Codes CM020-CM029: names, references, substitution."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

UNKNOWN_REFERENCE = Code("CM020", Severity.ERROR, "a name that nothing defines")
UNKNOWN_NAME = Code("CM021", Severity.ERROR, "`${{ }}` uses a name that is not there")
NAME_CYCLE = Code("CM022", Severity.ERROR, "names that need each other")
BAD_EXPRESSION = Code("CM023", Severity.ERROR, "`${{ }}` that can't be read")
VAR_CLASH = Code("CM024", Severity.ERROR, "a var with the name of an axis or a built-in")
BAD_PARAM = Code("CM025", Severity.ERROR, "a param that is not set, or set wrongly")
STATIC_PLACE = Code("CM026", Severity.ERROR, "`${{ }}` where structure must be static")
CANNOT_APPEND = Code("CM027", Severity.ERROR, "`key+` on a value that can't be appended to")
NO_BECAUSE = Code("CM028", Severity.NOTE, "an override or a rescue that does not say why")
UNUSED = Code("CM029", Severity.NOTE, "something defined that nothing uses")
