"""Replies of a monitor that are kept for a short time, so that no other process asks for them again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cmcompile.engine.record import written
from cmcompile.observe.panda.budget import held

#: Seconds after which a file that nobody asked for again is removed.
_FORGOTTEN = 3600.0


class Replies:
    """The replies of one host, each a file with the moment at which it was asked for.

    Parameters
    ----------
    place
        The directory of the host.
    age
        Seconds; one that is older is asked for again. 0: all are.
    """

    def __init__(self, place: Path, age: float, clock: Callable[[], float] = time.time) -> None:
        self._place = place / "replies"
        self._age = age
        self._clock = clock

    @contextmanager
    def turn(self, url: str, seconds: float) -> Iterator[None]:
        """Let one process ask for a URL; who waited finds what the other one was told.

        Raises
        ------
        OSError
            When it is not ours within some seconds.
        """
        self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
        with held(self._path(url).with_suffix(".lock"), seconds):
            yield

    def kept(self, url: str) -> object | None:
        """Return a reply that is not too old; None: there is none."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            found = json.loads(self._path(url).read_bytes())
            if found["url"] == url and 0 <= self._clock() - float(found["at"]) < self._age:
                reply: object = found["reply"]
                return reply
        return None

    def keep(self, url: str, asked: float, reply: object) -> None:
        """Keep a reply, and forget old ones; where it can't be written, it is asked for again.

        Parameters
        ----------
        asked
            When the request was made, in seconds since 1970: what was so then is told.
        """
        if self._age <= 0:
            return
        with contextlib.suppress(OSError):
            written(self._path(url), json.dumps({"url": url, "at": asked, "reply": reply}).encode())
            self._forget()

    def _path(self, url: str) -> Path:
        return self._place / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"

    def _forget(self) -> None:
        with os.scandir(self._place) as entries:
            old = [e for e in entries if e.stat().st_mtime < time.time() - max(_FORGOTTEN, 2 * self._age)]
        for entry in old:
            Path(entry.path).unlink(missing_ok=True)
