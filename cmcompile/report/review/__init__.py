"""A review for people and machines: comment, summary, annotations, JSON, and text for a terminal."""

from __future__ import annotations

from cmcompile.model.review import Review
from cmcompile.report.markdown import LIMIT
from cmcompile.report.review import as_annotations, as_json, as_markdown, as_text
from cmcompile.report.review.as_text import inert
from cmcompile.report.review.statuses import statuses
from cmcompile.report.screen import Screen

#: A job's summary is refused by GitHub where it is larger than 1 MiB.
SUMMARY_LIMIT = 1_000_000

__all__ = [
    "inert",
    "review_annotations",
    "review_json",
    "review_markdown",
    "review_summary",
    "review_text",
    "statuses",
]


def review_markdown(review: Review, limit: int = LIMIT) -> str:
    """Return the comment of a pull request, below ``limit`` bytes, cut by rows."""
    return as_markdown.render(review, limit, whole=False)


def review_summary(review: Review, limit: int = SUMMARY_LIMIT) -> str:
    """Return the same page for the summary of a job, with all rows that there is room for."""
    return as_markdown.render(review, limit, whole=True)


def review_annotations(review: Review) -> str:
    """Return at most ten workflow commands, a line each."""
    return as_annotations.render(review)


def review_json(review: Review, code: int) -> str:
    """Return ``review.json``; ``code`` is the exit code of the command."""
    return as_json.render(review, code)


def review_text(review: Review, screen: Screen, *, out: bool = False) -> str:
    """Return a short text for a terminal; ``out`` says whether the whole report was written too."""
    return as_text.render(review, screen, out=out)
