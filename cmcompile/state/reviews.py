"""Which reviews of a pull request are approvals: the newest of each person that says yes or no counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cmcompile.model.approval import person
from cmcompile.model.forge import Review

_YES = "approved"
#: What settles a review; a comment, or one that was not sent yet, leaves the former one as it is.
_SETTLES = frozenset({_YES, "changes_requested", "dismissed"})
#: Who belongs to the repository, by GitHub's words; anybody may write a review where all can read.
_BELONGS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a person's reviews come to.

    Attributes
    ----------
    why
        Why it is no approval; empty: it is one.
    """

    review: Review
    why: str = ""


def settled(reviews: Iterable[Review]) -> Iterator[Reviewed]:
    """Yield what the reviews of each person come to, by the login.

    Of reviews of one moment, one that is no approval counts; so does one of these that names no moment.
    """
    newest: dict[str, Review] = {}
    for review in reviews:
        if review.verdict not in _SETTLES:
            continue
        name = person(review.author)
        other = newest.get(name)
        if other is None or _order(review) > _order(other):
            newest[name] = review
    for name in sorted(newest):
        yield Reviewed(newest[name], _why(newest[name]))


def _order(review: Review) -> tuple[bool, str, bool, str, str]:
    """Sort key, the review that counts last; the end of it only makes that the same on each page."""
    no = review.verdict != _YES
    return (no and not review.at, review.at, no, review.standing, review.commit)


def _why(review: Review) -> str:
    if review.verdict != _YES:
        return review.verdict.replace("_", " ")
    if not review.author.strip():
        return "the forge does not say by whom"
    if review.standing not in _BELONGS:
        return f"is no member of the repository ({review.standing.lower() or 'nothing is said'})"
    return "" if review.commit else "the forge does not say which commit was approved"
