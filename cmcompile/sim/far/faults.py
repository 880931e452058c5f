"""What can go wrong in the world, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Fault(Enum):
    """All that can go wrong."""

    # Processes: at any boundary of an effect.
    #: The process is killed; its children live on.
    KILL = "killed"
    #: Its children are killed; it lives on.
    KILL_CHILD = "child killed"
    KILL_BOTH = "killed with its children"
    #: It stands still for minutes to days, and goes on as if nothing had been.
    PAUSE = "paused"
    SKEW = "clock wrong"
    # Requests to the workload system and to the Butler.
    #: The request arrived, the reply did not.
    REPLY_LOST = "reply lost"
    #: The request never arrived.
    NOT_ARRIVED = "request lost"
    #: What was asked takes effect when the asker has given up; or an answer comes late, and says what was.
    LATE = "late"
    #: A list shows runs twice.
    DUPLICATED = "reply duplicated"
    #: One request is carried out twice: against it nobody can do anything.
    CALL_TWICE = "request carried out twice"
    #: A list is empty though there are runs.
    EMPTY = "reply empty"
    #: A list lacks some runs.
    TRUNCATED = "reply truncated"
    #: Too many requests (429).
    TOO_MANY = "too many requests"
    # The workload system itself.
    #: A run is not shown for a while, of any length.
    HIDDEN = "run hidden"
    #: A run that had ended is running again.
    REOPENED = "run reopened"
    # The ledger's remote.
    PUSH_LOST = "push lost"
    PUSH_REPLY_LOST = "reply to push lost"
    #: It lands later, if its base is the tip then.
    PUSH_LATE = "push late"
    #: One request does not reach the remote.
    UNREACHABLE = "remote unreachable"
    #: The remote can't be reached by anybody for a while.
    REMOTE_DOWN = "remote down"
    #: Somebody sets the branch back.
    REWOUND = "ledger rewound"
    # What people do by hand; whoever plays them tells the world (`World.fire`).
    HAND_SUBMIT = "submitted by hand"
    HAND_CANCEL = "cancelled by hand"
    HAND_RESTART = "restarted by hand"
    HAND_DELETE = "outputs deleted by hand"


#: What a process may suffer at any boundary.
OF_PROCESSES = (Fault.PAUSE, Fault.KILL, Fault.KILL_CHILD, Fault.KILL_BOTH)


@dataclass(frozen=True, slots=True)
class Rates:
    """How often things go wrong.

    Attributes
    ----------
    switch
        The probability that at a boundary another task goes on.
    faults
        The probability of each fault where it may happen; absent: never.
    """

    switch: float = 0.2
    faults: Mapping[Fault, float] = field(default_factory=dict)

    def of(self, fault: Fault) -> float:
        """Return the probability of a fault."""
        return self.faults.get(fault, 0.0)


#: Nothing goes wrong, but tasks take turns.
CALM = Rates()
#: A bit of everything that the protocol must stand without anybody's help.
ROUGH = Rates(
    0.2,
    {
        Fault.KILL: 0.004,
        Fault.KILL_CHILD: 0.003,
        Fault.KILL_BOTH: 0.003,
        Fault.PAUSE: 0.006,
        Fault.REPLY_LOST: 0.06,
        Fault.NOT_ARRIVED: 0.04,
        Fault.LATE: 0.03,
        Fault.EMPTY: 0.03,
        Fault.TRUNCATED: 0.03,
        Fault.DUPLICATED: 0.03,
        Fault.TOO_MANY: 0.04,
        Fault.HIDDEN: 0.5,
        Fault.PUSH_LOST: 0.04,
        Fault.PUSH_REPLY_LOST: 0.04,
        Fault.PUSH_LATE: 0.04,
        Fault.UNREACHABLE: 0.02,
        Fault.REMOTE_DOWN: 0.004,
    },
)
