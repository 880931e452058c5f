"""What a lease says, as the bytes of its file."""

from __future__ import annotations

import json
from dataclasses import asdict

from cmcompile.model.body import Process
from cmcompile.model.lease import Lease

#: Its name in the commit that the ref names.
FILE = "lease.json"
#: Nobody may hold one for longer; a larger number was not written by us.
LONGEST = 30 * 86400


def lease_bytes(lease: Lease) -> bytes:
    """Return the file of a lease."""
    return (json.dumps({"format": 1, **asdict(lease)}, sort_keys=True, indent=2) + "\n").encode()


def read_lease(data: bytes) -> Lease | None:
    """Return the lease that a file holds; None: it holds none that can be read."""
    try:
        found = json.loads(data)
        process = Process(**found["process"])
        texts = (process.host, process.boot_id, process.started, found["by"], found["at"])
        whole = (process.pid, found["seconds"])
        is_sound = all(isinstance(t, str) for t in texts) and all(type(n) is int for n in whole)
        if not is_sound or not 0 < found["seconds"] <= LONGEST:
            return None
        return Lease(process, found["by"], found["at"], found["seconds"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return None
