"""What an edit of campaigns would do: all that a reviewer is told, and what machines read of it.

See ``docs/reviewing.md``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from hashlib import sha256

from cmcompile.model.codes import sent
from cmcompile.model.decision import Decision
from cmcompile.model.diagnostic import Diagnostic, Severity, errors_in
from cmcompile.model.difference import Difference
from cmcompile.model.plan import IDLE, Action, Item, Plan
from cmcompile.model.reason import Reason
from cmcompile.model.source import Span
from cmcompile.model.worded import Worded

#: What says that a comment is this report; a later form has another number.
MARKER = "cmcompile:report:v1"
#: Errors that refuse an edit, and say nothing against the spec by itself.
_REFUSING = frozenset({sent.SENT_CHANGED, sent.SENT_GONE})


class Verdict(Worded):
    """What an edit comes to; the first that applies, of the last ones first."""

    NOTHING = "nothing", "nothing to do"
    FINE = "fine", "nothing stands against this edit"
    ATTENTION = "attention", "a person should look at this edit"
    REFUSED = "refused", "this edit is refused"
    ERROR = "error", "this edit has errors"


_ORDER = tuple(Verdict)


class Change(Enum):
    """What an edit does with a campaign as such."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    RENAMED = "renamed"


class Asked(Worded):
    """How the ledger of a campaign was read."""

    FRESH = "fresh", "asked now"
    SEEN = "seen", "as it was last fetched"
    SILENT = "silent", "did not answer: as it was last fetched"
    NOT_KNOWN = "not_known", "not known"


@dataclass(frozen=True, slots=True)
class LedgerSeen:
    """Which ledger the report was made from.

    Attributes
    ----------
    tip
        The commit; empty: there is no ledger yet, or none is known.
    at
        The time of that commit, UTC; or empty.
    """

    asked: Asked
    tip: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class EditedList:
    """A list whose rows differ; ``come`` and ``gone`` count those that only one side has."""

    name: str
    path: str
    old: int
    new: int
    come: int
    gone: int


@dataclass(frozen=True, slots=True)
class EditedDecision:
    """A decision that the edit adds, or takes away."""

    decision: Decision
    added: bool = True


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is left to send, and what that is expected to cost.

    Attributes
    ----------
    groups, rescues
        First-pass groups and rescue groups that were never sent.
    known
        Of so many of ``groups`` the cost is known; a rescue has none, since it runs a part only.
    quanta, core_hours
        Of those together; None where nothing is known.
    sources
        Where the figures are from.
    """

    groups: int = 0
    rescues: int = 0
    known: int = 0
    quanta: int | None = None
    core_hours: tuple[float, float] | None = None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Risk:
    """Something that a reviewer should weigh.

    Attributes
    ----------
    kind
        One word or two: ``deletion``, ``releases``, ``overlap``.
    asks
        Whether a person must look because of this edit; else it is told only.
    """

    kind: str
    text: str
    asks: bool = False
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class CampaignReview:
    """What an edit does to one campaign.

    Attributes
    ----------
    name, spec
        Of the campaign's folder, and its spec file.
    was
        The former name, where the campaign was renamed.
    files
        What it is made from that the edit changes.
    difference
        None: it can't be told, and ``undiffed`` says why.
    plan
        For the head; None: there is none, and ``unplanned`` says why.
    anyway
        What is planned without the edit too, by `identity`.
    altered
        Groups, as ``step/id``, that both sides make, and not alike.
    dropped
        How many things would be done without the edit that are not done with it.
    before, after
        What is left to send at the base, and at the head.
    known
        Those of ``findings`` that the base has too.
    """

    name: str
    spec: str
    change: Change
    ledger: LedgerSeen
    was: str = ""
    files: tuple[str, ...] = ()
    difference: Difference | None = None
    undiffed: str = ""
    plan: Plan | None = None
    unplanned: str = ""
    anyway: frozenset[str] = frozenset()
    altered: frozenset[str] = frozenset()
    dropped: int = 0
    before: Estimate | None = None
    after: Estimate | None = None
    decisions: tuple[EditedDecision, ...] = ()
    lists: tuple[EditedList, ...] = ()
    risks: tuple[Risk, ...] = ()
    findings: tuple[Diagnostic, ...] = ()
    known: frozenset[Diagnostic] = frozenset()

    @property
    def errors(self) -> int:
        """How many errors the spec or its decisions have; a refusal is none."""
        return sum(error.code not in _REFUSING for error in errors_in(self.findings))

    def ours(self, item: Item) -> bool:
        """Tell whether an item of the plan is there, or is as it is, because of the edit."""
        if identity(item) not in self.anyway:
            return True
        return item.action is Action.REFUSE and str(item.subject) in self.altered

    def refused(self) -> tuple[Item, ...]:
        """Return what the edit asks for and can't have."""
        return tuple(i for i in self._items() if is_refused(i) and self.ours(i))

    def refused_before(self) -> int:
        """Return how much is refused that was refused without the edit."""
        return sum(is_refused(i) and not self.ours(i) for i in self._items())

    def people(self) -> tuple[int, int]:
        """Return how much needs a person because of the edit, and how much does anyway."""
        found = Counter(self.ours(item) for item in self._items() if _asks(item))
        return found[True], found[False]

    def acts(self) -> tuple[Counter[Action], Counter[Action]]:
        """Return what would be done, by action: all of it, and what is done because of the edit."""
        done = [item for item in self._items() if item.action not in IDLE]
        return Counter(i.action for i in done), Counter(i.action for i in done if self.ours(i))

    def unapproved(self) -> int:
        """Return how many groups could be sent, were they approved by enough people."""
        return sum(item.reason is Reason.NOT_APPROVED for item in self._items())

    def _items(self) -> Iterator[Item]:
        return iter(()) if self.plan is None else self.plan.items()

    @property
    def unknown(self) -> bool:
        """Whether the ledger did not answer, so that nothing here is certain."""
        return self.ledger.asked in (Asked.SILENT, Asked.NOT_KNOWN)

    @property
    def verdict(self) -> Verdict:
        """What the edit comes to for this campaign."""
        if self.errors:
            return Verdict.ERROR
        if self.refused() or any(risk.kind == REFUSAL for risk in self.risks):
            return Verdict.REFUSED
        if self.unknown or self.refused_before() or self.people()[0] or any(r.asks for r in self.risks):
            return Verdict.ATTENTION
        return Verdict.FINE


#: The kind of a risk that refuses the edit of a campaign as a whole.
REFUSAL = "refused"


def identity(item: Item) -> str:
    """Return what tells an item from any other: its digest, and why it stands where it does."""
    return f"{item.digest} {item.reason.value}"


def is_refused(item: Item) -> bool:
    """Tell whether an item can't be carried out whatever happens, or would cost more than a policy allows."""
    over = item.action is Action.WAIT and item.reason is Reason.OVER_BUDGET
    return item.action is Action.REFUSE or over


def _asks(item: Item) -> bool:
    blocked = item.action is Action.WAIT and item.reason is Reason.BLOCKED_BY_REVIEW
    return item.action is Action.REVIEW or blocked


@dataclass(frozen=True)
class Review:
    """What an edit does: the whole report.

    Attributes
    ----------
    base, head
        Commits: the newest that both histories have, and what is reviewed; the head is empty where the
        working tree is not as committed.
    names
        What a person calls them.
    campaigns
        Those that the edit touches.
    others
        How many files it changes that no campaign is made from.
    fault
        Why nothing could be compared; or empty.
    lines
        By file: the lines of the head that the base does not have.
    """

    base: str
    head: str
    names: tuple[str, str]
    campaigns: tuple[CampaignReview, ...] = ()
    others: int = 0
    fault: str = ""
    lines: dict[str, frozenset[int]] = field(default_factory=dict)

    @cached_property
    def verdict(self) -> Verdict:
        """What the edit comes to."""
        if self.fault:
            return Verdict.ERROR
        return max((c.verdict for c in self.campaigns), key=_ORDER.index, default=Verdict.NOTHING)

    @property
    def unknown(self) -> bool:
        """Whether a ledger did not answer."""
        return any(c.unknown for c in self.campaigns)

    @cached_property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings, each once, by place."""
        found = dict.fromkeys(d for c in self.campaigns for d in c.findings)
        return tuple(sorted(found, key=Diagnostic.sort_key))

    @cached_property
    def known(self) -> frozenset[Diagnostic]:
        """The findings that no campaign has because of the edit."""
        new = {d for c in self.campaigns for d in c.findings if d not in c.known}
        return frozenset(self.findings) - new

    @property
    def digest(self) -> str:
        """The sha256 over the digests of the plans, a line ``<campaign> <digest>`` for each, by name."""
        return review_digest({c.name: c.plan.digest for c in self.campaigns if c.plan is not None})

    @cached_property
    def told(self) -> tuple[Diagnostic, ...]:
        """The findings that no spec allows, without those on what is refused: that is told by itself."""
        return tuple(d for d in self.findings if d.allowed is None and d.code not in _REFUSING)

    def counted(self) -> Counter[Severity]:
        """Return how many of the findings that are told have each severity."""
        return Counter(d.severity for d in self.told)

    def is_changed(self, span: Span | None) -> bool:
        """Tell whether a line is one that the edit wrote."""
        return span is not None and span.line in self.lines.get(span.file, ())


def review_digest(plans: Mapping[str, str]) -> str:
    """Return the digest of several plans, whose own digests are given by campaign; see `Review.digest`."""
    text = "".join(f"{name} {digest}\n" for name, digest in sorted(plans.items()))
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
