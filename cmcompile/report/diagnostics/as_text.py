"""Findings for a person at a terminal, in the form that compilers use and editors understand."""

from __future__ import annotations

from cmcompile.model.diagnostic import Diagnostic, Related, Severity
from cmcompile.model.source import Span
from cmcompile.report.diagnostics.look import Look, Summary
from cmcompile.report.terminal import visible, width

_TAB = "    "
_BEFORE, _SHOWN = 70, 110

_BOLD, _DIM, _GREEN = "1", "2", "1;32"
_COLOURS = {Severity.ERROR: "1;31", Severity.WARNING: "1;35", Severity.NOTE: "1;36"}


def render(findings: tuple[Diagnostic, ...], look: Look) -> str:
    """Return a block of lines per finding, and a line that counts them."""
    blocks = [_block(d, look) for d in findings if look.show_allowed or d.allowed is None]
    return "\n".join([*blocks, _summary(findings, look)]) + "\n"


def _summary(findings: tuple[Diagnostic, ...], look: Look) -> str:
    summary = Summary.of(findings)
    hidden = summary.allowed and not look.show_allowed
    return f"{summary} (shown by --show-allowed)" if hidden else str(summary)


def _block(finding: Diagnostic, look: Look) -> str:
    lines = [_head(finding, look), *_source(finding.span, look)]
    if finding.allowed is not None:
        lines += _labelled("allowed", finding.allowed, look)
    if finding.hint:
        lines += _labelled("hint", finding.hint, look)
    for related in finding.related:
        lines += _related(related, look)
    return "\n".join(lines)


def _head(finding: Diagnostic, look: Look) -> str:
    word = f"{finding.severity.value} {finding.code.name}"
    allowed = "" if finding.allowed is None else " (allowed)"
    first, *rest = _lines(finding.message)
    label = _paint(f"{word}{allowed}:", _COLOURS[finding.severity], look)
    return "\n".join([f"{_place(finding.span, look)}{label} {_paint(first, _BOLD, look)}", *rest])


def _related(related: Related, look: Look) -> list[str]:
    first, *rest = _lines(related.message)
    label = _paint("note:", _COLOURS[Severity.NOTE], look)
    return [f"{_place(related.span, look)}{label} {first}", *rest, *_source(related.span, look)]


def _labelled(label: str, text: str, look: Look) -> list[str]:
    first, *rest = _lines(text)
    return [f"  {_paint(f'{label}:', _BOLD, look)} {first}", *rest]


def _place(span: Span | None, look: Look) -> str:
    return "" if span is None else _paint(f"{visible(str(span))}:", _BOLD, look) + " "


def _source(span: Span | None, look: Look) -> list[str]:
    """Return the line of a place, and a caret under its column."""
    line = None if span is None else look.source_line(span)
    if span is None or line is None:
        return []
    column = min(max(span.column, 1), len(line) + 1) - 1
    start = max(0, column - _BEFORE) if len(line) > _SHOWN else 0
    end = start + _SHOWN
    before = ("..." if start else "") + _shown(line[start:column])
    after = _shown(line[column:end]).rstrip() + ("..." if end < len(line) else "")
    number = str(span.line)
    margin = " " * len(number)
    return [
        f"{_paint(f' {number} |', _DIM, look)} {before}{after}".rstrip(),
        f"{_paint(f' {margin} |', _DIM, look)} {' ' * width(before)}{_paint('^', _GREEN, look)}",
    ]


def _shown(text: str) -> str:
    return visible(text.replace("\t", _TAB))


def _lines(text: str) -> list[str]:
    first, *rest = text.splitlines() or [""]
    return [visible(first), *(f"    {visible(line)}".rstrip() for line in rest)]


def _paint(text: str, colour: str, look: Look) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if look.colour else text
