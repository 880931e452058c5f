"""What measured figures propose for a campaign."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asked:
    """The memory that a task asks for, in MB, and the keys below ``bps`` that set it."""

    path: tuple[str, ...]
    now: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What is held against the figures.

    Attributes
    ----------
    margin
        What is asked for is the highest peak, times this.
    round_to
        Memory is rounded up to a multiple of this, in MB.
    hours
        No group is to take longer.
    least
        Less is only asked for where at least so many quanta were read.
    """

    margin: float = 1.25
    round_to: int = 256
    hours: float = 24.0
    least: int = 20


@dataclass(frozen=True, slots=True)
class Advice:
    """A value that would be better.

    Attributes
    ----------
    keys
        Below the step: ``("bps", "pipetask", "isr", "requestMemory")``, or ``("split", 0, "size")``.
    now, value
        The value as it is, and as it should be; memory in MB.
    because
        The evidence: one sentence without a full stop.
    groups
        The groups that it is for, of which none was sent; empty: the whole step, or, where ``none_left`` is
        set, no group of this campaign.
    none_left
        Whether all groups were sent, so that it can't be written.
    """

    step: str
    keys: tuple[str | int, ...]
    now: int
    value: int
    because: str
    groups: tuple[str, ...] = ()
    none_left: bool = False


@dataclass(frozen=True, slots=True)
class Caution:
    """What a person should know, and no patch mends: one sentence without a full stop."""

    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Advised:
    """All that the figures of some steps propose.

    Attributes
    ----------
    kept
        What is well as it is, one sentence each.
    """

    advice: tuple[Advice, ...] = ()
    cautions: tuple[Caution, ...] = ()
    kept: tuple[Caution, ...] = ()
