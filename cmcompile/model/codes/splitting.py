"""Codes CM038-CM049: cuts, groups, coverage."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity  # noqa: F401
