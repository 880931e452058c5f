"""The reviews of a pull request as approvals of a plan."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from cmcompile.cli.approving import Desk, covered, desk, told, withdrawal
from cmcompile.cli.exit import Exit
from cmcompile.cli.output import warn
from cmcompile.cli.policy import PolicyError
from cmcompile.git.errors import GitError
from cmcompile.ledger.approvals import named
from cmcompile.model.approval import Approval, Covered, Defined, Withdrawal, person
from cmcompile.model.errors import CmcompileError, InputError
from cmcompile.model.forge import Forge, PullRequest, Review
from cmcompile.report.terminal import visible
from cmcompile.state.reviews import settled
from cmcompile.tell.errors import NotAllowedError, TellError

if TYPE_CHECKING:
    from collections.abc import Sequence


def approve_pull(kept: Path, number: int, repository: str | None) -> int:
    """Record the approving reviews of a pull request, and take back those that are none any more."""
    from cmcompile.cli.tell_github import forge_of

    found = desk(kept)
    if not found.items:
        raise PolicyError(f"nothing in {kept} could be approved: it sends nothing; nothing was recorded")
    try:
        pull, reviews = _asked(forge_of(repository), number)
    except NotAllowedError:
        raise
    except TellError as error:
        warn(f"pull request {number} can't be asked, so nothing of it is an approval: {error}")
        return Exit.UNKNOWN
    return Taking(found, pull, reviews).run()


def _asked(forge: Forge, number: int) -> tuple[PullRequest, Sequence[Review]]:
    return forge.pull_request(number), forge.reviews(number)


class Taking:
    """Reviews on their way into the ledger."""

    def __init__(self, found: Desk, pull: PullRequest, reviews: Sequence[Review]) -> None:
        self._desk = found
        self._pull = pull
        self._reviews = reviews
        self._host = urlsplit(pull.url).hostname or "forge"
        self._defined: dict[str, Collection[Defined] | str] = {}
        self._unknown = False

    def run(self) -> int:
        """Record what is new."""
        given: list[Approval] = []
        against: dict[str, Review] = {}
        for one in settled(self._reviews):
            if one.why:
                against[person(one.review.author)] = one.review
                click.echo(visible(f"{one.review.author or 'somebody'}: no approval: {one.why}"))
            elif (approval := self._approval(one.review)) is not None:
                given.append(approval)
        known = {_review_of(one) for one in self._desk.known.standing}
        new: list[Approval | Withdrawal] = [one for one in given if _review_of(one) not in known]
        new += self._taken_back(against)
        for approval in given:
            click.echo(visible(told(approval) + ("" if approval in new else " (known already)")))
        if new:
            self._desk.record(new, f"reviews of {self._pull.url}")
        if not given:
            click.echo("nobody's review approves anything of this plan")
        click.echo(f"next: cmcompile plan {self._desk.plan.source.campaign}")
        return Exit.UNKNOWN if self._unknown else Exit.OK

    def _approval(self, review: Review) -> Approval | None:
        """Return the approval that a review is; None: it covers nothing of the plan."""
        covers = self._covers(review)
        if not covers:
            return None
        source = self._desk.plan.source
        return named(
            Approval(
                digest="",
                campaign=source.campaign,
                by=review.author,
                source=self._host,
                at=review.at,
                commit=review.commit,
                plan=self._desk.plan.digest,
                author=self._pull.author,
                url=self._pull.url,
                pull=self._pull.number,
                # Who runs this does not matter: the same review is the same document, whoever records it.
                recorded_by="",
                covers=covers,
            )
        )

    def _covers(self, review: Review) -> tuple[Covered, ...]:
        """Return the groups of the plan that were the same at the commit that was reviewed."""
        defined = self._at(review.commit)
        if isinstance(defined, str):
            self._unknown = True
            warn(f"{review.author}: no approval: what {review.commit[:12]} says can't be told: {defined}")
            return ()
        every = [covered(item) for item in self._desk.items]
        found = tuple(c for c in every if (c.step, c.group, c.definition) in defined)
        if len(found) < len(every):
            less = f"{len(every) - len(found):,} of {len(every):,}"
            click.echo(
                visible(f"{review.author}: {less} groups were not as they are now at {review.commit[:12]}")
            )
        return found

    def _at(self, commit: str) -> Collection[Defined] | str:
        if commit not in self._defined:
            self._defined[commit] = self._compiled(commit)
        return self._defined[commit]

    def _compiled(self, commit: str) -> Collection[Defined] | str:
        """Return all groups with their definitions as a commit has them; a text: that can't be told."""
        from cmcompile.cli.ledgers import look
        from cmcompile.cli.situation import situation
        from cmcompile.git.refs import leads_to
        from cmcompile.git.revision import Revision

        place = self._desk.place
        if leads_to(place.root, commit, commit) is None:
            return f"it is not in this clone: git fetch origin pull/{self._pull.number}/head"
        try:
            now = situation(place, look(place), files=True, sources=Revision(place.root, commit))
        except InputError:
            return frozenset()
        except (CmcompileError, GitError) as error:
            return str(error)
        return frozenset((*one.key, one.definition) for one in now.inputs.declared if one.definition)

    def _taken_back(self, against: dict[str, Review]) -> list[Withdrawal]:
        """Return what takes back the approvals of those whose newest review is none."""
        found = []
        for one in self._desk.known.standing:
            review = against.get(one.person)
            if review is None or one.source != self._host or one.url != self._pull.url:
                continue
            because = f"the newest review is: {review.verdict.replace('_', ' ')}"
            found.append(withdrawal(self._desk, [one], review.author, review.at, because))
            click.echo(visible(f"{one.by}: the approval {one.digest[:12]} counts no more"))
        return found


def _review_of(one: Approval) -> tuple[object, ...]:
    """Return what is the same of a review whenever it is taken: whose, which, and of which groups."""
    groups = frozenset((c.step, c.group, c.definition) for c in one.covers)
    return (one.source, one.person, one.url, one.at, one.commit, groups)
