"""A plan with every item in full: why, where it is asked for, what must still hold, its digest."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.plan import Item, Plan
from cmcompile.report.plan import words
from cmcompile.report.screen import Screen, count

_LABEL = 14


def render(plan: Plan, screen: Screen, next_: str) -> str:
    """Return the text; nothing in it is cut or left out."""
    return "".join(_lines(plan, screen, next_))


def _lines(plan: Plan, screen: Screen, next_: str) -> Iterator[str]:
    yield screen.whole(f"{plan.source.campaign}: {words.summary(plan)}", "bold")
    yield from _source(plan, screen)
    for stage in plan.stages:
        if not stage.items:
            continue
        yield "\n"
        yield screen.whole(f"{stage.name.value} ({count(len(stage.items), 'item')})", "bold")
        for item in stage.items:
            yield from _item(item, screen)
    for said, number in words.bounds(plan):
        yield "\n"
        yield screen.whole(f"{said} ({count(number, 'group')})")
    following = next_ or words.next_command(plan)
    if following != words.explained(plan):
        yield "\n"
        yield screen.whole(f"next: {following}", "bold")


def _source(plan: Plan, screen: Screen) -> Iterator[str]:
    made = plan.source
    facts = [
        ("plan", plan.digest),
        ("spec", f"{made.spec} {made.commit or '(working tree)'}"),
        ("ledger", made.ledger or "none yet"),
        ("cmcompile", f"{made.version} (emit {made.emit})"),
        ("selectors", " ".join(made.selectors)),
        ("limit", "" if made.limit is None else str(made.limit)),
    ]
    yield from (_fact(label, value, screen) for label, value in facts if value)
    for path, digest in sorted(made.inputs.items()):
        yield _fact("input", f"{digest} {path}", screen)


def _fact(label: str, value: str, screen: Screen, indent: str = "  ") -> str:
    return screen.whole(f"{indent}{label:{_LABEL}} {value}")


def _item(item: Item, screen: Screen) -> Iterator[str]:
    yield screen.whole(f"  {words.sign(item.action)} {item.action.value} {words.subject(item)}", "bold")
    facts = [
        ("reason", f"{item.reason.words} ({item.reason.value})"),
        ("detail", item.detail),
        ("state before", "" if item.state is None else item.state.value),
        ("because", "" if item.because is None else str(item.because)),
        ("decision", item.decision),
        ("definition", item.definition),
        ("covers", ", ".join(item.covers)),
        ("cost", _cost(item)),
        ("reversible", "" if item.reversible else "no: it can't be undone without loss"),
        ("next", item.next),
        ("digest", item.digest),
    ]
    yield from (_fact(label, value, screen, "      ") for label, value in facts if value)
    for name in sorted(item.preconditions):
        yield _fact("must hold", f"{name} = {item.preconditions[name]}", screen, "      ")


def _cost(item: Item) -> str:
    if item.cost is None:
        return ""
    known = item.cost
    said = [count(known.quanta, "quantum", "quanta")] if known.quanta is not None else []
    if known.core_hours is not None:
        said.append(words.core_hours(*known.core_hours))
    return ", ".join(said) + (f", by {known.source}" if known.source and said else "")
