"""A plan as text for people: what is done and what stands in the way first, and what to type last."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.plan import GATED, IDLE, Action, Item, Plan
from cmcompile.report.plan import words
from cmcompile.report.plan.words import Cluster
from cmcompile.report.screen import Colour, Screen, columns, count
from cmcompile.report.terminal import width


def render(plan: Plan, screen: Screen, next_: str | None) -> str:
    """Return the text; ``next_`` is what to type, or empty; None: it goes on by itself."""
    return "".join(_lines(plan, screen, next_))


def _lines(plan: Plan, screen: Screen, next_: str | None) -> Iterator[str]:
    urgent = words.urgent(plan)
    yield from screen.wrapped(
        f"{plan.source.campaign}: {words.summary(plan)}", "  ", "alarm" if urgent else "bold"
    )
    yield from screen.wrapped(words.source(plan), "  ", "dim")
    price = words.cost(plan.items())
    yield from [screen.line(f"cost: {price}")] if price else []
    if urgent:
        yield "\n"
        for item in words.clusters(urgent):
            yield from _urgent(item, plan, screen)
    for name, items in words.rest(plan):
        yield screen.line("")
        yield screen.line(name.value, "bold")
        yield from _stage(items, plan, screen)
    bounds = list(words.bounds(plan))
    if bounds:
        yield screen.line("")
        yield screen.line("what bounds the sending", "bold")
        yield from (screen.line(f"  {said} ({_wait(n)})") for said, n in bounds)
    if next_ is not None:
        yield screen.line("")
        yield screen.whole(f"next: {next_ or words.next_command(plan)}", "bold")


def _wait(number: int) -> str:
    return f"{count(number, 'group')} {'waits' if number == 1 else 'wait'}"


def _urgent(found: Cluster, plan: Plan, screen: Screen) -> Iterator[str]:
    mark = words.sign(found.action)
    what = words.kind(found.items[0])
    if len(found.items) == 1:
        said = f"{mark} {what} {words.subject(found.items[0])}: {found.why}"
    else:
        said = f"{mark} {what} {found.step}, {count(len(found.items), 'group')}: {found.why}"
    yield from screen.wrapped(said, "    ", "alarm")
    shown = screen.shown(len(found.items))
    for item in found.items[:shown]:
        detail = f": {item.detail}" if item.detail and not found.same else ""
        place = f"  {words.place(item.because)}" if item.because else ""
        if len(found.items) > 1:
            yield screen.line(f"    {words.subject(item)}{detail}{place}")
        elif place:
            yield screen.line(f"    written at{place[1:]}", "dim")
        if item.next:
            yield screen.whole(f"      {item.next}", "bold")
    if len(found.items) > shown:
        yield _more(len(found.items) - shown, plan, screen)


def _more(number: int, plan: Plan, screen: Screen) -> str:
    return screen.whole(f"    and {number:,} more: {words.command(plan)} --explain", "dim")


def _stage(items: Sequence[Item], plan: Plan, screen: Screen) -> Iterator[str]:
    for found in words.clusters(items):
        if found.foldable:
            yield from screen.wrapped(f"  {_together(found)}", "      ")
            continue
        shown = screen.shown(len(found.items))
        rows = [_cells(item) for item in found.items[:shown]]
        for line in _aligned(rows, screen):
            yield screen.paint(line, _colour(found.action)) + "\n"
        if len(found.items) > shown:
            yield _more(len(found.items) - shown, plan, screen)
        for item in found.items[:shown]:
            yield from _removed(item, plan, screen)


def _removed(item: Item, plan: Plan, screen: Screen) -> Iterator[str]:
    """Yield the collections that an item removes, and the command that counts what they hold."""
    runs = words.removed(item)
    shown = screen.shown(len(runs))
    yield from (screen.whole(f"      removes {run}") for run in runs[:shown])
    if len(runs) > shown:
        yield _more(len(runs) - shown, plan, screen)
    if runs:
        yield screen.whole(f"      {words.counting(item, plan)}  tells what is in there", "dim")


def _together(found: Cluster) -> str:
    return f"{words.sign(found.action)} {found.action.value} {found.groups}: {found.why}"


def _cells(item: Item) -> list[str]:
    said = f"{item.reason.words}: {item.detail}" if item.detail else item.reason.words
    if not item.reversible and item.action not in GATED | IDLE:
        said += " (can't be undone)"
    return [
        f"  {words.sign(item.action)} {item.action.value}",
        words.subject(item),
        said,
        words.place(item.because),
    ]


def _aligned(rows: Sequence[list[str]], screen: Screen) -> Iterator[str]:
    """Yield lines; where they are too wide the places go first."""
    lines = columns(list(rows))
    if screen.columns is not None and any(width(line) > screen.room for line in lines):
        lines = columns([row[:-1] for row in rows])
    yield from (screen.cut(line) for line in lines)


def _colour(action: Action) -> Colour | None:
    if action in IDLE:
        return "dim"
    return "good" if action in GATED or action is Action.ACCEPT else None
