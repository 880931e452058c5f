"""What became different, in words: lines for a page or a terminal, the most telling first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from cmcompile.model.changes import (
    Became,
    Changes,
    CollectionChange,
    FailureChange,
    Moment,
    Moved,
    Progress,
    Reviewed,
    StepChange,
    Taken,
)
from cmcompile.model.event import CAMPAIGN
from cmcompile.report.screen import count, percent

#: How foreign text is shown: what it was made from must not be taken for markup, or for a control.
Quote: TypeAlias = Callable[[str], str]

#: So many ids are named where there are more.
_FEW = 5
#: What is told of groups, the end that counts first. What else they are follows from these.
_TOLD = (
    *(Became.ACCEPTED, Became.REJECTED, Became.FAILED, Became.PARTIAL, Became.CANCELLED),
    *(Became.UNPREPARED, Became.SUCCEEDED, Became.RESCUED, Became.SENT, Became.SUPERSEDED, Became.RETIRED),
)


def lines(found: Changes, quote: Quote, most: int | None = None) -> list[str]:
    """Return what became different, a line each.

    Parameters
    ----------
    most
        At most so many lines of one sort; None: all.
    """
    sorts: tuple[tuple[Iterable[str], str, str], ...] = (
        ((_review(r, quote) for r in found.reviews), "reason to look", "reasons to look"),
        ((_failure(f, quote) for f in _worst(found.failures)), "kind of failure", "kinds of failure"),
        ((_collection(c, quote) for c in found.collections), "collection", "collections"),
        ((_decision(d, quote) for d in found.decisions), "decision", "decisions"),
        ((f"{quote(p)} can't be read" for p in found.unreadable), "unreadable file", "unreadable files"),
    )
    told = [*progress(found.begin, found.end), *(_step(step, quote) for step in found.steps)]
    for some, one, many in sorts:
        told += _some(list(some), most, one, many)
    if not told and found.groups:
        told.append(f"{count(found.groups, 'group')} went on, and nothing that is counted changed")
    return told


def _some(told: Sequence[str], most: int | None, one: str, many: str) -> Iterator[str]:
    if most is None or len(told) <= most + 1:
        yield from told
        return
    yield from told[:most]
    yield f"and {count(len(told) - most, 'more ' + one, 'more ' + many)}"


def progress(begin: Moment, end: Moment) -> Iterator[str]:
    """Yield how far the campaign came, as far as both moments had a report."""
    if begin.progress is not None and end.progress is not None:
        yield from _progress(begin.progress, end.progress)
    if end.ends and end.ends != begin.ends:
        yield f"the end is forecast for {end.ends}" + (f"; {begin.ends} before" if begin.ends else "")


def _progress(was: Progress, now: Progress) -> Iterator[str]:
    if (was.groups, was.accepted) != (now.groups, now.accepted):
        total = count(now.groups, "group") + (
            f" (of {was.groups:,} before)" if was.groups != now.groups else ""
        )
        share = percent(now.accepted, now.groups)
        yield f"{now.accepted:,} of {total} accepted{f', {share}' if share else ''}; {was.accepted:,} before"
    if was.people != now.people:
        verb = "needs" if now.people == 1 else "need"
        yield f"{count(now.people, 'thing')} {verb} a person; {was.people:,} before"


def _step(step: StepChange, quote: Quote) -> str:
    by = {moved.became: moved for moved in step.moved}
    said = [text for became in _TOLD if became in by for text in _moved(by[became])]
    figures = step.figures
    if figures.claimed > figures.submitted:
        said.append(f"{count(figures.claimed - figures.submitted, 'claim')} without a run")
    if figures.restarts > 0:
        said.append(count(figures.restarts, "restart"))
    if figures.missing:
        more = "more" if figures.missing > 0 else "fewer"
        said.append(f"{count(abs(figures.missing), f'{more} quantum', f'{more} quanta')} missing")
    if figures.core_seconds:
        said.append(f"{hours(figures.core_seconds)} core hours measured")
    start = quote(step.step) + (" began" if step.began else "")
    if not said:
        review = by.get(Became.REVIEW)
        said = [_looked(review)] if review is not None else ["recorded more"]
    return f"{start}: {', '.join(said)}"


def _looked(review: Moved) -> str:
    if review.entered:
        return f"{count(len(review.entered), 'group')} to look at"
    return f"{count(len(review.left), 'group')} need no look any more"


def _moved(moved: Moved) -> Iterator[str]:
    if moved.entered:
        yield f"{count(len(moved.entered), 'group')} {moved.became.words}"
    if moved.left:
        yield f"{count(len(moved.left), 'group')} {moved.became.words} no more"


def _named(ids: Sequence[str], quote: Quote) -> str:
    shown = ids if len(ids) <= _FEW + 1 else ids[:_FEW]
    more = f" and {len(ids) - len(shown):,} more" if len(ids) > len(shown) else ""
    return ", ".join(map(quote, shown)) + more


def _worst(failures: Iterable[FailureChange]) -> list[FailureChange]:
    """Return what is new first, then what grew most; what became fewer is last."""
    return sorted(failures, key=lambda f: (not f.new, f.before - f.after))


def _failure(found: FailureChange, quote: Quote) -> str:
    kind = found.kind
    grown = found.after - found.before
    where = f" at {quote(kind.site)}" if kind.site else ""
    what = f" ({quote(kind.what)})" if kind.what else ""
    place = f"of {quote(kind.task)}{where}{what} in {quote(kind.step)}"
    if found.new:
        return f"{count(grown, 'new failure')} {place}: a kind not seen before"
    if grown > 0:
        return f"{count(grown, 'more failure')} {place}; {found.before:,} before"
    return f"{count(-grown, 'failure')} fewer {place}; {found.after:,} left"


def _review(found: Reviewed, quote: Quote) -> str:
    some = _named(found.groups, quote)
    return (
        f"{count(len(found.groups), 'group')} of {quote(found.step)} to look at, {found.reason.words}: {some}"
    )


def _collection(found: CollectionChange, quote: Quote) -> str:
    what = "dataset" if found.tagged else "run"
    name = quote(found.name) if found.name else f"the collection of {step_name(found.step, quote)}"
    if found.retired:
        return f"{name} was retired"
    if found.after is None:
        return f"{name} was begun"
    if found.before is None:
        return f"{name} was made of {count(found.after, what)}"
    return f"{name} was made anew of {count(found.after, what)}; {found.before:,} before"


def step_name(step: str, quote: Quote) -> str:
    """Return what a step is called; the campaign as a whole stands among steps."""
    return "the campaign" if step == CAMPAIGN else quote(step)


def _decision(found: Taken, quote: Quote) -> str:
    on = _named(found.on, quote)
    if not found.verb:
        return f"decision {quote(found.decision)} on {on}, which is not written any more"
    why = f": {quote(found.because)}" if found.because else ""
    return f"{found.verb} of {on}, decided by {quote(found.by) or 'nobody named'}{why}"


def hours(seconds: int) -> str:
    """Return core seconds as hours, with a sign where something was taken back."""
    return f"{seconds / 3600:,.1f}"
