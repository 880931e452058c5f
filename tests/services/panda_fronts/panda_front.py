"""panda-server, behind what stands before it elsewhere: Apache with mod_ssl and mod_gridsite.

It runs in the environment of the servers, as `panda_servers` starts it.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable
from typing import Any

#: Who asks, whoever that is, and in which role.
OPERATOR, ROLE = "/CN=Test Operator", "VOMS /wlcg/Role=production"
_served = importlib.import_module("pandaserver.server.panda").application


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request as coming from an operator."""
    identity = {"SSL_CLIENT_S_DN": OPERATOR, "GRST_CRED_AUTH_TOKEN_0": ROLE}
    answer: Iterable[bytes] = _served(
        {**environ, **identity, "SCRIPT_NAME": environ["PATH_INFO"], "HTTPS": "on"}, start_response
    )
    return answer
