"""Codes CM001-CM019: files and YAML."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity  # noqa: F401
