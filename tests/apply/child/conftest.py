"""What the tests of children share: a guard against waiting for ever; failures of shared parts are shown."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from types import FrameType

import pytest

pytest.register_assert_rewrite("contract", "process_bench")

GUARD = 120


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    """Fail a test that waits for what does not come."""

    def late(number: int, frame: FrameType | None) -> None:
        pytest.fail(f"nothing came for {GUARD} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(GUARD)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
