"""What a catalog holds, and what filling it came to, as text, JSON and CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from cmcompile.model.catalog import Held, Output
from cmcompile.model.stamp import stamp
from cmcompile.report.groups import render_rows
from cmcompile.report.outputs import size
from cmcompile.report.screen import Screen, columns, count

CatalogFormat: TypeAlias = Literal["text", "json", "csv"]

FORMAT = 1
_SHORT = ("name", "group", "job", "for", "size", "events", "at", "")
_ALL = (
    *("campaign", "step", "group", "workflow", "run", "job", "data_id", "name", "path", "size", "checksum"),
    *("events", "at", "source", "last"),
)
_RIGHT = frozenset({2, 4, 5})


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken into a catalog.

    Attributes
    ----------
    told
        How many outputs were told of, by jobs or by files.
    new
        How many of them the catalog did not hold.
    notes
        What was left out, and is as it should be.
    faults
        What could not be looked at: of that nothing is known.
    """

    workflows: int
    told: int
    new: int
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def render_catalog(
    title: str,
    found: Sequence[Held],
    format: CatalogFormat,  # noqa: A002 - the name of the option
    screen: Screen,
) -> str:
    """Render outputs, the last one of each name first, ending with a newline."""
    if format == "json":
        rows = [_document(output, last=last) for output, last in _rows(found)]
        document = {"format": FORMAT, "kind": "catalog", "of": title, "outputs": rows}
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    if format == "csv":
        every = [_document(output, last=last) for output, last in _rows(found)]
        return render_rows(_ALL, [[row[name] for name in _ALL] for row in every], "csv")
    return "".join(_text(title, found, screen))


def _rows(found: Sequence[Held]) -> Iterator[tuple[Output, bool]]:
    for held in found:
        yield held.last, True
        yield from ((other, False) for other in held.others)


def _document(output: Output, *, last: bool) -> dict[str, object]:
    return {
        "campaign": output.campaign,
        "step": output.step,
        "group": output.group,
        "workflow": output.workflow,
        "run": output.run,
        "job": output.job,
        "data_id": output.data_id,
        "name": output.name,
        "path": output.path or None,
        "size": output.size,
        "checksum": output.checksum or None,
        "events": output.events,
        "at": _at(output) or None,
        "source": output.source,
        "last": last,
    }


def _at(output: Output) -> str:
    try:
        return stamp(datetime.fromtimestamp(output.at, UTC)) if output.at else ""
    except (ValueError, OverflowError, OSError):
        return ""


def _text(title: str, found: Sequence[Held], screen: Screen) -> Iterator[str]:
    outputs = [held.last for held in found]
    twice = sum(bool(held.others) for held in found)
    known = [o.size for o in outputs if o.size is not None]
    told = [o.events for o in outputs if o.events is not None]
    facts = [count(len(outputs), "output")]
    if known:
        facts.append(size(sum(known)) + _of(len(known), len(outputs)))
    if told:
        facts.append(count(sum(told), "event") + _of(len(told), len(outputs)))
    if twice:
        facts.append(f"{twice:,} there more than once: the last one counts")
    yield screen.line(f"{title}: {', '.join(facts)}")
    shown = screen.shown(len(found))
    rows = [_cells(output, last=last) for output, last in _rows(found[:shown])]
    if rows:
        for line in columns([[name.upper() for name in _SHORT], *rows], _RIGHT):
            yield screen.line(f"  {line}")
    if shown < len(found):
        yield screen.line(f"  … and {len(found) - shown:,} more; --all lists them", "dim")


def _of(number: int, whole: int) -> str:
    return "" if number == whole else f" (of {number:,})"


def _cells(output: Output, *, last: bool) -> list[str]:
    events = "" if output.events is None else f"{output.events:,}"
    name = output.name if last else "  " + (output.path if output.path != output.name else output.name)
    what = "" if last else f"before, by {output.workflow}"
    return [
        *(name, f"{output.step}/{output.group}", str(output.job), output.data_id.replace(", ", " ")),
        *(size(output.size) if output.size is not None else "", events, _at(output), what),
    ]


def render_taken(campaign: str, verb: str, taken: Taken, format: str, screen: Screen) -> str:  # noqa: A002
    """Render what was taken into a catalog, ending with a newline.

    Parameters
    ----------
    verb
        ``filled`` or ``scanned``.
    """
    if format == "json":
        document = {"format": FORMAT, "kind": verb, "campaign": campaign, "workflows": taken.workflows}
        document |= {
            "told": taken.told,
            "new": taken.new,
            "notes": list(taken.notes),
            "faults": list(taken.faults),
        }
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
    of = count(taken.workflows, "workflow")
    lines = [screen.line(f"{campaign}: {count(taken.told, 'output')} of {of}, {taken.new:,} new")]
    lines += [line for note in taken.notes for line in screen.wrapped(f"  {note}", "    ")]
    shown = screen.shown(len(taken.faults))
    lines += [
        line for fault in taken.faults[:shown] for line in screen.wrapped(f"  {fault}", "    ", "alarm")
    ]
    if shown < len(taken.faults):
        lines.append(screen.line(f"  … and {len(taken.faults) - shown:,} more", "dim"))
    return "".join(lines)
