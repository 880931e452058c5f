"""iDDS's REST service, behind what stands before it elsewhere: Apache with mod_ssl, which says who asks.

It runs in the environment of the servers, as `panda_servers` starts it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

#: panda-server's own name; `auth.cfg` lets it ask on behalf of others.
RELAY = "CN=panda-relay"
_PREFIX = "/idds"
_app = importlib.import_module("idds.rest.v1.app").create_app()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request as coming from panda-server."""
    path = environ["PATH_INFO"].removeprefix(_PREFIX)
    identity = {"SSL_CLIENT_S_DN": RELAY, "SSL_CLIENT_CERT": "none"}
    answer: Iterable[bytes] = _app(
        {**environ, **identity, "PATH_INFO": path, "SCRIPT_NAME": _PREFIX}, start_response
    )
    return answer
