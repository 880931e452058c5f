"""A review as text for a terminal: verdict, what is refused, what to weigh, what changes, what it costs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.review import REFUSAL, CampaignReview, Change, Estimate, Review, Verdict
from cmcompile.report.review import words
from cmcompile.report.review.costs import both, estimate, price
from cmcompile.report.review.edits import edit_words, reach, told_edits
from cmcompile.report.review.names import place
from cmcompile.report.review.refusals import refusals
from cmcompile.report.screen import Colour, Screen, columns, count

#: Of this risk the line above says more.
_UNCOMPARED = "not compared"
#: So many campaigns are told one by one, even where nothing stands against them.
_FEW = 3
_COLOURS: dict[Verdict, Colour] = {
    Verdict.NOTHING: "good",
    Verdict.FINE: "good",
    Verdict.ATTENTION: "busy",
    Verdict.REFUSED: "alarm",
    Verdict.ERROR: "alarm",
}


def render(review: Review, screen: Screen, *, out: bool) -> str:
    """Return the text; ``out`` says whether the whole report was written too."""
    return "".join(inert(line) for text in _lines(review, screen, out=out) for line in text.splitlines(True))


def inert(line: str) -> str:
    r"""Return a line of a job's log so that no runner of a forge takes it for a command.

    GitHub's takes ``::`` at the start of a line, spaces aside, and ``##[`` anywhere: both get a ``\``.
    """
    bare = line.lstrip()
    if bare.startswith("::"):
        line = f"{line[: len(line) - len(bare)]}\\{bare}"
    return line.replace("##[", "#\\#[")


def _lines(review: Review, screen: Screen, *, out: bool) -> Iterator[str]:
    said = f"{review.verdict.words}: {words.headline(review)}"
    yield from screen.wrapped(said, "  ", _COLOURS[review.verdict])
    if review.fault:
        yield from screen.wrapped(f"  {review.fault}", "  ")
        return
    if review.campaigns:
        yield from screen.wrapped(words.counted(review), "  ")
        yield from screen.wrapped(f"merging: {words.merging(review.campaigns)}", "  ")
    base, head = words.sides(review)
    yield screen.line(f"{base} → {head}", "dim")
    campaigns = words.ordered(review)
    plain = [
        one for one in campaigns if len(campaigns) > _FEW and one.verdict is Verdict.FINE and not one.risks
    ]
    for one in campaigns:
        if one not in plain:
            yield from _campaign(one, screen, alone=len(campaigns) == 1)
    yield from _part("nothing stands against", [_row(one) for one in plain], screen)
    yield from _part("what changes", _edits(review), screen)
    yield from _part("decisions", _decisions(review), screen)
    yield from _part("lists", _lists(review), screen)
    yield from _part(f"findings: {words.findings(review)}", _findings(review), screen)
    if review.campaigns and not out:
        yield screen.line("")
        yield screen.whole(
            "next: add -o DIR for the whole report, with plans that `cmcompile apply` takes", "bold"
        )


def _row(one: CampaignReview) -> list[str]:
    return [one.name, words.change(one), _groups(one), words.merging([one])]


def _groups(one: CampaignReview) -> str:
    found = one.difference
    if found is None:
        return "groups not compared"
    counts = f"{found.old:,} → {found.new:,}" if found.old != found.new else f"{found.new:,}"
    return f"groups: {counts}; {found.changed:,} changed, {found.added:,} new, {found.removed:,} gone"


def _campaign(one: CampaignReview, screen: Screen, *, alone: bool) -> Iterator[str]:
    yield screen.line("")
    change = words.change(one)
    was = f", was {one.was}" if one.was else ""
    yield screen.line(f"{one.name}: {one.verdict.value}" + (f" ({change}{was})" if change else ""), "bold")
    if one.difference is not None:
        yield screen.line(f"  {_groups(one)}")
    reasons = {_UNCOMPARED: one.undiffed, "not planned": one.unplanned}
    for what, why in reasons.items():
        if why:
            yield from screen.wrapped(f"  {what}: {why}", "    ")
    for refusal in refusals(one):
        where = f"refused {place(refusal.span)}" if refusal.span else "refused"
        told = f"  {where}: {refusal.what}" + (f": {refusal.groups}" if refusal.groups else "")
        yield from screen.wrapped(told, "    ", "alarm")
        if refusal.why:
            yield from screen.wrapped(f"    {refusal.why}", "    ")
        if refusal.command:
            yield screen.whole(f"      {refusal.command}", "bold")
    for risk in one.risks:
        if risk.kind not in (REFUSAL, _UNCOMPARED):
            yield from screen.wrapped(f"  {risk.kind}: {risk.text}", "    ", "busy" if risk.asks else None)
    if one.plan is not None and not alone:
        yield from screen.wrapped(f"  merging: {words.merging([one])}", "    ")
    if one.before != one.after and (one.after is not None or one.change is Change.REMOVED):
        yield from screen.wrapped(f"  left to send: {' → '.join(map(_left, both(one)))}", "    ")


def _left(one: Estimate | None) -> str:
    known = one is not None and one.groups + one.rescues
    return f"{estimate(one)}, cost {price(one)}" if known else estimate(one)


def _part(name: str, rows: Sequence[Sequence[str]], screen: Screen) -> Iterator[str]:
    if not rows:
        return
    yield screen.line("")
    yield screen.line(name, "bold")
    shown = screen.shown(len(rows))
    yield from (screen.line(f"  {line}") for line in columns([list(row) for row in rows[:shown]]))
    if len(rows) > shown:
        yield screen.line(f"  and {len(rows) - shown:,} more", "dim")


def _edits(review: Review) -> list[list[str]]:
    return [
        [place(t.edit.span), edit_words(t.edit), t.groups, f"in {keys}" if (keys := reach(t.edit)) else ""]
        for t in told_edits(review)
    ]


def _decisions(review: Review) -> list[list[str]]:
    return [
        [
            place(d.decision.span),
            one.name,
            words.decision_words(d),
            f"{d.decision.by}: {d.decision.because}",
        ]
        for one in review.campaigns
        for d in one.decisions
    ]


def _lists(review: Review) -> list[list[str]]:
    return [
        [e.path, one.name, f"{e.old:,} → {count(e.new, 'row')}", f"{e.come:,} come, {e.gone:,} gone"]
        for one in review.campaigns
        for e in one.lists
    ]


def _findings(review: Review) -> list[list[str]]:
    told = frozenset(review.told)
    found = [d for d in words.ranked(review) if d in told]
    return [[place(d.span), f"{d.severity.value} {d.code.name}", d.message] for d in found]
