"""Claims: each event belongs to a claim of its workflow, and each run is named after its claim."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.ledger.paths import directory
from cmcompile.ledger.verify.values import Content, Gate, Origins, Recorded, Submission
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnostic import Findings
from cmcompile.model.event import (
    Abandoned,
    Claimed,
    NotCalled,
    Prepared,
    Subject,
    Submitted,
    Submitting,
    Unknown,
)
from cmcompile.model.naming import run_suffix, wms_name
from cmcompile.model.source import Span


def check_claims(content: Content, origins: Origins, findings: Findings) -> list[Submission]:
    """Check the events of each workflow against its claims; return what may be compared, in order."""
    found: list[Submission] = []
    unreadable = {fault.subject for fault in content.unreadable}
    for subject, events in content.events.items():
        if subject.workflow is None:
            continue
        claims = [e for e in events if isinstance(e.event.draft.body, Claimed)]
        if subject not in unreadable:
            _check_belonging(subject, events, claims, origins, findings)
        submission = _submission(subject, events, claims, content)
        if submission is not None:
            found.append(submission)
            _check_names(submission, origins, findings)
            _check_further(submission, claims, origins, findings)
            _check_gates(events, claims, origins, findings)
    for subject in content.as_run.keys() - content.events.keys() - unreadable:
        _no_events(subject, content, origins, findings)
    return sorted(found, key=lambda s: (s.key, s.directory))


def _check_belonging(
    subject: Subject,
    events: Sequence[Recorded],
    claims: Sequence[Recorded],
    origins: Origins,
    findings: Findings,
) -> None:
    ids = {c.event.draft.claim for c in claims}
    gates = {e.event.draft.id for e in events if isinstance(e.event.draft.body, Submitting)}
    for recorded in events:
        draft = recorded.event.draft
        gate = _gate_of(recorded)
        if not draft.claim or draft.claim not in ids:
            what = f"the claim {draft.claim or '(none)'}"
        elif gate is not None and gate not in gates:
            what = f"the gate {gate}"
        else:
            continue
        findings.add(
            codes.UNKNOWN_CLAIM,
            Span(recorded.path, 1, 1),
            f"{recorded.path}, added by {origins.of(recorded.path)}, is of {what},"
            f" which {subject} does not have",
            "every event of a workflow names a claim that was recorded there before",
        )


def _gate_of(recorded: Recorded) -> str | None:
    body = recorded.event.draft.body
    return body.gate if isinstance(body, NotCalled | Abandoned | Unknown | Submitted) else None


def _submission(
    subject: Subject, events: Sequence[Recorded], claims: Sequence[Recorded], content: Content
) -> Submission | None:
    """Return the submission by its first claim; what restarts it changes no file."""
    for recorded in claims:
        draft = recorded.event.draft
        if isinstance(draft.body, Claimed):
            bodies = [e.event.draft.body for e in events]
            gated = any(isinstance(b, Prepared | Submitting) for b in bodies)
            files = content.as_run.get(subject, {})
            return Submission(
                subject,
                directory(subject),
                recorded.path,
                draft.claim,
                draft.body,
                recorded.key,
                gated,
                files,
                _gates(events, claims),
            )
    return None


def _gates(events: Sequence[Recorded], claims: Sequence[Recorded]) -> tuple[Gate, ...]:
    bodies = ((c.event.draft.claim, c.event.draft.body) for c in claims)
    restarts = {claim for claim, body in bodies if isinstance(body, Claimed) and body.restart}
    gates = ((e.path, e.event.draft) for e in events)
    return tuple(
        Gate(path, draft.body.as_run, draft.claim in restarts)
        for path, draft in gates
        if isinstance(draft.body, Submitting)
    )


def _check_names(submission: Submission, origins: Origins, findings: Findings) -> None:
    claim, subject = submission.claim, submission.subject
    if claim.adopted:
        return
    suffix = "/" + run_suffix(str(subject.workflow), submission.claim_id)
    if claim.restart:
        _wrong_names(submission.path, "it restarts a run that was never claimed", origins, findings)
    elif not claim.output_run.endswith(suffix):
        why = f"its run is {claim.output_run}, and ends not in {suffix}"
        _wrong_names(submission.path, why, origins, findings)
    elif claim.run_name != wms_name(claim.output_run):
        why = f"the name of {claim.output_run} is {wms_name(claim.output_run)}, not {claim.run_name}"
        _wrong_names(submission.path, why, origins, findings)
    elif claim.prefix != (prefix := wms_name(claim.output_run.removesuffix(suffix) + "/w")):
        why = f"the names of the group's runs begin with {prefix}, not {claim.prefix}"
        _wrong_names(submission.path, why, origins, findings)


def _check_further(
    submission: Submission, claims: Sequence[Recorded], origins: Origins, findings: Findings
) -> None:
    """Check what claims again in the same workflow: only a restart of the same run may."""
    first = submission.claim
    for recorded in claims:
        claim = recorded.event.draft.body
        if recorded.path == submission.path or not isinstance(claim, Claimed):
            continue
        if not claim.restart:
            _wrong_names(recorded.path, "a second claim that is no restart", origins, findings)
            continue
        for name in ("run_name", "prefix", "output_run", "submit_path"):
            was, now = getattr(first, name), getattr(claim, name)
            if was != now:
                why = f"it restarts the run of {submission.path}, but its {name} is {now}, not {was}"
                _wrong_names(recorded.path, why, origins, findings)
        if claim.definition != first.definition:
            findings.add(
                codes.DEFINITION_DIFFERS,
                Span(recorded.path, 1, 1),
                f"{recorded.path}, added by {origins.of(recorded.path)}, restarts the run of"
                f" {submission.path} with another definition: {claim.definition[:12]}, not"
                f" {first.definition[:12]}",
                "a restart takes the files of its run as they are",
            )


def _check_gates(
    events: Sequence[Recorded], claims: Sequence[Recorded], origins: Origins, findings: Findings
) -> None:
    by_id = {c.event.draft.claim: c.event.draft.body for c in claims}
    for recorded in events:
        gate = recorded.event.draft.body
        claim = by_id.get(recorded.event.draft.claim)
        if not isinstance(gate, Submitting) or not isinstance(claim, Claimed):
            continue
        if (gate.run_name, gate.wms) != (claim.run_name, claim.wms):
            given, claimed = (f"{of.run_name} to {of.wms.service}" for of in (gate, claim))
            why = f"it gives {given}, and its claim {claimed}"
            _wrong_names(recorded.path, why, origins, findings)


def _wrong_names(path: str, why: str, origins: Origins, findings: Findings) -> None:
    findings.add(
        codes.CLAIM_NAMES,
        Span(path, 1, 1),
        f"{path}, added by {origins.of(path)}, does not fit its claim: {why}",
        "the name of a run follows from output, group, workflow and claim id; it was written by hand",
    )


def _no_events(subject: Subject, content: Content, origins: Origins, findings: Findings) -> None:
    for file in content.as_run[subject]:
        path = f"{directory(subject)}/{file}"
        findings.add(
            codes.FOREIGN_FILE,
            Span(path, 1, 1),
            f"{path}, added by {origins.of(path)}, stands in a workflow that was never claimed",
            "cmcompile never writes such a file",
        )
