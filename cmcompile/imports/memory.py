"""Files that are not written yet, as the loader of specs reads them."""

from __future__ import annotations

from collections.abc import Mapping

from cmcompile.model.errors import SourceError


class MemoryFiles:
    """Files by path; implements ``Sources``."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def read(self, path: str) -> bytes:
        """Return the bytes of a file.

        Raises
        ------
        SourceError
            When there is no such file.
        """
        if path not in self._files:
            raise SourceError(path, "absent", "does not exist")
        return self._files[path]

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file."""
        return path in self._files
