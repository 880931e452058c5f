"""The command that a person may type to go on."""

from __future__ import annotations

from cmcompile.model.reason import Reason

#: What a person most likely does about a reason, after a look.
_VERBS = {
    Reason.OVER_LIMITS: "accept",
    Reason.REVIEW_ASKED: "accept",
    Reason.OUTCOME_MISSING: "accept",
    Reason.OUTCOME_UNKNOWN: "abandon",
    Reason.NOT_FOUND: "abandon",
    Reason.GATE_ABANDONED_AS_CLAIM: "abandon",
    Reason.RESTART_UNSEEN: "abandon",
    Reason.TWO_GATES: "cancel",
    Reason.TWO_RUNS: "cancel",
    Reason.TWO_LIVE: "cancel",
    Reason.FOREIGN_RUN: "adopt",
    Reason.INPUT_REJECTED: "reject",
    Reason.UNREADABLE: "log",
    Reason.REOPENED: "log",
    Reason.RUN_FAILED: "retry",
    Reason.RUN_CANCELLED: "retry",
    Reason.FAILURES: "retry",
    Reason.PREPARE_FAILED: "retry",
    Reason.REJECTED: "retry",
    Reason.RETIRED: "retry",
    Reason.SENT_CHANGED: "supersede",
    Reason.SENT_GONE: "supersede",
}


def command(verb: str, campaign: str, subject: str = "") -> str:
    """Return ``cmcompile retry dp02/step1/3``; without a subject it is for the whole campaign."""
    return f"cmcompile {verb} {campaign}/{subject}" if subject else f"cmcompile {verb} {campaign}"


def way_on(reason: Reason, campaign: str, subject: str) -> str:
    """Return the command for a reason, or an empty text where there is nothing to type."""
    verb = _VERBS.get(reason)
    return command(verb, campaign, subject) if verb else ""
