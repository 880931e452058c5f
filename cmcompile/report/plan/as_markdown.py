"""A plan as Markdown for a pull request: verdict, counts, folded details; below 60 kB by construction."""

from __future__ import annotations

from cmcompile.model.plan import IDLE, Action, Item, Plan
from cmcompile.report.markdown import LIMIT, Section, code, details, head, page, row
from cmcompile.report.plan import words
from cmcompile.report.plan.words import Cluster
from cmcompile.report.screen import count

#: Rows of what is refused or needs a person; they stand unfolded.
_URGENT = 30


def render(plan: Plan, next_: str, limit: int = LIMIT) -> str:
    """Return a page; its first line names the plan, for who finds and replaces it."""
    sections = [_verdict(plan, next_), _counts(plan)]
    urgent = words.urgent(plan)
    if urgent:
        start = ("", "### Refused, or needs a person", "", *head(["", "what", "why", "where", "command"]))
        sections.append(Section(start, tuple(map(_asking, urgent)), (), _URGENT))
    bounds = list(words.bounds(plan))
    if bounds:
        rows = [f"- {code(said)}: {count(n, 'group')}" for said, n in bounds]
        sections.append(Section(("", "### What bounds the sending", ""), tuple(rows)))
    for name, items in words.rest(plan):
        rows = [line for found in words.clusters(items) for line in _rows(found)]
        names = ["", "action", "what", "why", "where", "digest"]
        sections.append(details(f"{name.value}: {count(len(items), 'item')}", head(names), rows))
    return page(sections, f"see {code(words.command(plan) + ' --explain', 400)}", limit)


def _verdict(plan: Plan, next_: str) -> Section:
    mark = (f"<!-- cmcompile plan {_plain(plan.digest)} -->",) if plan.digest else ()
    said = f"**{words.summary(plan)}**"
    price = words.cost(plan.items())
    lines = [*mark, f"## Plan for {code(plan.source.campaign)}", "", said]
    lines += ["", f"Cost: {price}"] if price else []
    lines += ["", f"Made from {code(words.source(plan), 400)}."]
    lines += ["", f"Next: {code(next_ or words.next_command(plan), 400)}"]
    return Section(tuple(lines))


def _plain(digest: str) -> str:
    return "".join(c for c in digest if c.isalnum())


def _counts(plan: Plan) -> Section:
    actions = list(words.counts(plan))
    if not actions:
        return Section(("", "Nothing to do, and nothing waits."))
    found: dict[str, dict[Action, int]] = {}
    for item in plan.items():
        step = found.setdefault(item.subject.step, {})
        step[item.action] = step.get(item.action, 0) + 1
    rows = [
        row([code(step or "campaign"), *(f"{n[a]:,}" if a in n else "" for a in actions)])
        for step, n in found.items()
    ]
    right = frozenset(range(1, len(actions) + 1))
    return Section(("", *head(["step", *(a.value for a in actions)], right)), tuple(rows))


def _asking(item: Item) -> str:
    what = words.kind(item)
    return row(
        [what, code(words.subject(item)), _why(item), code(words.place(item.because)), code(item.next, 400)]
    )


def _rows(found: Cluster) -> list[str]:
    if not found.foldable:
        return [_row(item) for item in found.items]
    first = found.items[0]
    cells = [code(words.sign(found.action)), found.action.value, code(found.groups), _why(first)]
    return [row([*cells, code(words.place(first.because)), ""])]


def _row(item: Item) -> str:
    digest = "" if item.action in IDLE else code(item.digest[:12])
    cells = [code(words.sign(item.action)), item.action.value, code(words.subject(item)), _why(item)]
    return row([*cells, code(words.place(item.because)), digest])


def _why(item: Item) -> str:
    said = f"{item.reason.words}: {code(item.detail)}" if item.detail else item.reason.words
    return said if item.reversible or item.action in IDLE else f"{said} (can't be undone)"
