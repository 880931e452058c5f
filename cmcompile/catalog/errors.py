"""What is raised where a catalog can't be used."""

from __future__ import annotations

from cmcompile.model.errors import CmcompileError


class CatalogError(CmcompileError):
    """A catalog can't be opened, read or written: nothing is known of the outputs."""
