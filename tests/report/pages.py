"""Snapshots as files that are read by eye, and what must hold of every page."""

from __future__ import annotations

import unicodedata

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from cmcompile.report.terminal import width


class Page(SingleFileSnapshotExtension):
    """A text file per snapshot."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def controls(text: str) -> set[str]:
    """Return what could move a cursor or turn the direction of text."""
    return {c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")}


def too_wide(text: str, columns: int) -> list[str]:
    """Return the lines that are wider, but for those that a person copies: commands and collections."""
    kept = ("cmcompile ", "u/ann/", "/scratch/", "u_ann_", "lsst.ctrl", "campaigns/")
    return [x for x in text.splitlines() if width(x) > columns and not any(k in x for k in kept)]
