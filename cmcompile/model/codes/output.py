"""Codes CM070-CM079: output files and includes."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

BAD_PATH = Code("CM070", Severity.ERROR, "an output path that is not possible")
PATH_COLLISION = Code("CM071", Severity.ERROR, "two files for one path")
INCLUDE_ABSENT = Code("CM072", Severity.ERROR, "an include file that is not there")
INCLUDE_CONFLICT = Code("CM073", Severity.ERROR, "two contents for one include path")
INCLUDE_LOOP = Code("CM074", Severity.ERROR, "include files that include each other")
TWO_RELEASES = Code("CM075", Severity.WARNING, "two releases write one output")
STALE_FILE = Code("CM076", Severity.NOTE, "a file in the output that no group makes any more")
INCLUDE_OUTSIDE = Code("CM077", Severity.WARNING, "an include file outside the repository")
