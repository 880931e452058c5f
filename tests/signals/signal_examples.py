"""Signals for tests: some by hand, any by hypothesis."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from hypothesis import strategies as st

from cmcompile.model.signal import Signal, SignalKind, SignalOutput, Stored, Unread
from cmcompile.signals.codec import encode
from cmcompile.signals.spool import names_of, read_signal

RUN = "u/prod/DM-1/calo/g1/w00-0a1b2c"
AT = "2026-11-20T08:00:00Z"
K = SignalKind


def stored(
    kind: SignalKind,
    time: int,
    job: int = 1,
    *,
    exit_: int | None = None,
    attempt: int | None = 1,
    events: int | None = None,
    outputs: tuple[SignalOutput, ...] = (),
    message: str = "",
) -> Stored:
    """Return a signal with a time that orders it."""
    signal = Signal(RUN, job, kind, AT, exit_, events, outputs, message, "node1", attempt)
    return Stored(f"{job}-{time}-{kind.value.encode().hex()[:8]}.json", time, signal)


def write(spool: Path, *signals: Stored) -> None:
    """Put signals into a spool, which is made."""
    spool.mkdir(parents=True, exist_ok=True)
    for found in signals:
        (spool / found.name).write_bytes(encode(found.signal))


class Reading(NamedTuple):
    """What a spool holds: its signals in the order of time, and files that hold none."""

    signals: tuple[Stored, ...]
    unread: tuple[Unread, ...]


def read_spool(spool: Path) -> Reading:
    """Read all of a spool."""
    found = [read_signal(spool, name) for name in names_of(spool)]
    signals = sorted((s for s in found if isinstance(s, Stored)), key=lambda s: (s.time, s.name))
    return Reading(tuple(signals), tuple(u for u in found if isinstance(u, Unread)))


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20)
_LINES = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=40)
_COUNTS = st.none() | st.integers(0, 10**18 - 1)
_OUTPUTS = st.builds(
    SignalOutput,
    name=_TEXT,
    path=st.just("") | _TEXT,
    size=_COUNTS,
    checksum=st.sampled_from(["", "md5:abc", "adler32=1"]),
    events=_COUNTS,
)


def signals(jobs: int = 10**9 - 1) -> st.SearchStrategy[Signal]:
    """Return any signal of one run."""
    made = st.builds(
        Signal,
        run=st.just(RUN),
        job=st.integers(1, jobs),
        kind=st.sampled_from(SignalKind),
        at=st.sampled_from([AT, "2026-11-20T08:00:00.123Z", "2024-02-29T23:59:60Z"]),
        exit=st.integers(0, 255),
        events=_COUNTS,
        outputs=st.lists(_OUTPUTS, max_size=3).map(tuple),
        message=st.just("") | _LINES,
        node=st.just("") | _TEXT,
        attempt=st.none() | st.integers(1, 3),
    )
    return made.map(lambda s: replace(s, events=None, outputs=()) if s.kind.is_wrapper else s)


def spooled(jobs: int = 4) -> st.SearchStrategy[Stored]:
    """Return any signal with a file of its own."""
    return st.builds(
        lambda signal, time, tail: Stored(f"{signal.job}-{time}-{tail:08x}.json", time, signal),
        signals(jobs),
        st.integers(0, 20),
        st.integers(0, 2**32 - 1),
    )
