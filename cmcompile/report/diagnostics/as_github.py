"""Findings as workflow commands: GitHub shows them beside the lines of a pull request.

GitHub drops annotations past the tenth of a kind in a step without a word. The rest is written
as plain lines of the log, and the tenth annotation says how many there are.
"""

from __future__ import annotations

from cmcompile.model.diagnostic import Diagnostic, Severity
from cmcompile.report.diagnostics.look import Look, Summary
from cmcompile.report.terminal import visible

_LIMIT = 10
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def render(findings: tuple[Diagnostic, ...], look: Look) -> str:
    """Return a line per finding that no spec allows, errors first, and a line that counts them."""
    del look
    lines: list[str] = []
    for severity in Severity:
        lines += _of_severity([d for d in findings if d.severity is severity and d.allowed is None])
    return "\n".join([*lines, str(Summary.of(findings))]) + "\n"


def _of_severity(findings: list[Diagnostic]) -> list[str]:
    if len(findings) <= _LIMIT:
        return [command(d) for d in findings]
    shown, rest = findings[: _LIMIT - 1], findings[_LIMIT - 1 :]
    name = _COMMANDS[rest[0].severity]
    more = f"::{name} title=cmcompile::{len(rest)} more of this kind are in the log of this step"
    return [*(command(d) for d in shown), more, *(_log_line(d) for d in rest)]


def command(finding: Diagnostic) -> str:
    """Return a finding as one workflow command."""
    properties = {"title": finding.code.name}
    if finding.span is not None:
        span = finding.span
        properties = {"file": span.file, "line": str(span.line), "col": str(span.column), **properties}
    listed = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    related = (f"{r.span}: {r.message}" for r in finding.related)
    parts = [line for part in (finding.message, finding.hint, *related) for line in part.splitlines()]
    text = "\n".join(visible(part) for part in parts)
    return f"::{_COMMANDS[finding.severity]} {listed}::{_data(text)}"


def _log_line(finding: Diagnostic) -> str:
    place = "" if finding.span is None else f"{finding.span}: "
    return visible(f"{place}{finding.severity.value} {finding.code.name}: {finding.message}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return visible(_data(text)).replace(":", "%3A").replace(",", "%2C")
