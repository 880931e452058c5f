"""Codes CM260-CM268: steps with ``engine: batch`` and the jobs of their groups."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

LACKING = Code("CM260", Severity.ERROR, "a batch step that does not say all that its jobs need")
BAD_OPTION = Code("CM261", Severity.ERROR, "an option that a batch system can't be given")
UNSAFE = Code("CM262", Severity.ERROR, "a text that would break a job table or a command")
OUTPUT_TWICE = Code("CM263", Severity.ERROR, "two jobs that write one output")
NO_JOBS = Code("CM264", Severity.ERROR, "a group of a batch step without jobs")
UNKNOWN_COLUMN = Code("CM265", Severity.ERROR, "a column that jobs can't be made from")
BAD_RESOURCE = Code("CM266", Severity.ERROR, "a resource that can't be asked for")
OTHER_ENGINE = Code("CM267", Severity.ERROR, "a key of another engine than that of the step")
TOO_MANY_JOBS = Code("CM268", Severity.ERROR, "more jobs than a group can have")
