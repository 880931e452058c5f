"""What is refused, by the edit behind it, and what may be done instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import join

from cmcompile.model.ids import in_words
from cmcompile.model.plan import Item
from cmcompile.model.reason import Reason
from cmcompile.model.review import REFUSAL, CampaignReview
from cmcompile.model.source import Span
from cmcompile.report.review.edits import edit_words
from cmcompile.report.review.names import listed, subject

#: Why something that was sent already stands against an edit, and what may be done instead.
WAYS_ON = {
    Reason.SENT_CHANGED: "take the edit back; put what shall differ into a rescue, or supersede what is sent",
    Reason.SENT_GONE: "put it back, or supersede what was sent",
    Reason.TAG_CHANGED: "take the edit back, or give what shall differ another name",
}
#: Longer lists of groups nobody types.
_TYPED = 120


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is refused, and by which edit.

    Attributes
    ----------
    what
        The edit, or what a decision asks for.
    groups
        What was sent, or is asked for, in words.
    number
        How many groups.
    command
        What may be typed instead.
    """

    campaign: str
    span: Span | None
    what: str
    groups: str
    number: int
    why: str
    command: str = ""


def refusals(one: CampaignReview) -> list[Refusal]:
    """Return what is refused because of the edit, by the edit behind it."""
    refused = one.refused()
    sent = {str(i.subject): i for i in refused if i.reason in WAYS_ON}
    whole = [risk for risk in one.risks if risk.kind == REFUSAL]
    found = [Refusal(one.name, risk.span, risk.text, "", 0, "") for risk in whole]
    left = dict(sent)
    for edit in () if one.difference is None else one.difference.edits:
        hit = [group for group in edit.groups if group in sent]
        if hit:
            found.append(_refusal(one, edit.span, edit_words(edit), [sent[group] for group in hit]))
            for group in hit:
                left.pop(group, None)
    others = [item for item in refused if item.reason not in WAYS_ON]
    together: dict[tuple[Reason, Span | None, str], list[Item]] = {}
    for item in (*left.values(), *others):
        detail = "" if item.reason in WAYS_ON else item.detail
        together.setdefault((item.reason, item.because, detail), []).append(item)
    for (reason, span, detail), items in together.items():
        found.append(_refusal(one, span, f"{reason.words}: {detail}" if detail else reason.words, items))
    return found


def _refusal(one: CampaignReview, span: Span | None, what: str, items: Sequence[Item]) -> Refusal:
    groups = listed([subject(item.subject) for item in items], "groups")
    reason = items[0].reason
    command = next((item.next for item in items if item.next), "")
    if reason is Reason.SENT_CHANGED:
        command = _rescue(one.name, items)
    return Refusal(one.name, span, what, groups, len(items), WAYS_ON.get(reason, ""), command)


def _rescue(campaign: str, items: Sequence[Item]) -> str:
    """Return the command that makes a rescue of what was sent; empty where it would be too long to type."""
    step = items[0].subject.step
    ids = [
        i.subject.group or "" for i in items if i.subject.step == step and "." not in (i.subject.group or ".")
    ]
    numbers = [int(id_) if id_.isascii() and id_.isdecimal() else id_ for id_ in ids]
    groups = in_words(numbers, len(numbers)).replace(", ", ",")
    if not groups or len(groups) > _TYPED:
        return ""
    return f"{join(['cmcompile', 'rescue', f'{campaign}/{step}', 'NAME', '--groups', groups])} -m '…'"
