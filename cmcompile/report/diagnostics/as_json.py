"""Findings as JSON: the schema ``diagnostics-v1``.

A later version may add keys under the same number of format; a reader ignores the keys it does not know.
"""

from __future__ import annotations

import json

from cmcompile.model.diagnostic import Diagnostic
from cmcompile.model.source import Span
from cmcompile.report.diagnostics.look import Look, Summary

FORMAT = 1


def render(findings: tuple[Diagnostic, ...], look: Look) -> str:
    """Return one JSON document with all findings, allowed ones included."""
    summary = Summary.of(findings)
    document = {
        "format": FORMAT,
        "findings": [_finding(d, look) for d in findings],
        "summary": {
            "error": summary.errors,
            "warning": summary.warnings,
            "note": summary.notes,
            "allowed": summary.allowed,
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _finding(finding: Diagnostic, look: Look) -> dict[str, object]:
    return {
        "code": finding.code.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "hint": finding.hint,
        **_place(finding.span),
        "related": [{**_place(r.span), "message": r.message} for r in finding.related],
        "scope": finding.scope,
        "allowed": finding.allowed,
        "docs": look.docs_url(finding.code),
    }


def _place(span: Span | None) -> dict[str, object]:
    if span is None:
        return {"file": None, "line": None, "column": None}
    return {"file": span.file, "line": span.line, "column": span.column}
