"""What can go wrong with telling. No text of these holds a token, or an address that is one."""

from __future__ import annotations

from cmcompile.model.errors import CmcompileError


class TellError(CmcompileError):
    """Something could not be told, and it is known that it was not."""


class NotAllowedError(TellError):
    """There is no token, or the server does not let it do this (exit 8)."""


class GoneError(TellError):
    """The server says that this is not there; GitHub says so too of what a token may not see."""


class RefusedError(TellError):
    """The server does not take what was sent."""


class SilentError(TellError):
    """The server gave no answer that can be used, and nothing was changed by asking."""


class LaterError(TellError):
    """The server wants to be left alone for longer than is waited."""


class UnknownError(TellError):
    """Something was sent, and nobody knows whether the server took it (exit 6)."""
