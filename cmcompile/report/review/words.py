"""What every rendering of a review says in the same words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cmcompile.model.diagnostic import Diagnostic, Severity
from cmcompile.model.plan import GATED, IDLE, Action, Item
from cmcompile.model.reason import Reason
from cmcompile.model.review import REFUSAL, CampaignReview, Change, EditedDecision, Review, Verdict
from cmcompile.report.review.names import subject
from cmcompile.report.review.refusals import WAYS_ON
from cmcompile.report.screen import count, short

#: The sign of a verdict, for a person who skims.
SIGNS = {
    Verdict.NOTHING: "✔",
    Verdict.FINE: "✔",
    Verdict.ATTENTION: "⚠",
    Verdict.REFUSED: "✖",
    Verdict.ERROR: "✖",
}
#: The signs of a risk that asks for a look, and of one that is told only.
SIGN_ASKS, SIGN_TOLD = "⚠", "·"
#: So many groups are named one by one.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Bundle:
    """Items of a plan that are told together.

    Attributes
    ----------
    ours
        Whether they are there because of the edit.
    """

    action: Action
    step: str
    reason: Reason
    ours: bool
    items: tuple[Item, ...]

    @property
    def detail(self) -> str:
        """What all of them say; empty where they differ."""
        details = {item.detail for item in self.items}
        # What is refused is told by the edit behind it.
        return self.items[0].detail if len(details) == 1 and self.reason not in WAYS_ON else ""

    @property
    def groups(self) -> str:
        """Which they are."""
        names = [subject(item.subject) for item in (*self.items[:_FEW], self.items[-1])]
        short = [names[0], *(name.rpartition("/")[2] for name in names[1:])]
        if len(self.items) <= _FEW:
            return ", ".join(short[: len(self.items)])
        return f"{short[0]} … {short[-1]} ({len(self.items):,})"


def headline(review: Review) -> str:
    """Return what the verdict rests on, in one sentence; nothing in it is foreign text."""
    if review.fault:
        return "nothing could be compared"
    if not review.campaigns:
        files = count(review.others, "changed file")
        return f"no campaign is made from the {files}" if review.others else "nothing changes"
    return "; ".join(_weighing(review)) or "nothing is refused, and nothing asks for a look"


def _weighing(review: Review) -> Iterator[str]:
    campaigns = review.campaigns
    if n := sum(c.errors for c in campaigns):
        yield f"{count(n, 'error')} in the spec"
    if n := sum(any(r.kind == REFUSAL for r in c.risks) for c in campaigns):
        yield f"{count(n, 'campaign')} refused as a whole"
    reasons = Counter(item.reason for c in campaigns for item in c.refused())
    if n := sum(reasons[reason] for reason in WAYS_ON):
        yield f"{count(n, 'group')} would be altered that {'was' if n == 1 else 'were'} sent already"
    if n := reasons[Reason.OVER_BUDGET]:
        yield f"{count(n, 'group')} would cost more than the budget"
    if n := reasons.total() - sum(reasons[r] for r in (*WAYS_ON, Reason.OVER_BUDGET)):
        yield f"{count(n, 'decision')} can't be carried out"
    if n := sum(c.refused_before() for c in campaigns):
        yield f"{count(n, 'item')} refused already without this edit"
    if n := sum(c.people()[0] for c in campaigns):
        yield f"{count(n, 'item')} for a person because of it"
    if kinds := dict.fromkeys(r.kind for c in campaigns for r in c.risks if r.asks and r.kind != REFUSAL):
        yield f"to weigh: {', '.join(kinds)}"


def counted(review: Review) -> str:
    """Return in one sentence what changes; nothing in it is foreign text."""
    campaigns = review.campaigns
    found = [c.difference for c in campaigns if c.difference is not None]
    sums = (sum(d.changed for d in found), sum(d.added for d in found), sum(d.removed for d in found))
    groups = count(sum(d.new for d in found), "group")
    said = f"{sums[0]:,} of {groups} changed, {sums[1]:,} new, {sums[2]:,} gone"
    if not any(sums):
        said = "no group changes"
    elif not any(d.new for d in found):
        said = f"{count(sums[2], 'group')} gone"
    if not found:
        return f"{count(len(campaigns), 'campaign')}, not compared"
    left = len(campaigns) - len(found)
    return f"{count(len(campaigns), 'campaign')}: {said}" + (f" ({left:,} not compared)" if left else "")


def merging(campaigns: Iterable[CampaignReview]) -> str:
    """Return what would be done as soon as an edit is merged; nothing in it is foreign text."""
    every, ours = Counter[Action](), Counter[Action]()
    unapproved, unplanned, planned = 0, 0, 0
    for one in campaigns:
        acts, mine = one.acts()
        every += acts
        ours += mine
        unapproved += one.unapproved()
        unplanned += one.plan is None
        planned += one.plan is not None
    sent, mine_sent = (sum(n for a, n in c.items() if a in GATED) for c in (every, ours))
    said = ["nothing is sent at once"] if planned else []
    if sent:
        said = [f"{count(sent, 'submission')} at the next pass, {mine_sent:,} made or changed by this edit"]
    other, mine_other = every.total() - sent, ours.total() - mine_sent
    said += [f"{count(other, 'other action')}, {mine_other:,} by this edit"] if other else []
    said += [f"{count(unapproved, 'group')} to approve first"] if unapproved else []
    said += [f"{count(unplanned, 'campaign')} not planned"] if unplanned else []
    return "; ".join(said)


def sent(one: CampaignReview) -> str:
    """Return how many groups would be sent as soon as an edit is merged; nothing in it is foreign text."""
    every, ours = (sum(n for a, n in counts.items() if a in GATED) for counts in one.acts())
    return f"{every:,} ({ours:,} by this edit)" if every else "0"


def change(one: CampaignReview) -> str:
    """Return what becomes of a campaign as such; empty where it only changes."""
    return {Change.ADDED: "new", Change.REMOVED: "removed", Change.RENAMED: "renamed"}.get(one.change, "")


def ordered(review: Review) -> list[CampaignReview]:
    """Return the campaigns, those that ask for the most attention first."""
    order = tuple(Verdict)
    return sorted(review.campaigns, key=lambda one: -order.index(one.verdict))


def bundles(one: CampaignReview) -> list[Bundle]:
    """Return the plan in few rows: what is there because of the edit first, what acts before what waits."""
    found: dict[tuple[bool, bool, Action, str, Reason], list[Item]] = {}
    for item in () if one.plan is None else one.plan.items():
        key = (not one.ours(item), item.action in IDLE, item.action, item.subject.step, item.reason)
        found.setdefault(key, []).append(item)
    order = sorted(found, key=lambda key: key[:2])
    return [Bundle(k[2], k[3], k[4], not k[0], tuple(found[k])) for k in order]


def decision_words(one: EditedDecision) -> str:
    """Return what is decided about what."""
    found = one.decision
    about = "all" if found.subject is None else str(found.subject)
    return f"{found.verb.value} {about}" + ("" if one.added else " (taken back)")


def ranked(review: Review) -> list[Diagnostic]:
    """Return the findings that no spec allows, the most useful first.

    Errors and warnings come before notes; of those the ones in lines that the edit wrote, then those that
    are new, then errors before warnings.
    """
    order = tuple(Severity)
    known = review.known

    def rank(finding: Diagnostic) -> tuple[bool, bool, bool, int, object]:
        note = finding.severity is Severity.NOTE
        changed = review.is_changed(finding.span)
        return (note, not changed, finding in known, order.index(finding.severity), finding.sort_key())

    return sorted((d for d in review.findings if d.allowed is None), key=rank)


def findings(review: Review) -> str:
    """Return how many findings there are, and how many of them are new."""
    counts = review.counted()
    said = [count(counts[s], s.value) for s in Severity if counts[s]]
    new = sum(d not in review.known for d in review.told)
    return ", ".join(said) + (f"; {new:,} new" if said else "") if said else "no findings"


def sides(review: Review) -> tuple[str, str]:
    """Return base and head as a person calls them, with their commits."""
    base, head = review.names
    return _side(base, review.base), _side(head, review.head) if review.head else f"{head} (not as committed)"


def _side(name: str, commit: str) -> str:
    return short(commit) if name == commit else f"{name} ({short(commit)})"
