"""Codes CM060-CM069: sent groups."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity  # noqa: F401
