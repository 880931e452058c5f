"""What failed over the history of a campaign, and samples that a policy is tried on."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from cmcompile.model.event import Subject
from cmcompile.model.outcome import Failure, Outcome
from cmcompile.model.policy import FailureClass, Policy, Rule


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of one workflow, with the policy that its group has.

    Attributes
    ----------
    at
        When that was recorded.
    policy
        None: the spec names none, and nothing is known of any failure.
    """

    subject: Subject
    at: str
    outcome: Outcome
    policy: Policy | None = None


class Trend(Enum):
    """How often something fails in the later half of the workflows against the earlier half."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"
    #: There are too few workflows to tell.
    FEW = "few"


@dataclass(frozen=True, slots=True)
class Example:
    """One failure, to look at.

    Attributes
    ----------
    workflow
        ``step/group@w00``.
    log
        A link, or empty.
    """

    data_id: str
    workflow: str
    message: str = ""
    log: str = ""


@dataclass(frozen=True, slots=True)
class FailureRow:
    """Failures of one class, rule, task and site.

    Attributes
    ----------
    rule
        Empty where none matches.
    site
        Empty where none was told.
    failures
        How often a quantum failed, in whichever workflow.
    open
        How many quanta of them have no outputs now.
    groups, workflows
        How many have them.
    first, last
        When they were recorded first and last.
    """

    kind: FailureClass
    rule: str
    task: str
    site: str
    failures: int
    open: int
    groups: int
    workflows: int
    first: str
    last: str
    trend: Trend
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class FailureTable:
    """All failures of what was asked about.

    Attributes
    ----------
    rows
        Those that most quanta wait for come first.
    behind
        How many quanta never ran since another one failed.
    workflows
        How many workflows were looked at: those whose outcome is known.
    unnamed
        Of how many of them not all failures are named.
    """

    rows: tuple[FailureRow, ...] = ()
    behind: int = 0
    workflows: int = 0
    unnamed: int = 0


@dataclass(frozen=True, slots=True)
class Sample:
    """A failure that a policy is tried on, and what is expected of that.

    Attributes
    ----------
    name
        The file, and where it holds several the number.
    expect
        ``class``, ``rule`` and ``action`` as far as they are given; ``rule`` is empty where none may match.
    """

    name: str
    failure: Failure
    expect: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """What a policy says of a sample.

    Attributes
    ----------
    rule
        The first that matches, or None.
    matched
        What of the failure each part of the rule was held against, in words.
    wrong
        How that is not as expected, in words; empty where it is, or nothing is expected.
    """

    sample: Sample
    rule: Rule | None
    matched: tuple[str, ...] = ()
    wrong: str = ""
