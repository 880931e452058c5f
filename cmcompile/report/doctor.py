"""What ``doctor`` found, as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, TypeAlias

from cmcompile.model.checkup import Result, Verdict
from cmcompile.report.screen import Colour, Screen, count

DoctorFormat: TypeAlias = Literal["text", "json"]

FORMAT = 1

_COLOURS: dict[Verdict, Colour] = {Verdict.FAULT: "alarm", Verdict.UNKNOWN: "busy", Verdict.FINE: "good"}


def render_doctor(
    campaign: str,
    results: Sequence[Result],
    format: DoctorFormat,  # noqa: A002 - the name of the option
    screen: Screen,
    *,
    everything: bool = False,
) -> str:
    """Render the results of checks.

    Parameters
    ----------
    everything
        Whether text tells also what is fine.
    """
    if format == "json":
        return json.dumps(_document(campaign, results), indent=2, ensure_ascii=False) + "\n"
    return "".join(_text(campaign, results, screen, everything=everything))


def faults(results: Iterable[Result]) -> list[Result]:
    """Return what is wrong, and not allowed."""
    return [result for result in results if result.verdict is Verdict.FAULT and not result.allowed]


def open_(results: Iterable[Result]) -> list[Result]:
    """Return what is not known, and not because of a fault that is told, or allowed."""
    some = (result for result in results if result.verdict is Verdict.UNKNOWN)
    return [result for result in some if not result.behind and not result.allowed]


def _document(campaign: str, results: Sequence[Result]) -> dict[str, object]:
    rows = [
        {
            "check": one.check,
            "code": one.code.name,
            "verdict": one.verdict.value,
            "message": one.said,
            "fix": one.fix,
            "command": one.command,
            "location": None
            if one.span is None
            else {"file": one.span.file, "line": one.span.line, "column": one.span.column},
            "behind": one.behind,
            "allowed": one.allowed,
        }
        for one in results
    ]
    return {
        "format": FORMAT,
        "campaign": campaign,
        "healthy": all(one.verdict is Verdict.FINE or one.allowed for one in results),
        "results": rows,
    }


def _text(campaign: str, results: Sequence[Result], screen: Screen, *, everything: bool) -> Iterator[str]:
    kinds: dict[tuple[str, Verdict], list[Result]] = {}
    for one in results:
        if everything or not (one.verdict is Verdict.FINE or one.allowed or one.behind):
            kinds.setdefault((one.check, one.verdict), []).append(one)
    for (check, verdict), some in kinds.items():
        shown = len(some) if everything else screen.shown(len(some))
        for one in some[:shown]:
            yield from _lines(one, screen)
        if shown < len(some):
            more = f"  … and {len(some) - shown:,} more of {check} are {verdict.value}: --all shows them"
            yield screen.line(more, "dim")
    if not everything:
        yield from _behind(results, screen)
    yield screen.line(_summary(campaign, results), "bold")


def _behind(results: Iterable[Result], screen: Screen) -> Iterator[str]:
    """Name, in one line, the checks that a fault stands before."""
    found: dict[str, list[str]] = {}
    for one in results:
        if one.behind and not one.allowed and one.check not in found.setdefault(one.behind, []):
            found[one.behind].append(one.check)
    for behind, checks in found.items():
        said = f"unknown {', '.join(checks)}: first mend what {behind} says"
        yield from screen.wrapped(said, "  ", _COLOURS[Verdict.UNKNOWN])


def _lines(one: Result, screen: Screen) -> Iterator[str]:
    if one.verdict is Verdict.FINE:
        yield from screen.wrapped(f"fine {one.check}: {one.said}", "  ")
        return
    place = f"{one.span}: " if one.span is not None else ""
    head = f"{place}{one.verdict.value} {one.code.name} {one.check}: {one.said}"
    yield from screen.wrapped(head, "  ", _COLOURS[one.verdict])
    if one.allowed or one.behind:
        why = f"allowed: {one.allowed}" if one.allowed else f"first mend what {one.behind} says"
        yield from screen.wrapped(f"  {why}", "  ", "dim")
        return
    if one.fix:
        yield from screen.wrapped(f"  {one.fix}", "  ")
    if one.command:
        yield screen.whole(f"    {one.command}")


def _summary(campaign: str, results: Sequence[Result]) -> str:
    checks = count(len({one.check for one in results}), "check")
    wrong, allowed = len(faults(results)), sum(bool(one.allowed) for one in results)
    unknown = sum(one.verdict is Verdict.UNKNOWN and not one.allowed for one in results)
    said = [count(wrong, "fault")] if wrong else []
    said += [f"{unknown:,} not known"] if unknown else []
    said = said or ["all fine"]
    said += [f"{allowed:,} allowed"] if allowed else []
    return f"{campaign}: {checks}, {', '.join(said)}"
