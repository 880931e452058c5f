"""Python's cyclic garbage collector, paused while many values are made that all stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """Pause the collector, which would look through millions of living values again and again.

    Reading a list of 400,000 ids takes half the time without it. Nothing is leaked: values without circles
    are freed as ever, the others when the collector goes on.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
