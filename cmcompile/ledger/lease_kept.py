"""Renewing a lease while a pass goes on: preparing a submission may take an hour."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cmcompile.ledger.lease import CampaignLease

#: For a renewal that is at work when the pass ends.
_GRACE = 10.0


@contextmanager
def kept(lease: CampaignLease) -> Iterator[None]:
    """Renew a lease that is held, in a thread, until the pass is over."""
    if not lease.held:
        yield
        return
    over = threading.Event()

    def beat() -> None:
        while not over.wait(lease.every):
            lease.renew()

    thread = threading.Thread(target=beat, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(_GRACE)
