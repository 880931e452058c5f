"""Codes CM070-CM079: output files and includes."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity  # noqa: F401
