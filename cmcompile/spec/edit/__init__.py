"""Edits of YAML files that people wrote: every byte outside the edit stays (ADR 0012)."""
