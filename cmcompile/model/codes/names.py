"""Codes CM020-CM029: names, references, substitution."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity  # noqa: F401
