"""Rule 6: braces that Python's format rules, which BPS uses, can't read."""

from __future__ import annotations

import string

from cmcompile.bps.document import Document
from cmcompile.bps.view import Text
from cmcompile.model.codes import bps as codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.resolved import Leaf
from cmcompile.model.source import Span

HINT = "write {{ and }} for a brace that BPS shall leave alone"


def check_braces(document: Document, path: tuple[str, ...], leaf: Leaf, findings: Findings) -> None:
    """Report a lone brace in one text, without filling it in."""
    value = leaf.value
    if not isinstance(value, str) or ("{" not in value and "}" not in value):
        return
    if Text(path, value, None).is_free:
        return
    try:
        list(string.Formatter().parse(value))
    except ValueError as error:
        report(document, path, leaf.origin.span, str(error), findings)


def report(
    document: Document, path: tuple[str, ...], span: Span | None, problem: str, findings: Findings
) -> None:
    """Record that the braces of a text can't be read."""
    message = f"`{'.'.join(path)}`: BPS can't read the braces of this text ({problem})"
    findings.add(codes.LONE_BRACE, span or document.span, message, HINT, (), document.step)
