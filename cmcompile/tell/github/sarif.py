"""Findings for GitHub's code scanning."""

from __future__ import annotations

import base64
import gzip
from datetime import datetime

from cmcompile.tell.api import Api
from cmcompile.tell.errors import GoneError, NotAllowedError, RefusedError

#: GitHub takes no more bytes of it, packed (docs.github.com, "SARIF support": 10 MB).
MOST = 10 * 1000 * 1000


def upload(api: Api, repos: str, commit: str, ref: str, document: bytes, now: datetime) -> str:
    """Hand in a document; to hand in the same again replaces it.

    Returns
    -------
    str
        Why GitHub takes none: code scanning is off, or the token may not; or empty.
    """
    packed = gzip.compress(document, mtime=0)
    if len(packed) > MOST:
        raise RefusedError(f"the findings have {len(packed):,} bytes, packed, and GitHub takes {MOST:,}")
    body = {
        "commit_sha": commit,
        "ref": ref,
        "sarif": base64.b64encode(packed).decode(),
        "tool_name": "cmcompile",
        "started_at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
    }
    try:
        api.repeat(f"{repos}/code-scanning/sarifs", body)
    except (NotAllowedError, GoneError) as error:
        return str(error)
    return ""
