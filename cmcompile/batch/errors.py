"""What is raised where a file of a batch step can't be read."""

from __future__ import annotations

from cmcompile.model.errors import CmcompileError


class BatchFileError(CmcompileError):
    """A file of a batch step is not as it was written.

    Attributes
    ----------
    line
        Where, counted from 1; 0 where it is the file as a whole.
    """

    def __init__(self, kind: str, line: int, detail: str) -> None:
        at = f", line {line}" if line else ""
        super().__init__(f"{kind}{at}: {detail}")
        self.line = line
        self.detail = detail
