"""The verdict as statuses of a commit: contexts that required checks can rely on."""

from __future__ import annotations

from cmcompile.model.diagnostic import Severity
from cmcompile.model.forge import Status, Verdict
from cmcompile.model.review import REFUSAL, Change, Review
from cmcompile.report.review import words
from cmcompile.report.screen import count

VALIDATE, PLAN, POLICY = "cm/validate", "cm/plan", "cm/policy"
#: GitHub refuses a longer description.
_MOST = 140


def statuses(review: Review) -> tuple[Status, ...]:
    """Return the three statuses; they are there for every edit, also where there is nothing to do."""
    if review.fault:
        said = "nothing could be compared"
        return tuple(Status(context, "error", said) for context in (VALIDATE, PLAN, POLICY))
    if not review.campaigns:
        return tuple(Status(context, "success", "nothing to do") for context in (VALIDATE, PLAN, POLICY))
    return (_validate(review), _plan(review), _policy(review))


def _validate(review: Review) -> Status:
    errors = sum(c.errors for c in review.campaigns)
    counts = review.counted()
    said = [count(errors, "error")] if errors else []
    said += [count(counts[s], s.value) for s in (Severity.WARNING, Severity.NOTE) if counts[s]]
    where = f" in {count(len(review.campaigns), 'campaign')}"
    return _status(VALIDATE, "failure" if errors else "success", (", ".join(said) or "no findings") + where)


def _plan(review: Review) -> Status:
    without = [c for c in review.campaigns if c.plan is None and c.change is not Change.REMOVED]
    if any(c.unknown for c in review.campaigns):
        return _status(PLAN, "error", "a ledger did not answer: run it again")
    if without:
        return _status(PLAN, "failure", f"{count(len(without), 'campaign')} with errors can't be planned")
    return _status(PLAN, "success", words.merging(review.campaigns))


def _policy(review: Review) -> Status:
    refused = sum(len(c.refused()) for c in review.campaigns)
    whole = sum(any(r.kind == REFUSAL for r in c.risks) for c in review.campaigns)
    if refused or whole:
        said = [f"{count(refused, 'item')} refused"] if refused else []
        said += [f"{count(whole, 'campaign')} refused as a whole"] if whole else []
        return _status(POLICY, "failure", ", ".join(said))
    if any(c.unknown for c in review.campaigns):
        return _status(POLICY, "error", "a ledger did not answer: run it again")
    if any(c.plan is None and c.change is not Change.REMOVED for c in review.campaigns):
        return _status(POLICY, "error", "not judged: a campaign has errors")
    risks = sum(r.asks for c in review.campaigns for r in c.risks)
    return _status(
        POLICY, "success", "nothing is refused" + (f"; {count(risks, 'risk')} to weigh" if risks else "")
    )


def _status(context: str, state: Verdict, text: str) -> Status:
    return Status(context, state, text[:_MOST])
