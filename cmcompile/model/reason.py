"""Why a group, a workflow or an item of a plan stands where it does."""

from __future__ import annotations

from cmcompile.model.worded import Worded


class Reason(Worded):
    """A reason."""

    # A group that was not sent yet.
    NEVER_SENT = "never_sent", "was never sent"
    NEEDS = "needs", "waits for groups that it needs"
    NOT_CHAINED = "not_chained", "waits for the collection of a step that it needs"
    NOT_TAGGED = "not_tagged", "waits for a tagged collection that it reads"
    TAG_CHANGED = "tag_changed", "reads a tagged collection that was made as it is not declared any more"
    GROWING = "growing", "its list may still grow"
    COVERED = "covered", "waits until what it covers has ended"
    NOTHING_FAILED = "nothing_failed", "nothing that it covers has failed"
    LIMIT = "limit", "a limit is reached"
    PAUSED = "paused", "is paused"
    ON_HOLD = "on_hold", "is held by a decision"
    OUTPUT_BUSY = "output_busy", "another workflow writes the same output collection"
    CONFLICT = "conflict", "a workflow that shares its data is not known to be over"
    BLOCKED_BY_REVIEW = "blocked_by_review", "a submission that waits for a person stands in its way"
    NOT_SELECTED = "not_selected", "was not selected"
    OVER_COUNT = "over_count", "is beyond the number asked for"
    NOT_APPROVED = "not_approved", "is not approved by enough people"
    OVER_BUDGET = "over_budget", "would cost more than the budget"
    # Under way.
    CLAIMED = "claimed", "is claimed"
    IN_FLIGHT = "in_flight", "is under way"
    ENDED_WELL = "ended_well", "ended well and is to be accepted"
    GATE_OPEN = "gate_open", "was given to the workload system, and no reply came yet"
    POLICY_RETRY = "policy_retry", "a policy sends it again"
    POLICY_RESCUE = "policy_rescue", "a policy has a rescue written for it"
    RESCUE_LATER = "rescue_later", "a policy has a rescue written for it when one of its step has ended"
    # Ended.
    FAILURES = "failures", "has failures"
    RUN_FAILED = "run_failed", "its run failed"
    RUN_CANCELLED = "run_cancelled", "its run was cancelled"
    PREPARE_FAILED = "prepare_failed", "could not be prepared"
    RESCUE_DECLARED = "rescue_declared", "a rescue for it is declared"
    RETRY_DECIDED = "retry_decided", "a decision asks to send it again"
    RESTART_DECIDED = "restart_decided", "a decision asks to restart its run"
    GIVEN_BACK = "given_back", "its former claim was given up before anything was submitted"
    ABANDONED = "abandoned", "a decision gave its former submission up"
    RETIRED = "retired", "its outputs were removed"
    SUPERSEDED = "superseded", "its former workflows count no more"
    ACCEPTED = "accepted", "is accepted"
    REJECTED = "rejected", "is rejected"
    WITHIN_LIMITS = "within_limits", "its failures are within what the spec accepts"
    NO_FAILURES = "no_failures", "has no failures"
    DECIDED = "decided", "a decision asks for it"
    # A person is needed.
    OVER_LIMITS = "over_limits", "its failures are more than the spec accepts"
    POLICY_HOLD = "policy_hold", "a policy holds its step until a person has looked"
    REVIEW_ASKED = "review_asked", "the spec asks for a person's look"
    OUTCOME_UNKNOWN = "outcome_unknown", "nobody knows whether its run exists"
    OUTCOME_MISSING = "outcome_missing", "what became of its quanta is not known"
    NOT_FOUND = "not_found", "no run is found after its gate"
    TWO_GATES = "two_gates", "one claim passed two gates"
    TWO_RUNS = "two_runs", "one claim has two runs"
    TWO_LIVE = "two_live", "two workflows that share data may be live"
    GATE_ABANDONED_AS_CLAIM = (
        "gate_abandoned_as_claim",
        "it was given up as if it had no gate, but it has one",
    )
    UNREADABLE = "unreadable", "a file of its ledger can't be read"
    INPUT_REJECTED = "input_rejected", "a group that it used was rejected"
    REOPENED = "reopened", "a run that had ended is running again"
    LATE_RUN = "late_run", "a run that was given up is there after all, and others were used since"
    FOREIGN_RUN = "foreign_run", "a run that the ledger does not know exists"
    RESTART_UNSEEN = "restart_unseen", "its restart has not shown"
    # Refused.
    SENT_CHANGED = "sent_changed", "an edit would alter what was sent"
    SENT_GONE = "sent_gone", "was sent, and the spec does not make it any more"
    # Collections.
    NEW_RUNS = "new_runs", "groups were accepted that its collection does not hold"
    STALE_RUNS = "stale_runs", "its collection holds groups that are accepted no more"
    NEW_TAG = "new_tag", "its tagged input is not made as it is declared"


#: What the key ``review`` of a spec stands in the way of: it counts as refused by a policy.
NOT_ALLOWED = frozenset({Reason.NOT_APPROVED, Reason.OVER_BUDGET})
