"""The most useful findings as workflow commands, which a forge shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.codes import sent
from cmcompile.model.diagnostic import Diagnostic
from cmcompile.model.review import Review
from cmcompile.report.diagnostics.as_github import command
from cmcompile.report.review import words
from cmcompile.report.review.refusals import refusals

#: A forge drops what is past the tenth of a kind in a step without a word.
_MOST = 10


def render(review: Review) -> str:
    """Return at most ten workflow commands, a line each; the last one counts what is left out.

    What is refused comes first, at the line of the edit behind it; then findings: those in lines that the
    edit wrote before others, errors before warnings.
    """
    told = frozenset(review.told)
    found = [*_refusals(review), *(d for d in words.ranked(review) if d in told)]
    if len(found) <= _MOST:
        return "".join(f"{command(d)}\n" for d in found)
    shown = [command(d) for d in found[: _MOST - 1]]
    more = f"::notice title=cmcompile::{len(found) - len(shown)} more findings are in the report"
    return "".join(f"{line}\n" for line in [*shown, more])


def _refusals(review: Review) -> Iterator[Diagnostic]:
    """Yield what is refused as findings at the lines of the edits."""
    for one in review.campaigns:
        for refusal in refusals(one):
            if not refusal.why:  # a decision, or a campaign as a whole: the findings tell it, or no line does
                continue
            message = f"{refusal.what}: refused for {refusal.groups}"
            hint = f"{refusal.why}: {refusal.command}" if refusal.command else refusal.why
            yield Diagnostic(sent.SENT_CHANGED, message, hint, refusal.span)
