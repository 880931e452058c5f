"""Where the data of an id went, as text or CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cmcompile.model.status import Whereabouts
from cmcompile.report.screen import Screen, count
from cmcompile.report.status import words
from cmcompile.report.table import render_table
from cmcompile.report.terminal import visible

COLUMNS = (
    *("campaign", "step", "group", "workflow", "workflow_state", "run", "state", "reason", "detail"),
    *("since", "next"),
)


def text(what: str, rows: Sequence[Whereabouts], screen: Screen) -> str:
    """Return a block per group, with a line per workflow, for people."""
    return "".join(_text(what, rows, screen))


def _text(what: str, rows: Sequence[Whereabouts], screen: Screen) -> Iterator[str]:
    groups: dict[tuple[str, str, str], list[Whereabouts]] = {}
    for r in rows:
        groups.setdefault((r.campaign, r.step, r.group), []).append(r)
    if not groups:
        yield screen.line(f"no group holds {what}")
        return
    campaigns = len({name for name, _, _ in groups})
    yield screen.line(f"{what}: {count(len(groups), 'group')} in {count(campaigns, 'campaign')}", "bold")
    for (campaign, step, group), found in groups.items():
        first = found[0]
        since = f" since {screen.time(first.since)}" if first.since else ""
        yield "\n"
        yield screen.line(f"{campaign}/{step}/{group}: {first.state.value}{since}")
        yield from screen.wrapped(f"  {words.why(first.reason, first.detail)}", "  ")
        yield from [screen.whole(f"  {first.next}", "bold")] if first.next else []
        for each in found:
            if each.workflow:
                # Collections are copied from here: they are never cut.
                yield screen.whole(f"  {each.workflow}  {each.workflow_state}  {each.run}".rstrip())


def csv(rows: Sequence[Whereabouts]) -> str:
    """Return a row per group and workflow."""
    return render_table(COLUMNS, [_cells(r) for r in rows], "csv")


def _cells(r: Whereabouts) -> list[str]:
    cells = [r.campaign, r.step, r.group, r.workflow, r.workflow_state, r.run, r.state.value]
    return [visible(cell) for cell in (*cells, r.reason.value, r.detail, r.since, r.next)]
