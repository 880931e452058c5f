"""Batch systems, asked by their own commands, and what their jobs left behind (docs/batch.md)."""
