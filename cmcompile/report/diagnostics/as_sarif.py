"""Findings as SARIF 2.1.0 (OASIS, 2020), for code scanning."""

from __future__ import annotations

import json
from urllib.parse import quote

from cmcompile.model.diagnostic import Code, Diagnostic, Related
from cmcompile.model.source import Span
from cmcompile.report.diagnostics.look import Look
from cmcompile.version import VERSION

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_ROOT = "%SRCROOT%"


def render(findings: tuple[Diagnostic, ...], look: Look) -> str:
    """Return one SARIF log with one run; allowed findings are suppressed results."""
    codes = {code.name: code for code in (*look.rules, *(d.code for d in findings))}
    rules = [codes[name] for name in sorted(codes)]
    index = {code.name: number for number, code in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "cmcompile",
                "semanticVersion": VERSION,
                "rules": [_rule(code, look) for code in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The root of the repository"}}},
        "results": [_result(d, index[d.code.name]) for d in findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2) + "\n"


def _rule(code: Code, look: Look) -> dict[str, object]:
    url = look.docs_url(code)
    rule: dict[str, object] = {
        "id": code.name,
        "shortDescription": {"text": code.title},
        "help": {
            "text": f"{code.title}; what it means and what to do: {url}",
            "markdown": f"{code.title}: [what it means and what to do]({url})",
        },
        "defaultConfiguration": {"level": code.severity.value},
    }
    # The format asks for an absolute URI here; a path in the repository is named by the help text alone.
    return {**rule, "helpUri": url} if "://" in url else rule


def _result(finding: Diagnostic, index: int) -> dict[str, object]:
    text = "\n".join(part for part in (finding.message, finding.hint) if part)
    result: dict[str, object] = {
        "ruleId": finding.code.name,
        "ruleIndex": index,
        "level": finding.severity.value,
        "message": {"text": text},
    }
    if finding.span is not None:
        result["locations"] = [{"physicalLocation": _physical(finding.span)}]
    if finding.related:
        result["relatedLocations"] = [_related(r, n) for n, r in enumerate(finding.related, 1)]
    # Where one result has this key, all must have it; an empty list means "not suppressed".
    result["suppressions"] = [] if finding.allowed is None else [_suppression(finding.allowed)]
    return result


def _suppression(reason: str) -> dict[str, object]:
    return {"kind": "external", "status": "accepted", "justification": reason}


def _related(related: Related, number: int) -> dict[str, object]:
    return {
        "id": number,
        "physicalLocation": _physical(related.span),
        "message": {"text": related.message},
    }


def _physical(span: Span) -> dict[str, object]:
    return {
        "artifactLocation": {"uri": quote(span.file), "uriBaseId": _ROOT},
        "region": {"startLine": span.line, "startColumn": span.column},
    }
