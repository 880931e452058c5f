"""The ends of logs that a monitor links to: fetched from few hosts only, within bytes and seconds."""

from __future__ import annotations

import os
import time
from typing import Any
from urllib.parse import SplitResult, urlsplit

from cmcompile.model.wms import NoAnswer
from cmcompile.observe.panda.http import TOKEN, headers_for
from cmcompile.version import VERSION
from cmcompile.web.exchange import is_safe

#: Bytes of a log that are kept at most: its last ones.
TAIL = 32 * 1024
#: Of a server that gives all of a log whatever it is asked for, so many bytes are read at most.
_READ = 8 << 20
#: Seconds to connect, and for all of a log.
_CONNECT, _WHOLE = 5.0, 10.0
_PIECE = 1 << 16
_PORTS = {"http": ":80", "https": ":443"}


class LogTails:
    """Fetches logs from the host of a monitor, and from others that are named.

    Parameters
    ----------
    address
        Of the monitor: only there its token is shown.
    hosts
        Others, as ``host`` or ``host:port``.
    """

    def __init__(self, address: str, hosts: frozenset[str] = frozenset()) -> None:
        self._own = urlsplit(address)
        self._hosts = frozenset(host.lower() for host in hosts)

    def is_own(self, link: str) -> bool:
        """Tell whether a link leads to the monitor itself, which counts requests."""
        return _origin(urlsplit(link)) == _origin(self._own)

    def tail(self, link: str) -> str | NoAnswer:
        """Return the last lines of a log, at most `TAIL` bytes of it; half a line is left out."""
        import requests

        try:
            parts = urlsplit(link)
            if not self._is_allowed(parts):
                return NoAnswer(f"logs of {parts.hostname or 'no host'} are not asked for")
            return self._read(link)
        except (requests.RequestException, OSError, ValueError) as error:
            # Its words may hold the address, and that a right to read it.
            return NoAnswer(f"the log can't be fetched: {type(error).__name__}")

    def _is_allowed(self, parts: SplitResult) -> bool:
        if parts.scheme not in ("http", "https") or "@" in parts.netloc or not parts.hostname:
            return False
        host = parts.netloc.lower().removesuffix(_PORTS[parts.scheme])
        return _origin(parts) == _origin(self._own) or host in self._hosts

    def _read(self, link: str) -> str | NoAnswer:
        import requests

        session = requests.Session()
        # Without one, `requests` takes what a file of the user has for the host.
        session.auth = _as_is
        said = {"User-Agent": f"cmcompile/{VERSION}", "Accept": "text/plain, */*;q=0.5"}
        said |= {"Range": f"bytes=-{TAIL}", "Accept-Encoding": "identity", **self._token(link)}
        until, whole, data = time.monotonic() + _WHOLE, 0, b""
        with (
            session,
            session.get(
                link, headers=said, timeout=(_CONNECT, _WHOLE), stream=True, allow_redirects=False
            ) as answer,
        ):
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if answer.status_code not in (200, 206) or kind in ("text/html", "application/json"):
                return NoAnswer(f"the log can't be fetched: {answer.status_code} ({kind or 'of no type'})")
            part = answer.status_code == 206
            for piece in answer.iter_content(_PIECE):
                whole += len(piece)
                data = (data + piece)[-TAIL:]
                if time.monotonic() > until or whole > _READ:
                    return NoAnswer(f"the log does not end within {_WHOLE:g} s, or {_READ} bytes")
        if b"\0" in data:
            return NoAnswer("the log is no text")
        if whole > TAIL or (part and whole == TAIL):
            data = data.partition(b"\n")[2]
        return data.decode("utf-8", "replace")

    def _token(self, link: str) -> dict[str, str]:
        token = os.environ.get(TOKEN, "")
        shown = token and self.is_own(link) and is_safe(link)
        return {k: v for k, v in headers_for(token).items() if k == "Authorization"} if shown else {}


def _origin(parts: SplitResult) -> tuple[str, str]:
    return parts.scheme, parts.netloc.lower().removesuffix(_PORTS.get(parts.scheme, ":0"))


def _as_is(request: Any) -> Any:
    return request
