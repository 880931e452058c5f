"""What is done about failures, as a policy file says it; see ``docs/policy.md``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from fractions import Fraction

from cmcompile.model.outcome import Failure
from cmcompile.model.source import Span
from cmcompile.model.worded import Worded


class FailureClass(Enum):
    """What kind of failure it is."""

    MEMORY = "memory"
    SITE = "site"
    TRANSIENT = "transient"
    INPUT = "input"
    CODE = "code"
    EXPECTED = "expected"
    #: No rule matches, or it never ran and nothing tells why.
    UNKNOWN = "unknown"


class Remedy(Worded):
    """What is done about a failure; each asks for more than the one before it."""

    ACCEPT = "accept", "is accepted"
    RETRY = "retry", "is sent again"
    RESCUE = "rescue", "needs a rescue"
    MORE_MEMORY = "more_memory", "needs a rescue with more memory"
    AVOID_SITE = "avoid_site", "needs a rescue at another site"
    QUARANTINE = "quarantine", "needs its ids to be taken out"
    HOLD = "hold", "holds its step until a person has looked"
    REVIEW = "review", "needs a person"


#: By how much each remedy goes before others where failures of one group ask for several.
WEIGHT: Mapping[Remedy, int] = {remedy: at for at, remedy in enumerate(Remedy)}
#: Remedies that a rescue of the spec carries out.
BY_RESCUE = frozenset({Remedy.RESCUE, Remedy.MORE_MEMORY, Remedy.AVOID_SITE, Remedy.QUARANTINE})
#: Those that a policy may have written without a person; ids are taken out by a person alone.
DIRECT = BY_RESCUE - {Remedy.QUARANTINE}


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: of which failures it speaks, what they are, and what is done about them.

    Attributes
    ----------
    sources, codes
        One of them must be what the cause says; empty: any.
    task, site
        Patterns with ``*`` and ``?``; empty: any.
    message
        A regular expression, searched for in the message; empty: any.
    times, cap
        With ``more_memory``: by what the request is multiplied, and what it never goes beyond, in MB.
    ticket
        With ``quarantine``: where the ids are looked into.
    within
        With ``accept``: the share of the quanta of a task, 0 to 1.
    directly
        With `DIRECT` remedies: whether the rescue is written without a person.
    """

    name: str
    kind: FailureClass
    remedy: Remedy
    because: str
    span: Span
    sources: tuple[str, ...] = ()
    codes: tuple[int, ...] = ()
    task: str = ""
    message: str = ""
    site: str = ""
    times: Fraction = Fraction(2)
    cap: int | None = None
    ticket: str = ""
    within: Fraction = Fraction(0)
    directly: bool = False


@dataclass(frozen=True, slots=True)
class Budgets:
    """How far a policy goes before a person is asked.

    Attributes
    ----------
    retries
        How often a group is sent again without a decision.
    rescues
        How many rescue groups may cover a group before a person is asked.
    step_retries
        How many retries all groups of a step have together; None: no bound of its own.
    failed
        The share of all quanta of a group, 0 to 1, beyond which a person is asked whatever the rules say.
    tasks
        The same for single tasks, by pattern.
    """

    retries: int = 1
    rescues: int = 2
    step_retries: int | None = None
    failed: Fraction | None = None
    tasks: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file: rules, of which the first that matches counts, and budgets."""

    name: str
    path: str
    rules: tuple[Rule, ...]
    budgets: Budgets = field(default_factory=Budgets)


@dataclass(frozen=True, slots=True)
class Ruled:
    """A failure, and what a policy says of it: what a rescue is made from.

    Attributes
    ----------
    rule
        The first rule that matches; None: none does, which is never more than a review.
    behind
        Whether it never ran since another quantum failed: what is done about that does for it too.
    """

    failure: Failure
    rule: Rule | None = None
    behind: bool = False

    @property
    def kind(self) -> FailureClass:
        """The class of the failure."""
        return FailureClass.UNKNOWN if self.rule is None else self.rule.kind

    @property
    def remedy(self) -> Remedy:
        """What is done about it."""
        return Remedy.REVIEW if self.rule is None else self.rule.remedy
