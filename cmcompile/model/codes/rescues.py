"""Codes CM050-CM059: rescues and what they cover."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity  # noqa: F401
