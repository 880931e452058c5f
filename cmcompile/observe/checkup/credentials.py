"""When the credentials of an environment end: only times and places are told, never what they are.

The variables and files, in their order, are those of panda-client 2.2: ``Client.get_token_string``,
``Client._x509_proxy_path`` and ``openidc_utils``.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from cmcompile.observe.checkup.certificates import BadCertificateError, ends

#: What holds an id token, or names a file that does; the first that is set counts.
_FILE = "OIDC_AUTH_TOKEN_FILE"
_TOKENS = ("PANDA_AUTH_ID_TOKEN", _FILE, "OIDC_AUTH_ID_TOKEN")
#: The directory in which PanDA's client keeps what it was given at a login, and where that is not set.
_CONFIG, _USUAL, _LOGIN = "PANDA_CONFIG_ROOT", ".", ".token"
#: Without these its client asks servers that are not Rubin's.
_NEEDED = ("PANDA_URL", "PANDA_URL_SSL")
#: One of them is to be set for a login.
_VO = ("PANDA_AUTH_VO", "OIDC_AUTH_VO")
_PROXY = "X509_USER_PROXY"


def credentials(environ: Mapping[str, str]) -> Mapping[str, object]:
    """Return the credential that PanDA's client would use.

    Returns
    -------
    reply
        ``auth``: the kind that the environment asks for; ``lacking``: variables that PanDA needs; ``from``:
        the variable or the file; ``ends``: seconds since 1970; ``renews``: it is renewed without a person;
        ``fault``: why it can't be used; ``plain``: the server has no TLS, so no proxy is shown to it.
    """
    auth = environ.get("PANDA_AUTH", "")
    lacking = [name for name in _NEEDED if not environ.get(name)]
    if auth == "oidc" and not any(environ.get(name) for name in _VO):
        lacking.append(_VO[0])
    if auth != "oidc" and environ.get(_NEEDED[1], "").startswith("http://"):
        return {"auth": auth, "lacking": lacking, "plain": True}
    found = _token(environ) if auth == "oidc" else _proxy(environ)
    return {"auth": auth, "lacking": lacking, **found}


def _token(environ: Mapping[str, str]) -> Mapping[str, object]:
    for name in _TOKENS:
        if environ.get(name) and name == _FILE:
            return _of_file(Path(environ[name]), lambda text: _of_token(text.strip()))
        if environ.get(name):
            return {"from": f"${name}", **_of_token(environ[name])}
    login = Path(environ.get(_CONFIG) or _USUAL).expanduser() / _LOGIN
    return _of_file(login, _of_login)


def _of_login(text: str) -> Mapping[str, object]:
    try:
        held = json.loads(text)
        token, again = str(held["id_token"]), bool(held.get("refresh_token"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return {"fault": "it holds no id token"}
    return {**_of_token(token), "renews": again}


def _of_token(token: str) -> Mapping[str, object]:
    """Return when a token ends, by its own word; whether it is genuine is for the server to say."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        # Beyond what a time can be, it is none.
        return {"ends": datetime.fromtimestamp(float(claims["exp"]), UTC).timestamp()}
    except (IndexError, ValueError, TypeError, KeyError, OverflowError, OSError, binascii.Error):
        return {"fault": "it is no token that says when it ends"}


def _proxy(environ: Mapping[str, str]) -> Mapping[str, object]:
    named = environ.get(_PROXY) or f"/tmp/x509up_u{os.getuid()}"  # noqa: S108 - where grid tools write it
    return _of_file(Path(named).expanduser(), _of_proxy)


def _of_proxy(text: str) -> Mapping[str, object]:
    try:
        return {"ends": ends(text).timestamp()}
    except BadCertificateError as error:
        return {"fault": str(error)}


def _of_file(path: Path, read: Callable[[str], Mapping[str, object]]) -> Mapping[str, object]:
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        return {"from": str(path), "fault": error.strerror or "it can't be read"}
    return {"from": str(path), **read(text)}
