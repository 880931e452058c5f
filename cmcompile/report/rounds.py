"""A pass over several campaigns, in one line for people and one for programs."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.rounds import Part, Passed, Round
from cmcompile.report.screen import Screen, count

#: Of the JSON lines (``schemas/apply-v1.schema.json``).
FORMAT = 1
#: So many campaigns are named, more are counted.
_NAMED = 5


def round_text(found: Round, screen: Screen) -> str:
    """Return the line of a pass."""
    head = f"pass {found.number} at {found.at}, {found.seconds:.1f} s: "
    ahead = "" if found.next_in is None else f"; next in {_in_words(found.next_in)}"
    if found.error:
        return screen.whole(f"{head}{found.error}{ahead}", "alarm")
    parts = [", ".join(_sums(found)), *_apart(found)]
    failed = any(one.part is Part.FAILED for one in found.campaigns)
    return screen.whole(f"{head}{'; '.join(parts)}{ahead}", "alarm" if failed else None)


def round_json(found: Round) -> dict[str, object]:
    """Return the same as an object."""
    rows = [
        {
            "campaign": one.campaign,
            "part": one.part.value,
            "exit": one.code,
            "recorded": one.recorded,
            "submitted": one.submitted,
            "done": one.done,
            "why": one.why or None,
            "again": round(one.again, 1),
            "rows": one.rows,
        }
        for one in found.campaigns
    ]
    return {
        "format": FORMAT,
        "kind": "pass",
        "number": found.number,
        "at": found.at,
        "seconds": round(found.seconds, 3),
        "campaigns": rows,
        "error": found.error or None,
        "next_in": None if found.next_in is None else round(found.next_in, 1),
    }


def _sums(found: Round) -> Iterator[str]:
    yield count(sum(one.part is Part.PASSED for one in found.campaigns), "campaign")
    sums = (
        (sum(one.rows for one in found.campaigns), "rows of lists committed"),
        (sum(one.submitted for one in found.campaigns), "submitted"),
        (sum(one.done for one in found.campaigns), "carried out"),
        (sum(one.recorded for one in found.campaigns), "events recorded"),
    )
    yield from [f"{number:,} {word}" for number, word in sums if number] or ["nothing new"]


def _apart(found: Round) -> Iterator[str]:
    """Yield what is told of single campaigns."""
    odd = [one for one in found.campaigns if one.part is not Part.PASSED]
    for one in odd[:_NAMED]:
        yield _words(one)
    if len(odd) > _NAMED:
        yield f"and {len(odd) - _NAMED} more"


def _words(one: Passed) -> str:
    if one.part is Part.ELSEWHERE:
        return f"{one.campaign}: its passes are made by {one.why}"
    if one.part is Part.NO_LEDGER:
        return f"{one.campaign} has no ledger"
    when = f"again in {_in_words(one.again)}" if one.again else "again in the next pass"
    if one.part is Part.LATER:
        return f"{one.campaign} had failed, {when}"
    return f"{one.campaign} failed: {one.why}; {when}"


def _in_words(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds >= 120 else f"{seconds:.0f} s"
