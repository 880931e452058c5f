"""A review as the comment of a pull request, and as the summary of a job: the verdict first, cut by rows."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from cmcompile.model.review import MARKER, Review
from cmcompile.report.markdown import Section, code, page
from cmcompile.report.review import sections, words
from cmcompile.report.screen import count

#: Of so many plans the digests stand in the hidden head; more are in ``review.json``.
_PLANS = 50
#: Rows of the parts that stand unfolded in a comment, so that none takes the room of the others.
_ROWS = 30
_LONG = 200
#: Characters of a name in the hidden head.
_NAME = 100

_Part = Callable[[Review, int | None], Section | None]
_PARTS: tuple[_Part, ...] = (
    sections.refused,
    sections.risks,
    sections.edits,
    sections.decisions,
    sections.lists,
    sections.costs,
    sections.findings,
)


def render(review: Review, limit: int, *, whole: bool) -> str:
    """Return a page below ``limit`` bytes; ``whole`` says that no part is cut while there is room."""
    most = None if whole else _ROWS
    found = [_verdict(review)]
    if review.campaigns:
        found.append(sections.overview(review, most))
        found += [part for make in _PARTS if (part := make(review, most)) is not None]
    # Where there is no room for all campaigns, the last of them go, and not what stands before.
    found.append(_foot(review))
    found += [sections.campaign(one, most) for one in words.ordered(review)]
    return page(found, "see the artifact", limit)


def hidden(review: Review) -> list[str]:
    """Return the comment that no reader sees: by it the report is found, and its plans are known."""
    lines = [
        f"<!-- {MARKER} head={review.head or 'none'} base={review.base or 'none'} digest={review.digest}"
    ]
    planned = [(one.name, one.plan.digest) for one in review.campaigns if one.plan is not None]
    # Nothing of a name may end the comment: what is no letter, digit or one of "_.~" is written as %XX.
    lines += [f"plan {_quoted(name)} {digest}" for name, digest in planned[:_PLANS]]
    if len(planned) > _PLANS:
        lines.append(f"plans {len(planned)}")
    return [*lines, "-->"]


def _quoted(name: str) -> str:
    quoted = quote(name, safe="", errors="replace").replace("--", "%2D%2D")
    return quoted if len(quoted) <= _NAME else quoted[:_NAME] + "..."


def _verdict(review: Review) -> Section:
    sign, verdict = words.SIGNS[review.verdict], review.verdict
    lines = [*hidden(review), f"## {sign} cmcompile: {verdict.words}", "", f"**{words.headline(review)}**"]
    if review.fault:
        lines += ["", code(review.fault, 1000)]
    if review.campaigns:
        merging = words.merging(review.campaigns)
        lines += [
            "",
            f"{words.counted(review)}. Merging: {merging}." if merging else f"{words.counted(review)}.",
        ]
    return Section(tuple(lines))


def _foot(review: Review) -> Section:
    base, head = words.sides(review)
    said = [f"{code(base)} → {code(head)}."]
    if review.others:
        said.append(f"{count(review.others, 'changed file')} of no campaign.")
    said.append(f"On your machine: {code(f'cmcompile review --base {review.names[0]}', _LONG)}")
    return Section(("", " ".join(said)))
