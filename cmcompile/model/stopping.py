"""Which findings forbid to plan."""

from __future__ import annotations

from collections.abc import Iterable

from cmcompile.model.codes import sent
from cmcompile.model.diagnostic import Diagnostic, errors_in


def stops(findings: Iterable[Diagnostic]) -> bool:
    """Tell whether findings forbid to plan; edits that would alter what was sent are refused one by one."""
    refused = (sent.SENT_CHANGED, sent.SENT_GONE)
    return any(finding.code not in refused for finding in errors_in(tuple(findings)))
