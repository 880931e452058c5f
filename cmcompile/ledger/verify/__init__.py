"""Proof that a ledger is what cmcompile wrote: nothing changed, and every file follows from its spec.

Compiling is passed in, so that the ledger knows no compiler. What can't be checked (a shallow clone, files
that another version wrote) is told apart from what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cmcompile.ledger.verify.approved import Approved
from cmcompile.ledger.verify.as_run import AsRun, Comparison
from cmcompile.ledger.verify.claims import check_claims
from cmcompile.ledger.verify.compare import Faults
from cmcompile.ledger.verify.content import check_content, check_ledger_json, read_content
from cmcompile.ledger.verify.documents import check_documents
from cmcompile.ledger.verify.history import check_history
from cmcompile.ledger.verify.kept import check_kept
from cmcompile.ledger.verify.moments import Moments
from cmcompile.ledger.verify.values import (
    CompileAt,
    Expected,
    Lack,
    Made,
    NotMade,
    Progress,
    Submission,
)
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnostic import Diagnostic, Findings
from cmcompile.model.ledger import LedgerStore, Tip
from cmcompile.model.ports import Folding
from cmcompile.model.source import Span
from cmcompile.model.verification import Counts, NotChecked, Verification

__all__ = ["CompileAt", "Expected", "Lack", "Made", "NotMade", "Progress", "verify"]


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


def verify(
    store: LedgerStore,
    tip: Tip,
    compile_at: CompileAt,
    *,
    campaign: str,
    folding: Folding,
    progress: Progress = _silent,
) -> Verification:
    """Check a ledger up to a tip: its history, its events, its claims, and the bytes of its as-run files.

    Parameters
    ----------
    compile_at
        Compiles a recorded spec with the groups that were sent at that time.
    campaign
        The name that ``ledger.json`` must have.
    progress
        Told how far the work is.

    Raises
    ------
    LedgerError
        When an object of the ledger can't be read.
    """
    findings = Findings()
    origins = check_history(store, tip, findings, progress)
    content = read_content(store, tip, origins, findings, progress)
    check_ledger_json(store, tip, campaign, origins, findings)
    check_content(content, origins, findings)
    check_documents(store, content.files, origins, findings)
    check_kept(store, content, origins, findings)
    submissions = check_claims(content, origins, findings)
    faults, approved = Faults(origins, findings), Approved(store, content, origins, campaign)
    comparison = Comparison(store, Moments(content, folding), compile_at, faults, approved, progress)
    as_run = comparison.run(submissions)
    not_checked = _not_checked(as_run, findings)
    if not origins.complete:
        not_checked.append(NotChecked("the history before the oldest commit that is there", 0))
    counts = Counts(
        commits=len(origins.entries),
        files=len(content.files),
        events=sum(map(len, content.events.values())),
        submissions=len(submissions),
        compiled=as_run.compiled,
        compared=as_run.compared,
        specs=as_run.specs,
        adopted=as_run.adopted,
        waiting=as_run.waiting,
    )
    found = tuple(map(_printable, findings.sorted()))
    return Verification(campaign, tip, counts, found, tuple(not_checked), origins.complete)


def _printable(finding: Diagnostic) -> Diagnostic:
    """Return a finding whose texts can be written as UTF-8; a path that somebody made may be other bytes."""
    span = finding.span
    if span is not None:
        span = replace(span, file=_escaped(span.file))
    return replace(finding, span=span, message=_escaped(finding.message))


def _escaped(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _not_checked(as_run: AsRun, findings: Findings) -> list[NotChecked]:
    """Report what could not be compared, once for each cause."""
    found: list[NotChecked] = []
    for (version, emit), some in as_run.by_other.items():
        made_by = f"made by cmcompile {version} (emit {emit})"
        findings.add(
            codes.MADE_BY_OTHER,
            _place(some),
            f"the files of {_words(some)} are not checked: {made_by}",
            f"`cmcompile verify` of version {version} checks them",
        )
        found.append(NotChecked(made_by, len(some)))
    for (commit, why), some in as_run.absent.items():
        findings.add(
            codes.SPEC_NOT_THERE,
            _place(some),
            f"the files of {_words(some)} are not checked: the spec commit {commit[:12]} can't be had: {why}",
            f"fetch it: `git fetch --unshallow`, or `git fetch origin {commit}`",
        )
        found.append(NotChecked(f"the spec commit {commit[:12]} is not there", len(some)))
    for why, some in as_run.doubtful.items():
        findings.add(
            codes.SPEC_NOT_THERE,
            _place(some),
            f"the files of {_words(some)} are not checked: {why}",
            "how a group is cut depends on those that were sent before it; fetch the commits of their claims",
        )
        found.append(NotChecked("the ids of groups sent before are not sure", len(some)))
    if as_run.uncommitted:
        findings.add(
            codes.SPEC_UNCOMMITTED,
            _place(as_run.uncommitted),
            f"the files of {_words(as_run.uncommitted)} are not checked:"
            " they were made from files that were not committed",
            "nothing can show what they were made from; a policy can forbid such submissions",
        )
        found.append(NotChecked("made from files that were not committed", len(as_run.uncommitted)))
    return found


def _place(some: Sequence[Submission]) -> Span:
    return Span(some[0].path, 1, 1)


def _words(some: Sequence[Submission]) -> str:
    more = f" and {len(some) - 1} more submissions" if len(some) > 1 else ""
    return f"{some[0].subject}{more}"
