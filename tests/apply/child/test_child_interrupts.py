"""Signals that ask to stop are counted, and given back."""

from __future__ import annotations

import os
import select
import signal
from types import FrameType

import pytest

from cmcompile.apply.child.interrupts import SignalInterrupts


def press(number: signal.Signals = signal.SIGINT) -> None:
    signal.raise_signal(number)


def readable(interrupts: SignalInterrupts) -> bool:
    return bool(select.select([interrupts], [], [], 0)[0])


def test_each_interrupt_counts_and_wakes() -> None:
    with SignalInterrupts() as interrupts:
        assert interrupts.asked == 0
        assert not readable(interrupts)
        interrupts.woken()
        for asked in (1, 2, 2):
            press()
            assert interrupts.asked == asked
            assert readable(interrupts)
            interrupts.woken()
            assert not readable(interrupts)


def test_sigterm_is_as_the_first() -> None:
    with SignalInterrupts() as interrupts:
        press(signal.SIGTERM)
        press(signal.SIGTERM)
        assert interrupts.asked == 1
        press()
        assert interrupts.asked == 2
        press(signal.SIGTERM)
        assert interrupts.asked == 2


def test_handlers_and_descriptors_are_given_back() -> None:
    seen = []

    def mine(number: int, frame: FrameType | None) -> None:
        seen.append(number)

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    descriptors = set(os.listdir("/proc/self/fd"))  # noqa: PTH208
    signal.signal(signal.SIGTERM, mine)
    try:
        with pytest.raises(ZeroDivisionError), SignalInterrupts():  # noqa: PT012
            press(signal.SIGTERM)
            raise ZeroDivisionError
        assert seen == []
        press(signal.SIGTERM)
        assert seen == [signal.SIGTERM]
    finally:
        signal.signal(signal.SIGTERM, before[signal.SIGTERM])
    assert signal.getsignal(signal.SIGINT) is before[signal.SIGINT]
    assert signal.set_wakeup_fd(-1) == -1
    assert set(os.listdir("/proc/self/fd")) == descriptors  # noqa: PTH208
    with pytest.raises(KeyboardInterrupt):
        press()


def test_one_within_another() -> None:
    with SignalInterrupts() as outer:
        with SignalInterrupts() as inner:
            press()
        press()
        assert (outer.asked, inner.asked) == (1, 1)
        assert readable(outer)
