"""Codes CM101-CM149: the BPS configuration (CM1nn is rule nn)."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity  # noqa: F401
