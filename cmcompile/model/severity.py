"""How urgent it is that a person looks, by the reason why."""

from __future__ import annotations

from cmcompile.model.reason import Reason
from cmcompile.model.worded import Worded


class Severity(Worded):
    """How urgent it is; the members stand in their order."""

    TWICE = "twice", "A run may exist twice, or unseen"
    APART = "apart", "Spec and ledger do not fit"
    ENDED = "ended", "Ended badly, or asks for a look"
    BEHIND = "behind", "Waits behind another"


#: The reasons of each severity, the most urgent first; what stands in none is the last of `Severity.ENDED`.
_REASONS: dict[Severity, tuple[Reason, ...]] = {
    Severity.TWICE: (
        *(Reason.TWO_LIVE, Reason.TWO_RUNS, Reason.TWO_GATES, Reason.GATE_ABANDONED_AS_CLAIM),
        *(Reason.LATE_RUN, Reason.FOREIGN_RUN, Reason.REOPENED, Reason.OUTCOME_UNKNOWN, Reason.NOT_FOUND),
        Reason.RESTART_UNSEEN,
    ),
    Severity.APART: (Reason.UNREADABLE, Reason.SENT_GONE, Reason.SENT_CHANGED),
    Severity.ENDED: (
        *(Reason.INPUT_REJECTED, Reason.PREPARE_FAILED, Reason.RUN_FAILED, Reason.RUN_CANCELLED),
    ),
    # Looking at what stands in the way helps both.
    Severity.BEHIND: (Reason.BLOCKED_BY_REVIEW,),
}
_SEVERITY = {reason: severity for severity, some in _REASONS.items() for reason in some}
_URGENT = [
    reason for severity, some in _REASONS.items() if severity is not Severity.BEHIND for reason in some
]
_RANK = {reason: number for number, reason in enumerate(_URGENT)}


def severity(reason: Reason) -> Severity:
    """Return how urgent a reason is."""
    return _SEVERITY.get(reason, Severity.ENDED)


def rank(reason: Reason) -> int:
    """Return the place of a reason among all, the most urgent first."""
    behind = severity(reason) is Severity.BEHIND
    return _RANK.get(reason, len(_URGENT) + behind)
