"""The exceptions of cmcompile: raised only where work can't go on; findings are values.

``CmcompileError`` is the base; ``SourceError`` says that a file can't be read, ``InputError`` carries the
findings that say why an input can't be used.
"""

from __future__ import annotations

from cmcompile.model.diagnostic import Diagnostic


class CmcompileError(Exception):
    """Base of every error that cmcompile raises on purpose."""


class SourceError(CmcompileError):
    """A file is absent, outside the repository, or can't be read.

    Attributes
    ----------
    reason
        ``absent``, ``outside`` or ``unreadable``.
    """

    def __init__(self, path: str, reason: str, detail: str) -> None:
        super().__init__(f"{path}: {detail}")
        self.path = path
        self.reason = reason
        self.detail = detail


class InputError(CmcompileError):
    """The input can't be used; the findings say why."""

    def __init__(self, findings: tuple[Diagnostic, ...]) -> None:
        super().__init__("; ".join(f.message for f in findings))
        self.findings = findings
