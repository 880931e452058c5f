"""A signal sent to a directory or an address, within a time; tried again where that helps."""

from __future__ import annotations

import time

from cmcompile.signals.bounded import Aside
from cmcompile.signals.write import put

#: The longest time between two tries, in seconds.
_PAUSE = 2.0
#: So much longer the sender is waited for, which ends by itself unless a file server hangs.
GRACE = 0.5


def send(to: str, name: str, data: bytes, token: str = "", seconds: float = 10.0) -> str:
    """Send a signal; return what went wrong, or nothing.

    Parameters
    ----------
    to
        A directory, or ``http://HOST:PORT``.
    seconds
        After so many at the latest it returns, even where a file server hangs.
    """
    aside = sending(to, name, data, token, seconds)
    if not aside.ended(seconds + GRACE):
        return late(seconds)
    return aside.said


def late(seconds: float) -> str:
    """Return what is said where nobody knows whether a signal arrived."""
    return f"nothing came back within {seconds:g} s; it may still arrive"


def sending(to: str, name: str, data: bytes, token: str = "", seconds: float = 10.0) -> Aside:
    """Send a signal beside this process; parameters as of `send`."""
    return Aside(lambda: _tried(to, name, data, token, time.monotonic() + seconds))


def _tried(to: str, name: str, data: bytes, token: str, until: float) -> str:
    pause = 0.1
    while True:
        why, again = _once(to, name, data, token, until)
        # The name is the same each time: a signal that had arrived after all counts once.
        if not why or not again or time.monotonic() + pause >= until:
            return why
        time.sleep(pause)
        pause = min(2 * pause, _PAUSE)


def _once(to: str, name: str, data: bytes, token: str, until: float) -> tuple[str, bool]:
    if "://" in to:
        from cmcompile.signals.post import PostError, post

        try:
            post(to, name, data, token, until)
        except PostError as error:
            # Without the address, which may hold what is secret.
            return str(error), error.again
        return "", False
    try:
        put(to, name, data)
    except OSError as error:
        # A directory that is not there may come back with its file server; one that is no directory stays so.
        return f"{to}: {error.strerror or error}", not isinstance(error, NotADirectoryError | PermissionError)
    return "", False
