"""What ``verify`` found, as text and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

from cmcompile.model.diagnostic import Code, Severity
from cmcompile.model.verification import Verification
from cmcompile.report.diagnostics import render


def result(found: Verification) -> str:
    """Return the result in one word: ``tampered``, ``incomplete`` or ``healthy``."""
    if found.tampered:
        return "tampered"
    return "healthy" if found.healthy else "incomplete"


def summary(found: Verification) -> str:
    """Return lines that say what was checked, what was not, and the result."""
    counts = found.counts
    lines = [
        f"{found.campaign}: ledger {found.tip.commit[:12]}, {_count(counts.commits, 'commit')}, "
        f"{_count(counts.files, 'file')}, {_count(counts.events, 'event')}"
    ]
    if counts.submissions:
        more = f", {counts.adopted:,} adopted" if counts.adopted else ""
        more += f", {counts.waiting:,} without files yet" if counts.waiting else ""
        lines.append(
            f"  {_count(counts.submissions, 'submission')}: {counts.compiled:,} compared "
            f"({_count(counts.compared, 'file')}, {_count(counts.specs, 'spec commit')}){more}"
        )
    for lack in found.not_checked:
        many = f"{_count(lack.count, 'submission')}, " if lack.count else ""
        lines.append(f"  not checked: {many}{lack.why}")
    return "\n".join([*lines, f"  {_words(found)}"]) + "\n"


def _words(found: Verification) -> str:
    errors = sum(f.severity is Severity.ERROR for f in found.findings)
    if errors:
        return f"TAMPERED: {_count(errors, 'sign')} of something that cmcompile never does"
    if not found.healthy:
        return "nothing wrong was found, but not all could be checked"
    return "healthy: nothing was changed or removed, and each file is what its spec compiles to"


def as_json(found: Verification, docs_url: Callable[[Code], str]) -> str:
    """Return findings in the schema ``diagnostics-v1``, and what was checked under the key ``verify``."""
    document = json.loads(render(found.findings, "json", docs_url=docs_url))
    counts = found.counts
    document["verify"] = {
        "campaign": found.campaign,
        "ledger": found.tip.commit,
        "result": result(found),
        "complete_history": found.complete,
        "commits": counts.commits,
        "files": counts.files,
        "events": counts.events,
        "submissions": counts.submissions,
        "submissions_compared": counts.compiled,
        "submissions_adopted": counts.adopted,
        "submissions_without_files": counts.waiting,
        "files_compared": counts.compared,
        "spec_commits": counts.specs,
        "not_checked": [{"why": lack.why, "submissions": lack.count} for lack in found.not_checked],
    }
    return json.dumps(document, indent=2) + "\n"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"
