"""The repository's files, and what they hold as strict YAML."""

from __future__ import annotations

from hashlib import sha256

from cmcompile.model.diagnostic import Findings
from cmcompile.model.ports import Sources, files_below
from cmcompile.model.source import Node
from cmcompile.spec.yaml import read


class RepositoryDocuments:
    """Files of one state of the repository; implements ``Documents``.

    Attributes
    ----------
    digests
        The sha256 of every file read so far, by path.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self.digests: dict[str, str] = {}

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            When it can't be read.
        """
        data = self._sources.read(path)
        if path not in self.digests:
            self.digests[path] = sha256(data).hexdigest()
        return data

    def exists(self, path: str) -> bool:
        """Tell whether ``path`` is a file inside the repository."""
        return self._sources.exists(path)

    def below(self, path: str) -> tuple[str, ...]:
        """Return the paths of all files below a folder, relative to it, sorted.

        Raises
        ------
        SourceError
            When they can't be told.
        """
        return files_below(self._sources, path)

    def document(self, path: str, findings: Findings) -> Node | None:
        """Return what a YAML file holds; None when it can't be used.

        Raises
        ------
        SourceError
            When it can't be read.
        """
        return read(path, self.read(path), findings)
