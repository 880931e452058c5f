"""What failed over the history of a campaign, and what a policy says of samples, as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Literal, TypeAlias

from cmcompile.model.failures import FailureRow, FailureTable, Trend, Tried
from cmcompile.model.outcome import Failure
from cmcompile.model.policy import FailureClass
from cmcompile.report.screen import Colour, Screen, count
from cmcompile.report.table import render_table
from cmcompile.report.terminal import visible

FailuresFormat: TypeAlias = Literal["text", "json"]

FORMAT = 1

_COLUMNS = ("class", "task", "site", "rule", "failed", "open", "groups", "first", "last", "trend")
_TRENDS = {Trend.RISING: "rising", Trend.STEADY: "steady", Trend.FALLING: "falling", Trend.FEW: "-"}
_MESSAGE = 160


def render_failures(title: str, table: FailureTable, format: FailuresFormat, screen: Screen) -> str:  # noqa: A002
    """Render what failed; ``title`` is what was asked for, such as ``dp02/step1``."""
    if format == "json":
        return _json(title, table)
    return "".join(_text(title, table, screen))


def _json(title: str, table: FailureTable) -> str:
    rows = []
    for row in table.rows:
        found = asdict(row)
        found["class"] = found.pop("kind").value
        found["trend"] = row.trend.value
        rows.append(found)
    document = {
        "format": FORMAT,
        "kind": "failures",
        "of": title,
        "workflows": table.workflows,
        "unnamed": table.unnamed,
        "behind": table.behind,
        "failures": rows,
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _text(title: str, table: FailureTable, screen: Screen) -> Iterator[str]:
    looked = count(table.workflows, "workflow")
    if not table.rows:
        yield f"{title}: nothing failed in {looked}\n"
    else:
        yield f"{title}: {count(sum(r.failures for r in table.rows), 'failure')} in {looked}\n\n"
        yield render_table(_COLUMNS, [_cells(row) for row in table.rows], "text")
        for row in table.rows:
            yield from _examples(row, screen)
        yield "\n"
    if table.behind:
        yield f"{count(table.behind, 'quantum', 'quanta')} never ran behind them\n"
    if table.unnamed:
        yield f"of {count(table.unnamed, 'workflow')} not all failures are named\n"


def _cells(row: FailureRow) -> tuple[str, ...]:
    return (
        row.kind.value,
        visible(row.task),
        visible(row.site) or "-",
        row.rule or "-",
        f"{row.failures:,}",
        f"{row.open:,}",
        f"{row.groups:,}",
        row.first[:10],
        row.last[:10],
        _TRENDS[row.trend],
    )


def _examples(row: FailureRow, screen: Screen) -> Iterator[str]:
    colour: Colour = "alarm" if row.kind is FailureClass.UNKNOWN else "busy"
    name = f"{row.kind.value} {row.task}" + (f" at {row.site}" if row.site else "")
    yield f"\n{screen.paint(visible(name), colour)}\n"
    message = next((e.message for e in row.examples if e.message), "")
    if message:
        yield f"  {_line(message)}\n"
    for example in row.examples:
        link = f"  {example.log}" if example.log else ""
        yield f"  {visible(f'{example.workflow} {example.data_id}{link}')}\n"


def _line(message: str) -> str:
    lines = [line for line in message.splitlines() if line.strip()]
    shown = visible(lines[0].strip()) if lines else ""
    return shown if len(shown) <= _MESSAGE else f"{shown[:_MESSAGE]}…"


def render_tried(policy: str, tried: Sequence[Tried], format: FailuresFormat, screen: Screen) -> str:  # noqa: A002
    """Render what a policy says of samples; ``policy`` is its file."""
    if format == "json":
        rows = [_tried_row(one) for one in tried]
        document = {"format": FORMAT, "kind": "policy test", "policy": policy, "samples": rows}
        return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return "".join(line for one in tried for line in _tried_text(one, screen))


def _tried_row(one: Tried) -> dict[str, object]:
    rule, failure = one.rule, one.sample.failure
    return {
        "name": one.sample.name,
        "message": failure.message,
        "class": FailureClass.UNKNOWN.value if rule is None else rule.kind.value,
        "action": "review" if rule is None else rule.remedy.value,
        "rule": None if rule is None else rule.name,
        "because": "" if rule is None else rule.because,
        "location": None
        if rule is None
        else {"file": rule.span.file, "line": rule.span.line, "column": rule.span.column},
        "matched": list(one.matched),
        "wrong": one.wrong,
    }


def _tried_text(one: Tried, screen: Screen) -> Iterator[str]:
    rule = one.rule
    if rule is None:
        words = screen.paint("unknown: no rule matches; review", "alarm")
    else:
        words = f"{rule.kind.value}: {rule.remedy.value}, by rule {rule.name} ({rule.span})"
    yield f"{visible(one.sample.name)}: {words}\n"
    if said := _said(one.sample.failure):
        yield f"  said: {said}\n"
    if rule is not None:
        yield f"  since {visible(', '.join(one.matched))}: {visible(rule.because)}\n"
    if one.wrong:
        yield f"  {screen.paint('wrong', 'alarm')}: {one.wrong}\n"


def _said(failure: Failure) -> str:
    return _line(failure.message)
