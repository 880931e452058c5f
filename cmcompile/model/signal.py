"""Signals of jobs of batch steps: what a payload says of itself, and what the wrapper around it says.

How a signal is written to a file is told in ``docs/signals.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class SignalKind(Enum):
    """What a signal says; the first two are the wrapper's, the others the payload's."""

    BEGUN = "begun"
    ENDED = "ended"
    STARTED = "started"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    MESSAGE = "message"

    @property
    def is_wrapper(self) -> bool:
        """Whether the wrapper says it, which sees the payload from outside."""
        return self in (SignalKind.BEGUN, SignalKind.ENDED)


@dataclass(frozen=True, slots=True)
class SignalOutput:
    """A file that a payload says it has written.

    Attributes
    ----------
    path
        Where it is; empty where only its name was told.
    size
        In bytes; None: not told.
    checksum
        As it was told, ``md5:…``; or empty.
    events
        None: not told.
    """

    name: str
    path: str = ""
    size: int | None = None
    checksum: str = ""
    events: int | None = None


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal.

    Attributes
    ----------
    job
        The number of the job in the table of its workflow, from 1.
    at
        When, by the clock of the node: ``2026-11-20T08:00:00Z``, with or without a part of the second.
    exit
        An exit code; None: not told.
    events
        How many were processed until now.
    attempt
        Which start of the job it belongs to, from 1 (``try`` in the file); None: not told.
    """

    run: str
    job: int
    kind: SignalKind
    at: str
    exit: int | None = None
    events: int | None = None
    outputs: tuple[SignalOutput, ...] = ()
    message: str = ""
    node: str = ""
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A signal, and the name of its file in the spool.

    Attributes
    ----------
    name
        ``<job>-<time in ns>-<random hex>.json``; the same name is the same signal.
    time
        The time of the name, in nanoseconds since 1970: finer than ``at``, and what signals are ordered by.
    """

    name: str
    time: int
    signal: Signal


@dataclass(frozen=True, slots=True)
class Unread:
    """A file of a spool that holds no signal that can be used; the file stays where it is."""

    name: str
    why: str


class Disagreement(Enum):
    """What the payload and the wrapper say of one start of a job, where both can't be so."""

    FINISHED_BUT_FAILED = "finished-but-failed"
    FAILED_BUT_ENDED_WELL = "failed-but-ended-well"
    EXITS_DIFFER = "exits-differ"
    NEVER_FINISHED = "never-finished"

    @property
    def about(self) -> str:
        """What it means, in words."""
        return _ABOUT[self]


_ABOUT = {
    Disagreement.FINISHED_BUT_FAILED: "the payload said that it had finished, and the job ended badly",
    Disagreement.FAILED_BUT_ENDED_WELL: "the payload said that it had failed, and the job ended well",
    Disagreement.EXITS_DIFFER: "the payload said another exit code than the job ended with",
    Disagreement.NEVER_FINISHED: "the payload said that it had started, and no more; the job ended well",
}


@dataclass(frozen=True, slots=True)
class WrapperSaid:
    """What the wrapper said of the last start of a job.

    Attributes
    ----------
    begun, ended
        When; empty: it did not say so. A job that has begun and not ended runs, or was killed with its
        wrapper.
    exit
        The exit code of the payload, or what the wrapper put in its place; None: it has not ended.
    """

    begun: str = ""
    ended: str = ""
    exit: int | None = None
    message: str = ""
    node: str = ""


@dataclass(frozen=True, slots=True)
class PayloadSaid:
    """What the payload said of the last start of a job.

    Attributes
    ----------
    kind
        The furthest that it told: ``started``, ``running``, ``finished`` or ``failed``; None: messages only.
    at
        When it told so.
    message
        The last one, of whatever signal.
    """

    kind: SignalKind | None = None
    at: str = ""
    exit: int | None = None
    events: int | None = None
    outputs: tuple[SignalOutput, ...] = ()
    message: str = ""
    node: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it said how it ended."""
        return self.kind in (SignalKind.FINISHED, SignalKind.FAILED)

    @property
    def is_good(self) -> bool:
        """Whether it said that it finished, and no exit code but 0."""
        return self.kind is SignalKind.FINISHED and not self.exit

    @property
    def all_events(self) -> int | None:
        """The events that it told of; where it told none itself, those of its files. None: none were told."""
        if self.events is not None:
            return self.events
        told = [file.events for file in self.outputs if file.events is not None]
        return sum(told) if told else None


@dataclass(frozen=True, slots=True)
class JobSignals:
    """What is known of a job by its signals: of its last start, unless said otherwise.

    Attributes
    ----------
    attempt
        Which start it is; None: nobody told.
    wrapper, payload
        None: it never said anything.
    disagrees
        Where both can't be so; the batch system, or a person, must tell.
    """

    job: int
    attempt: int | None = None
    wrapper: WrapperSaid | None = None
    payload: PayloadSaid | None = None
    disagrees: Disagreement | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the wrapper said that the job ended; what the payload says alone is no end."""
        return self.wrapper is not None and bool(self.wrapper.ended)

    @property
    def exit(self) -> int | None:
        """The exit code that the wrapper saw; None: it has not ended, as far as is known."""
        return None if self.wrapper is None else self.wrapper.exit


@dataclass(frozen=True, slots=True)
class SignalCounts:
    """The jobs of a group, or of several, counted by what their signals say.

    Attributes
    ----------
    jobs
        Jobs with a signal that can be read.
    begun
        Those that the wrapper saw begin; ``ended``: and end; ``bad``: with another exit code than 0.
    started, running, finished, failed
        Those whose payload got so far, and told nothing further.
    silent
        Those that ended without any word of the payload.
    disagree
        Those where payload and wrapper say what can't both be so.
    events
        Of all jobs that told a number.
    outputs, size
        Files that payloads told of, and bytes of those whose size was told.
    unread
        Files of the spool that hold no signal that can be used.
    """

    jobs: int = 0
    begun: int = 0
    ended: int = 0
    bad: int = 0
    started: int = 0
    running: int = 0
    finished: int = 0
    failed: int = 0
    silent: int = 0
    disagree: int = 0
    events: int = 0
    outputs: int = 0
    size: int = 0
    unread: int = 0


@dataclass(frozen=True, slots=True)
class Disagreed:
    """How many jobs disagree in one way, and the first of them by their numbers.

    Attributes
    ----------
    what
        The value of a `Disagreement`.
    """

    what: str
    jobs: int
    first: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Signalled:
    """An event: what the jobs of a run that has ended said of themselves; no state rests on it.

    Attributes
    ----------
    disagreed
        Where payloads and what ran them say what can't both be so.
    """

    counts: SignalCounts
    disagreed: tuple[Disagreed, ...] = ()
