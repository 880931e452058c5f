"""What a source told of a failure beside its message."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cause:
    """What a source told of a failure beside its message.

    Attributes
    ----------
    source
        Who told: ``transform`` for the exit of the job's own process, ``pilot``, ``ddm`` or another part of
        PanDA, ``butler``, ``bps``, or the name of another workload system.
    code
        The number that it gave: an exit code, or an error code of the source; None: it gave none.
    site
        Where the job ran, or empty.
    attempts
        How often it was tried; None: not known.
    memory
        The peak of its memory in MB; None: not known.
    log
        Where its log is, as a link; or empty.
    """

    source: str
    code: int | None = None
    site: str = ""
    attempts: int | None = None
    memory: int | None = None
    log: str = ""
