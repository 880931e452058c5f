"""The digest of the files that BPS is handed: what a gate records of them, and what ``verify`` compares."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256


def as_run_digest(files: Mapping[str, bytes]) -> str:
    """Return the digest of as-run files.

    It is the sha256 of a JSON list without blanks, in UTF-8, of pairs of path and sha256 of the bytes, sorted
    by path: ``[["include/a.yaml","9f86…"],["submit.yaml","60303ae2…"]]``.

    Parameters
    ----------
    files
        Bytes by path, relative to the workflow's directory in the ledger; events are none of them.
    """
    pairs = [[path, sha256(files[path]).hexdigest()] for path in sorted(files)]
    text = json.dumps(pairs, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
