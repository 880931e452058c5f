"""Codes CM155-CM157: tagged inputs."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

TAGGED_TWICE = Code("CM155", Severity.ERROR, "one tagged input that is declared in two ways")
TAGGED_WRITTEN = Code("CM156", Severity.ERROR, "a tagged input that the campaign itself writes or collects")
TAGGED_BADLY = Code("CM157", Severity.ERROR, "a tagged input that can't be made")
