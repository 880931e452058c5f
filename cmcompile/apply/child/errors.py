"""What can be wrong with a line of the pipe."""

from __future__ import annotations

from cmcompile.model.errors import CmcompileError


class MessageError(CmcompileError):
    """A line is no message that may be said here; the text says why."""
