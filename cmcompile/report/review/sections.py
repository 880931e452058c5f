"""The parts of a review as Markdown tables and lists; all foreign text stands in code spans."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from cmcompile.model.plan import GATED, IDLE
from cmcompile.model.review import REFUSAL, CampaignReview, Estimate, Review
from cmcompile.report.markdown import Section, code, head, row
from cmcompile.report.review import words
from cmcompile.report.review.costs import both, estimate, price, priced, total
from cmcompile.report.review.edits import edit_words, reach, regrouped, told_edits
from cmcompile.report.review.names import place
from cmcompile.report.review.refusals import Refusal, refusals
from cmcompile.report.review.words import Bundle
from cmcompile.report.screen import count, short
from cmcompile.report.terminal import visible

#: Characters of a message, a reason or a command.
_LONG = 400


def overview(review: Review, most: int | None) -> Section:
    """Return a row for each campaign, those that ask for the most attention first."""
    names = ["campaign", "verdict", "groups", "changed", "new", "gone", "refused", "sent at once"]
    start = ("", *head(names, frozenset(range(2, 7))))
    return Section(start, tuple(map(_campaign, words.ordered(review))), (), most)


def _campaign(one: CampaignReview) -> str:
    found, change = one.difference, words.change(one)
    said = f"{words.SIGNS[one.verdict]} {one.verdict.value}" + (f", {change}" if change else "")
    counts = ["?"] * 4
    if found is not None:
        counts = [f"{n:,}" for n in (found.new, found.changed, found.added, found.removed)]
    was = f" (was {code(one.was)})" if one.was else ""
    refused = f"{len(one.refused()):,}" if one.plan is not None else ""
    sent = words.sent(one) if one.plan is not None else f"not planned: {code(one.unplanned)}"
    return row([code(one.name) + was, said, *counts, refused, sent])


def refused(review: Review, most: int | None) -> Section | None:
    """Return what is refused, by the edit behind it."""
    found = [r for one in review.campaigns for r in refusals(one)]
    if not found:
        return None
    names = ["where", "campaign", "what", "groups", "what to do"]
    return Section(("", "### Refused", "", *head(names)), tuple(map(_refusal, found)), (), most)


def _refusal(found: Refusal) -> str:
    number = f"{count(found.number, 'group')}: " if found.number > 1 else ""
    do = ": ".join(filter(None, (found.why, code(found.command, _LONG))))
    cells = [code(place(found.span)), code(found.campaign), code(found.what, _LONG)]
    return row([*cells, number + (code(found.groups, _LONG) or "the campaign as a whole"), do])


def risks(review: Review, most: int | None) -> Section | None:
    """Return what is to be weighed; what asks for a look first."""
    found = [(one, risk) for one in review.campaigns for risk in one.risks if risk.kind != REFUSAL]
    if not found:
        return None
    found.sort(key=lambda pair: not pair[1].asks)
    rows = [
        f"- {words.SIGN_ASKS if risk.asks else words.SIGN_TOLD} **{risk.kind}**, {code(one.name)}: "
        + code(risk.text, _LONG)
        + (f" ({code(place(risk.span))})" if risk.span else "")
        for one, risk in found
    ]
    return Section(("", "### Risks", ""), tuple(rows), (), most)


def edits(review: Review, most: int | None) -> Section | None:
    """Return what changes, by edit."""
    found = told_edits(review)
    if not found:
        return None
    names = ["where", "edit", "groups", "in"]
    rows = [
        row([code(place(t.edit.span)), code(edit_words(t.edit), _LONG), code(t.groups, _LONG)])[:-2]
        + f" | {code(reach(t.edit), _LONG)} |"
        for t in found
    ]
    return Section(
        ("", f"### What changes: {count(len(found), 'edit')}", "", *head(names)), tuple(rows), (), most
    )


def decisions(review: Review, most: int | None) -> Section | None:
    """Return the decisions that come or go: who decides what about what."""
    found = [(one, d) for one in review.campaigns for d in one.decisions]
    if not found:
        return None
    names = ["where", "campaign", "decision", "who", "because"]
    rows = [
        row(
            [
                code(place(d.decision.span)),
                code(one.name),
                code(words.decision_words(d)),
                code(d.decision.by),
                code(d.decision.because, _LONG),
            ]
        )
        for one, d in found
    ]
    return Section(("", f"### {count(len(found), 'decision')}", "", *head(names)), tuple(rows), (), most)


def lists(review: Review, most: int | None) -> Section | None:
    """Return the lists that differ."""
    found = [(one, each) for one in review.campaigns for each in one.lists]
    if not found:
        return None
    names = ["list", "campaign", "rows", "come", "gone"]
    rows = [
        row([code(e.path), code(one.name), f"{e.old:,} → {e.new:,}", f"{e.come:,}", f"{e.gone:,}"])
        for one, e in found
    ]
    return Section(("", "### Lists", "", *head(names, frozenset({2, 3, 4}))), tuple(rows), (), most)


def costs(review: Review, most: int | None) -> Section | None:
    """Return what is left to send before and after the edit, what that costs, and by which figures."""
    found = priced(words.ordered(review))
    if not found:
        return None
    before, after = (total(side) for side in zip(*map(both, found), strict=True))
    start = ("", "### Cost", "")
    if not any(side.known for one in found for side in both(one) if side):
        left = f"Left to send: {estimate(before)} before, {estimate(after)} after."
        why = "What that costs is not known: no workflow of these steps was measured yet."
        return Section((*start, f"{left} {why}"))
    names = ["campaign", "left to send before", "after", "cost before", "cost after", "by"]
    rows = [_cost(code(one.name), *both(one)) for one in found]
    if len(found) > 1:
        rows.insert(0, _cost("**all**", before, after))
    return Section((*start, *head(names)), tuple(rows), (), most)


def _cost(name: str, before: Estimate | None, after: Estimate | None) -> str:
    sources = dict.fromkeys(source for side in (after, before) if side for source in side.sources)
    if before == after:
        told = [estimate(after), "the same", price(after), "the same"]
    else:
        told = [estimate(before), estimate(after), price(before), price(after)]
    return row([name, *told, code("; ".join(sources), _LONG)])


def findings(review: Review, most: int | None) -> Section | None:
    """Return the findings, the most useful first."""
    told = frozenset(review.told)
    found = [d for d in words.ranked(review) if d in told]
    if not found:
        return None
    known = review.known
    names = ["where", "finding", "message", "what to do"]
    rows = []
    for d in found:
        marks = ["new"] if d not in known else []
        marks += ["this edit's line"] if review.is_changed(d.span) else []
        said = f"{d.severity.value} {code(d.code.name)}" + (f" ({', '.join(marks)})" if marks else "")
        rows.append(row([code(place(d.span)), said, code(d.message, _LONG), code(d.hint, _LONG)]))
    return Section(("", f"### Findings: {words.findings(review)}", "", *head(names)), tuple(rows), (), most)


def campaign(one: CampaignReview, most: int | None) -> Section:
    """Return all of one campaign, folded up: its plan, how its groups differ, files and ledger."""
    title = f"<code>{escape(visible(one.name[:80]))}</code>: {_title(one)}"
    lines = [f"- ledger: {_ledger(one)}", f"- files: {_names(one.files)}"]
    if one.undiffed:
        lines.append(f"- not compared: {code(one.undiffed, _LONG)}")
    if one.unplanned:
        lines.append(f"- not planned: {code(one.unplanned, _LONG)}")
    if one.plan is not None:
        lines.append(f"- plan: {code(one.plan.digest)}")
    if one.dropped:
        lines.append(f"- {count(one.dropped, 'action')} of the plan without this edit would not be done")
    if one.difference is not None:
        for regrouping in one.difference.regroupings:
            lines += [f"- {code(line.strip(), _LONG)}" for line in regrouped(regrouping)]
    table = list(_plan(one))
    start = ("", f"<details><summary>{title}</summary>", "", *lines, *(["", *table[:2]] if table else []))
    return Section(start, tuple(table[2:]), ("", "</details>"), most)


def _title(one: CampaignReview) -> str:
    if one.plan is None:
        return "not planned"
    found = Counter(item.action for item in one.plan.items())
    return ", ".join(f"{number:,} {action.value}" for action, number in found.items()) or "nothing to do"


def _ledger(one: CampaignReview) -> str:
    seen = one.ledger
    if not seen.tip:
        return f"there is none yet ({seen.asked.words})" if not one.unknown else seen.asked.words
    return f"{code(short(seen.tip))}, {seen.asked.words}" + (f", of {code(seen.at)}" if seen.at else "")


def _names(paths: Sequence[str]) -> str:
    more = len(paths) - 5
    return ", ".join(map(code, paths[:5])) + (f" and {more:,} more" if more > 0 else "")


def _plan(one: CampaignReview) -> Iterator[str]:
    found = words.bundles(one)
    if not found:
        return
    yield from head(["", "action", "what", "why", "where"])
    yield from map(_bundle, found)


def _bundle(found: Bundle) -> str:
    first = found.items[0]
    why = found.reason.words + (f": {code(found.detail, _LONG)}" if found.detail else "")
    if not first.reversible and found.action not in GATED | IDLE:
        why += " (can't be undone)"
    mark = "this edit" if found.ours else "anyway"
    return row([mark, found.action.value, code(found.groups), why, code(place(first.because))])
