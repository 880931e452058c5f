"""The edits of a review, each told once, also where many campaigns take it from one library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cmcompile.model.difference import Edit, Regrouping
from cmcompile.model.review import CampaignReview, Review
from cmcompile.model.source import Span
from cmcompile.report.difference import Bounds, edit_values, regrouping_lines, runs_text
from cmcompile.report.review.names import listed
from cmcompile.report.screen import count

#: How much of values and groups stands in a row.
ROW = Bounds(None, 3, 60)


@dataclass(frozen=True, slots=True)
class Told:
    """An edit as a row: what several campaigns take from one library is told once.

    Attributes
    ----------
    groups
        What it changes, in words.
    number
        How many groups.
    """

    edit: Edit
    groups: str
    number: int


def told_edits(review: Review) -> list[Told]:
    """Return the edits, each once: those that change the most groups first."""
    found: dict[tuple[object, ...], list[tuple[CampaignReview, Edit]]] = {}
    for one in review.campaigns:
        for edit in () if one.difference is None else one.difference.edits:
            key = (edit.key, edit.kind, edit.span, repr(edit.old), repr(edit.new))
            found.setdefault(key, []).append((one, edit))
    told = [_told(some, alone=len(review.campaigns) == 1) for some in found.values()]
    return sorted(told, key=lambda t: (-t.number, t.edit.span or Span("", 0, 0), t.edit.key))


def _told(some: Sequence[tuple[CampaignReview, Edit]], *, alone: bool) -> Told:
    number = sum(len(edit.groups) for _, edit in some)
    campaign, edit = some[0]
    if len(some) > 1:
        names = listed([one.name for one, _ in some], "campaigns")
        return Told(edit, f"{count(number, 'group')} of {len(some):,} campaigns: {names}", number)
    runs = runs_text(edit.runs, ROW)
    return Told(edit, runs if alone else f"{campaign.name}: {runs}", number)


def edit_words(edit: Edit) -> str:
    """Return what an edit does: the key, and the old and new value."""
    said = f"{edit.key}: {edit_values(edit, ROW)}"
    return f"{said} ({edit.kind})" if edit.kind != "changed" else said


def reach(edit: Edit) -> str:
    """Return the keys of the submit file that an edit changes where its own key is none."""
    return "the order and time of sending" if edit.steering else listed(edit.reaches, "keys")


def regrouped(found: Regrouping) -> Iterator[str]:
    """Yield how the groups of a step or a rescue differ."""
    return regrouping_lines(found, ROW)
