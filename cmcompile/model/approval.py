"""What must be approved before it is submitted, who approved what, and how approvals are counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from cmcompile.model.event import Unreadable
from cmcompile.model.source import Span

#: What an approval is for: step, group and the digest of its definition; in whichever attempt.
Defined: TypeAlias = tuple[str, str, str]
#: The `source` of what somebody recorded by hand; else it is the forge's host.
BY_HAND = "hand"


@dataclass(frozen=True, slots=True)
class Above:
    """More approvals from a cost on.

    Attributes
    ----------
    core_hours
        Expected of the campaign, or of the step, at the high end.
    """

    core_hours: float
    approvals: int
    span: Span


@dataclass(frozen=True, slots=True)
class Rule:
    """The key ``review`` of a campaign or of a step; both must be kept to.

    Attributes
    ----------
    approvals
        So many people at least.
    unknown_below
        Whether a group whose cost is not known needs no more approvals than a cheap one.
    budget
        In core hours; None: there is none.
    not_author
        Whether the approval of the edit's own author does not count.
    """

    span: Span
    approvals: int = 0
    above: Above | None = None
    unknown_below: bool = False
    budget: float | None = None
    not_author: bool = False


@dataclass(frozen=True, slots=True)
class Covered:
    """A group as it was approved.

    Attributes
    ----------
    item
        The digest of the plan's item that was seen.
    core_hours
        The cost that was seen, low and high; None: none was known.
    """

    step: str
    group: str
    definition: str
    item: str = ""
    core_hours: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """One person's approval, a document of the ledger.

    Attributes
    ----------
    digest
        Its name: the sha256 of what it says.
    by
        The login, or ``Name <mail>``.
    source
        Who says so: `BY_HAND`, or the host of a forge.
    at
        UTC; as the forge told it.
    author
        Of the edit; empty: not known.
    url, pull
        The pull request; empty, and 0, without one.
    commit, plan
        The commit that was looked at, and the digest of the plan.
    recorded_by
        Who wrote it down.
    """

    digest: str
    campaign: str
    by: str
    source: str
    at: str
    commit: str
    plan: str
    author: str = ""
    url: str = ""
    pull: int = 0
    recorded_by: str = ""
    covers: tuple[Covered, ...] = ()

    @property
    def person(self) -> str:
        """What tells this person from others of the same source."""
        return person(self.by)

    @property
    def own(self) -> bool:
        """Whether it may be the author's own: so it is too where the author is not known."""
        return not self.author or person(self.author) == self.person


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Approvals that count no more, a document of the ledger.

    Attributes
    ----------
    withdraws
        Digests of approvals; of one that is recorded later, too.
    """

    digest: str
    campaign: str
    by: str
    at: str
    withdraws: tuple[str, ...]
    because: str = ""
    recorded_by: str = ""


@dataclass(frozen=True)
class Approvals:
    """All documents about approvals on a tip; in which order they were written does not matter.

    Attributes
    ----------
    faults
        Documents that can't be read: one may be a withdrawal, so while there are any, nobody has approved.
    """

    given: tuple[Approval, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    faults: tuple[Unreadable, ...] = field(default=())

    @cached_property
    def withdrawn(self) -> frozenset[str]:
        """The digests of approvals that count no more."""
        return frozenset(digest for one in self.withdrawals for digest in one.withdraws)

    @cached_property
    def standing(self) -> tuple[Approval, ...]:
        """The approvals that count."""
        return tuple(one for one in self.given if one.digest not in self.withdrawn)

    @cached_property
    def _by_group(self) -> Mapping[Defined, list[Approval]]:
        found: dict[Defined, list[Approval]] = {}
        for one in self.standing:
            for covered in one.covers:
                found.setdefault((covered.step, covered.group, covered.definition), []).append(one)
        return found

    def about(self, what: Defined) -> tuple[Approval, ...]:
        """Return all approvals of a group as it is defined, withdrawn ones too, the oldest first."""
        found = [
            one for one in self.given if any((c.step, c.group, c.definition) == what for c in one.covers)
        ]
        return tuple(sorted(found, key=lambda one: (one.at, one.digest)))

    def of(self, campaign: str, what: Defined, *, not_author: bool = False) -> tuple[Approval, ...]:
        """Return the approvals of a group that count, one for each person, sorted by the person.

        Nobody can tell whether a login of a forge and a name of git are the same person: those of one source
        are taken, of that which has most people.
        """
        if self.faults:
            return ()
        return distinct(
            one
            for one in self._by_group.get(what, ())
            if one.campaign == campaign and not (not_author and one.own)
        )


def distinct(approvals: Iterable[Approval]) -> tuple[Approval, ...]:
    """Return one approval for each person, of the source that has most people; see `Approvals.of`."""
    people: dict[str, dict[str, Approval]] = {}
    for one in sorted(approvals, key=lambda a: (a.source, a.at, a.digest)):
        people.setdefault(one.source, {}).setdefault(one.person, one)
    most = max(people.values(), key=len, default={})
    return tuple(most[name] for name in sorted(most))


def person(text: str) -> str:
    """Return what tells a person from another: the mail address, where there is one, else the whole text."""
    name = text.strip()
    if name.endswith(">") and "<" in name:
        name = name[name.rindex("<") + 1 : -1].strip() or name
    return name.casefold()


NO_APPROVALS = Approvals()
