"""One submission against what its spec compiles to, and the words for what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cmcompile.ledger.listed import digest_of
from cmcompile.ledger.verify.values import Expected, Origins, Submission
from cmcompile.model.as_run import as_run_digest
from cmcompile.model.codes import ledger as codes
from cmcompile.model.diagnostic import Code, Diagnostic, Findings
from cmcompile.model.event import Claimed, Member
from cmcompile.model.group import Part
from cmcompile.model.naming import run_suffix
from cmcompile.model.source import Span

SUBMIT = "submit.yaml"
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Fault:
    """What differs in a file: ``what`` goes on from "<path>, added by …,"."""

    code: Code
    path: str
    line: int
    what: str
    hint: str


def compare(submission: Submission, files: Mapping[str, bytes], made: Expected | None) -> list[Fault]:
    """Return what differs between the recorded submission and the compiled group."""
    claim = submission.claim
    spec = f"{claim.spec.path} at {claim.spec.commit[:12]}"
    if made is None:
        return [_not_made(submission, f"{spec} makes no group {submission.subject.group}")]
    try:
        wanted = made.files(claim.output_run, claim.submit_path, claim.builds_on)
    except ValueError as error:
        return [_not_made(submission, f"{spec} gives no submit file: {error}")]
    found = [*_of_claim(submission, made, spec), *_of_members(submission, made, spec)]
    if submission.gated or files:
        found += _of_files(submission, files, wanted, spec)
    return found


def at_gates(submission: Submission, files: Mapping[str, bytes]) -> list[Fault]:
    """Return the gates that record other as-run files than those that are there."""
    if not submission.gates:
        return []
    where, digest, none = submission.directory, as_run_digest(files), as_run_digest({})
    return [
        Fault(
            codes.AS_RUN_DIGEST,
            gate.path,
            1,
            f"records the digest {gate.digest[:12]} of the files that were handed to BPS, and "
            + (f"no files have {none[:12]}" if gate.restart else f"those in {where} have {digest[:12]}"),
            "a restart hands over no files; the gate was written by hand"
            if gate.restart
            else "the gate, or a file, was written by hand; the run's own configuration shows what ran",
        )
        for gate in submission.gates
        if gate.digest != (none if gate.restart else digest)
    ]


def beside_adopted(submission: Submission, files: Mapping[str, bytes]) -> list[Fault]:
    """Return the files of a run that was made without cmcompile: there can be none."""
    what = f"stands beside {submission.path}, which says that the run was made without cmcompile"
    hint = "such a claim has no files; either it was marked so by hand, or the file was put there"
    return [
        Fault(codes.FOREIGN_FILE, f"{submission.directory}/{name}", 1, what, hint) for name in sorted(files)
    ]


def _not_made(submission: Submission, why: str) -> Fault:
    return Fault(
        codes.GROUP_NOT_MADE,
        submission.path,
        1,
        f"says that it was sent from its spec, but {why}",
        "the spec commit, or the claim, was replaced by another one",
    )


def _of_claim(submission: Submission, made: Expected, spec: str) -> list[Fault]:
    claim, subject, path = submission.claim, submission.subject, submission.path
    found: list[Fault] = []
    if claim.definition != made.definition:
        what = f"records the definition {claim.definition[:12]}, and {spec} gives {made.definition[:12]}"
        hint = "the definition stands for the path and bytes of the submit file and its includes"
        found.append(Fault(codes.DEFINITION_DIFFERS, path, 1, what, hint))
    elif claim.file and claim.file != made.file:
        what = f"records the file {claim.file}, and {spec} writes it to {made.file}"
        hint = "as-run includes stand relative to this path"
        found.append(Fault(codes.DEFINITION_DIFFERS, path, 1, what, hint))
    base = claim.output_run.removesuffix("/" + run_suffix(str(subject.workflow), submission.claim_id))
    bases = (made.output, f"{made.output}/{subject.step}/{subject.group}")
    if base != claim.output_run and made.output and "{" not in made.output and base not in bases:
        what = f"writes to {claim.output_run}, and the output of the group is {made.output}"
        hint = "the name of a run follows from output, group, workflow and claim id"
        found.append(Fault(codes.CLAIM_NAMES, path, 1, what, hint))
    return found


def _of_members(submission: Submission, made: Expected, spec: str) -> list[Fault]:
    """Compare the data that the claim names with those of the group: what pins it, and what it stands for."""
    claim = submission.claim
    whys = [*_wrong_parts(claim, made)]
    if dict(claim.excluded) != dict(made.excluded):
        whys.append("it excludes other ids")
    if lacking := [group for group in made.covers if group not in claim.covers]:
        whys.append(f"it does not cover {', '.join(lacking[:5])}")
    what = f"is for other data than {spec} gives {submission.subject.group}: "
    hint = "later specs are cut around these ids; `cmcompile tree` at that commit shows those of the group"
    return [Fault(codes.MEMBERS_DIFFER, submission.path, 1, what + why, hint) for why in whys]


def _wrong_parts(claim: Claimed, made: Expected) -> Iterator[str]:
    parts = {part.axis: part for part in made.parts}
    for axis in sorted(parts.keys() | claim.members.keys()):
        part, member = parts.get(axis), claim.members.get(axis)
        if part is None or member is None:
            yield f"{axis} is in one of them only"
        elif (why := _wrong_part(part, member)) or digest_of(made.ids_of(member)) != member.digest:
            yield f"{axis}: {why or 'its ids are not those of its digest'}"


def _wrong_part(part: Part, member: Member) -> str:
    if (part.key, part.source) != (member.key, member.source):
        return f"it is {member.key} of part {member.source}, not {part.key} of part {part.source}"
    if (len(part.ids), digest_of(part.ids)) != (member.count, member.digest):
        return f"its {member.count} ids are not the {len(part.ids)} of the group"
    return ""


def _of_files(
    submission: Submission, files: Mapping[str, bytes], wanted: Mapping[str, bytes], spec: str
) -> list[Fault]:
    found: list[Fault] = []
    for name, data in wanted.items():
        path = f"{submission.directory}/{name}"
        if name not in files:
            what = f"has no {path}, which {spec} gives"
            hint = "it may be in another clone; `cmcompile compile` at the spec commit makes it again"
            found.append(Fault(codes.AS_RUN_ABSENT, submission.path, 1, what, hint))
        elif files[name] != data:
            code = codes.SUBMIT_DIFFERS if name == SUBMIT else codes.INCLUDE_DIFFERS
            line, words = _difference(files[name], data)
            what = f"is not what {spec} gives: {words}"
            hint = "what ran is in the WMS and in the run's own configuration; compare with that"
            found.append(Fault(code, path, line, what, hint))
    for name in sorted(files.keys() - wanted.keys()):
        path = f"{submission.directory}/{name}"
        what = f"is no file that {spec} gives"
        hint = "a workflow's directory holds its submit file, includes and events"
        found.append(Fault(codes.FOREIGN_FILE, path, 1, what, hint))
    return found


def _difference(recorded: bytes, made: bytes) -> tuple[int, str]:
    """Return the first line that differs, and words for it."""
    ours, theirs = _lines(recorded), _lines(made)
    at = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), -1)
    if at < 0:
        at = min(len(ours), len(theirs))
    return at + 1, f"line {at + 1} is {_shown(ours, at)}, not {_shown(theirs, at)}"


def _lines(data: bytes) -> Sequence[str]:
    return data.decode("utf-8", "replace").split("\n")


def _shown(lines: Sequence[str], at: int) -> str:
    if at >= len(lines):
        return "not there"
    line = lines[at].strip()
    return f"`{line[:_SHOWN]}…`" if len(line) > _SHOWN else f"`{line}`"


class Faults:
    """Turns faults into findings that name the commit."""

    def __init__(self, origins: Origins, findings: Findings) -> None:
        self.origins = origins
        self._findings = findings
        self._repeated: set[Diagnostic] = set()

    def repeat(self, findings: Sequence[Diagnostic]) -> None:
        """Report what others found, each once."""
        for finding in findings:
            if finding not in self._repeated:
                self._repeated.add(finding)
                self._findings.add(finding.code, finding.span, finding.message, finding.hint)

    def report(self, faults: Sequence[Fault]) -> None:
        """Report what differs."""
        for fault in faults:
            self._findings.add(
                fault.code,
                Span(fault.path, fault.line, 1),
                f"{fault.path}, added by {self.origins.of(fault.path)}, {fault.what}",
                fault.hint,
            )

    def not_made(self, submission: Submission, why: str) -> None:
        """Report a submission whose spec can't be compiled at all."""
        self.report([_not_made(submission, why)])
