"""Codes CM030-CM037: the shape of a spec (schema)."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity  # noqa: F401
