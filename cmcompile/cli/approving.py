"""Approvals on their way into the ledger: by whom, of what, and what is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cmcompile.cli.applying import of_plan, read_plan, same_ledger
from cmcompile.cli.campaigns import Place
from cmcompile.cli.exit import Exit
from cmcompile.cli.ledgers import open_ledger
from cmcompile.cli.policy import PolicyError
from cmcompile.cli.written import person
from cmcompile.git.run import run
from cmcompile.ledger.approvals import decode, encode, named, named_withdrawal, path_of
from cmcompile.ledger.desk import LedgerBook
from cmcompile.model.approval import BY_HAND, Approval, Approvals, Covered, Withdrawal
from cmcompile.model.approval import person as same
from cmcompile.model.errors import CmcompileError
from cmcompile.model.event import Unreadable
from cmcompile.model.plan import GATED, Action, Item, Plan
from cmcompile.model.stamp import stamp
from cmcompile.model.transaction import Landed, Proposal
from cmcompile.report.screen import count
from cmcompile.report.terminal import visible

if TYPE_CHECKING:
    from cmcompile.ledger.book import Ledger


@dataclass(slots=True)
class Desk:
    """A plan, and the ledger where it is written who approved it."""

    place: Place
    ledger: Ledger
    plan: Plan
    known: Approvals
    who: str

    @property
    def items(self) -> tuple[Item, ...]:
        """What can be approved: what would be sent, now or when its turn comes."""
        return tuple(
            item
            for item in self.plan.items()
            if item.definition and item.subject.group and (item.action in GATED or item.action is Action.WAIT)
        )

    def now(self) -> str:
        """Return the time."""
        return stamp(self.ledger.clock.now())

    def record(self, documents: Sequence[Approval | Withdrawal], message: str) -> None:
        """Write documents into the ledger, all of them or none.

        Raises
        ------
        CmcompileError
            When they were not written.
        """
        files = {path_of(one.digest): encode(one) for one in documents}
        for path, data in files.items():
            # What can't be read would be in the way of every approval, and nothing is ever taken out.
            if isinstance(bad := decode(path, data), Unreadable):
                raise CmcompileError(f"this can't be recorded: {bad.why}; nothing was recorded")
        done = LedgerBook(self.ledger).record(Proposal((), files, message))
        if not isinstance(done, Landed):
            raise CmcompileError("the remote can't be reached: nothing was recorded")


def desk(kept: Path, *, who: str | None = None) -> Desk:
    """Read a plan and the ledger of its campaign.

    Raises
    ------
    PolicyError
        When the plan is of another ledger, was altered, or was made of files that are not committed.
    CmcompileError
        When it can't be read, or nobody knows who records this.
    """
    plan = read_plan(kept)
    place = of_plan(plan)
    if not plan.source.commit:
        raise PolicyError(
            f"{kept} was made of files that are not committed, so nobody could say later what was approved: "
            "commit them, and make the plan anew; nothing was recorded"
        )
    ledger = open_ledger(place)
    sight = LedgerBook(ledger).look()
    same_ledger(place, plan, sight.tip)
    return Desk(place, ledger, plan, sight.state.approvals, who or person(place.root))


def approve(kept: Path, by: str | None, url: str) -> int:
    """Record that a person approved a plan."""
    found = desk(kept)
    covers = [covered(item) for item in found.items]
    if not covers:
        raise PolicyError(f"nothing in {kept} could be approved: it sends nothing; nothing was recorded")
    source = found.plan.source
    one = named(
        Approval(
            digest="",
            campaign=source.campaign,
            by=_name(by, found.who),
            source=BY_HAND,
            at=found.now(),
            commit=source.commit,
            plan=found.plan.digest,
            author=author_of(found.place.root, source.commit, source.inputs),
            url=url,
            recorded_by=found.who,
            covers=tuple(covers),
        )
    )
    found.record([one], f"{one.by} approves {count(len(covers), 'group')}")
    click.echo(visible(told(one)))
    click.echo(f"next: cmcompile plan {source.campaign}")
    return Exit.OK


def take_back(kept: Path, by: str | None, because: str) -> int:
    """Record that a person's approvals of what a plan holds count no more."""
    found = desk(kept)
    who = _name(by, found.who)
    wanted = {(c.step, c.group, c.definition) for c in map(covered, found.items)}
    mine = [
        one
        for one in found.known.standing
        if one.person == same(who) and any((c.step, c.group, c.definition) in wanted for c in one.covers)
    ]
    if not mine:
        raise PolicyError(f"no approval by {who} stands for anything in {kept}; nothing was recorded")
    one = withdrawal(found, mine, who, found.now(), because)
    found.record([one], f"{who} takes {count(len(mine), 'approval')} back")
    click.echo(visible(f"{count(len(mine), 'approval')} by {who} taken back"))
    return Exit.OK


def _name(by: str | None, who: str) -> str:
    """Return the person that is named, on one line; else who records it.

    Raises
    ------
    UsageError
        When an empty name is given.
    """
    name = " ".join((who if by is None else by).split())
    if not name.isprintable() or not name:
        raise click.UsageError("--by wants the name of a person, such as 'Ann <ann@example.org>'")
    return name


def withdrawal(found: Desk, those: Iterable[Approval], by: str, at: str, because: str) -> Withdrawal:
    """Return the document by which approvals count no more."""
    digests = tuple(sorted(one.digest for one in those))
    campaign = found.plan.source.campaign
    return named_withdrawal(Withdrawal("", campaign, by, at, digests, because, found.who))


def covered(item: Item) -> Covered:
    """Return what an approval covers of an item."""
    cost = None if item.cost is None else item.cost.core_hours
    return Covered(item.subject.step, item.subject.group or "", item.definition, item.digest, cost)


def told(one: Approval) -> str:
    """Return one line about an approval."""
    from cmcompile.report.plan.words import core_hours

    known = [c.core_hours for c in one.covers if c.core_hours is not None]
    cost = "at a cost that is not known"
    if known:
        cost = core_hours(sum(low for low, _ in known), sum(high for _, high in known))
        cost += "" if len(known) == len(one.covers) else f" (known for {len(known):,} of {len(one.covers):,})"
    return f"{one.by} approves {count(len(one.covers), 'group')} of {one.campaign}, {cost}: {one.digest[:12]}"


def author_of(root: Path, commit: str, paths: Iterable[str]) -> str:
    """Return who wrote the newest commit that changed some files; empty where that can't be told."""
    shallow = run(root, "rev-parse", "--is-shallow-repository").out.strip()
    if shallow != b"false":
        return ""
    result = run(root, "log", "-1", "--no-merges", "--format=%an <%ae>", commit, "--", *sorted(paths))
    return result.out.decode("utf-8", "replace").strip() if result.code == 0 else ""
