"""What the pure rooms ask of the outside world."""

from __future__ import annotations

from typing import Protocol

from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import Node


class Sources(Protocol):
    """The files of one state of the repository: a working tree, or a git revision.

    Paths are relative to the root of the repository, with ``/``. An implementation answers the same
    for the same path as long as it lives.
    """

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            When there is no such file, or it is outside the repository, or it can't be read.
        """

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file inside the repository."""


class Documents(Sources, Protocol):
    """Files that can also be read as strict YAML."""

    def document(self, path: str, findings: Findings) -> Node | None:
        """Return what a YAML file holds; None when it can't be used, and findings say why.

        Raises
        ------
        SourceError
            As ``read``.
        """
