"""As-run files: each is what the recorded spec commit, claim and includes compile to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cmcompile.ledger.paths import Located, locate
from cmcompile.ledger.verify.approved import Approved
from cmcompile.ledger.verify.compare import Fault, Faults, at_gates, beside_adopted, compare
from cmcompile.ledger.verify.moments import Moments
from cmcompile.ledger.verify.values import CompileAt, Expected, Lack, Made, NotMade, Progress, Submission
from cmcompile.model.event import SpecRef
from cmcompile.model.ledger import LedgerStore
from cmcompile.version import EMIT, VERSION

_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?\Z")
#: Submissions whose files are read at once.
CHUNK = 500


@dataclass(slots=True)
class AsRun:
    """What was compared, and what could not be.

    Attributes
    ----------
    by_other
        Submissions by the version and emit that wrote them.
    absent
        Submissions by the spec commit that is not there, with why.
    doubtful
        Submissions that can't be judged since the ids of groups sent before are not sure, by why.
    """

    compiled: int = 0
    compared: int = 0
    specs: int = 0
    adopted: int = 0
    waiting: int = 0
    by_other: dict[tuple[str, int], list[Submission]] = field(default_factory=dict)
    absent: dict[tuple[str, str], list[Submission]] = field(default_factory=dict)
    doubtful: dict[str, list[Submission]] = field(default_factory=dict)
    uncommitted: list[Submission] = field(default_factory=list)


class Comparison:
    """Compares submissions, in the order of their claims."""

    def __init__(
        self,
        store: LedgerStore,
        moments: Moments,
        compile_at: CompileAt,
        faults: Faults,
        approved: Approved,
        progress: Progress,
    ) -> None:
        self._store = store
        self._moments = moments
        self._compile_at = compile_at
        self._faults = faults
        self._approved = approved
        self._progress = progress
        self._latest: dict[tuple[str, str], tuple[int, Made | NotMade]] = {}
        self._specs: set[tuple[str, str]] = set()
        self.result = AsRun()

    def run(self, submissions: Sequence[Submission]) -> AsRun:
        """Compare all."""
        for number, (submission, files) in enumerate(self._read(submissions)):
            self._progress("comparing submissions", number, len(submissions))
            self._one(submission, files)
        self.result.specs = len(self._specs)
        return self.result

    def _read(self, submissions: Sequence[Submission]) -> Iterator[tuple[Submission, dict[str, bytes]]]:
        for start in range(0, len(submissions), CHUNK):
            chunk = submissions[start : start + CHUNK]
            data = self._store.read(dict.fromkeys(oid for s in chunk for oid in s.files.values()))
            for submission in chunk:
                yield submission, {path: data[oid] for path, oid in submission.files.items()}

    def _one(self, submission: Submission, files: Mapping[str, bytes]) -> None:
        claim, result = submission.claim, self.result
        if claim.adopted:
            result.adopted += 1
            self._faults.report(beside_adopted(submission, files))
            return
        self._faults.report(self._at_gates(submission, files))
        if not files and not submission.gated:
            result.waiting += 1
        elif claim.spec.emit != EMIT:
            result.by_other.setdefault((claim.spec.version, claim.spec.emit), []).append(submission)
        elif claim.spec.dirty:
            result.uncommitted.append(submission)
        elif not _COMMIT.match(claim.spec.commit):
            self._faults.not_made(submission, f"{claim.spec.commit!r} is no commit id")
        else:
            self._compare(submission, files)

    def _at_gates(self, submission: Submission, files: Mapping[str, bytes]) -> list[Fault]:
        """Compare with the gates; what was done to the files afterwards is no fault of a gate."""
        found = at_gates(submission, files)
        if not found:
            return []
        were = self._faults.origins.between(submission.path, submission.gates[0].path)
        if were is None:
            return found
        named = {place.file: oid for path, oid in were.items() if (place := _beside(path, submission))}
        data = self._store.read(dict.fromkeys(named.values()))
        return at_gates(submission, {path: data[oid] for path, oid in named.items()})

    def _compare(self, submission: Submission, files: Mapping[str, bytes]) -> None:
        spec = submission.claim.spec
        self._moments.go_to(submission.key)
        epoch, made = self._made(spec, anew=False)
        found = [] if isinstance(made, NotMade) else compare(submission, files, _of(made, submission))
        if found and epoch != self._moments.epoch:
            # What others sent since may have moved numbers; only the exact moment can tell.
            made = self._made(spec, anew=True)[1]
            found = [] if isinstance(made, NotMade) else compare(submission, files, _of(made, submission))
        if isinstance(made, NotMade):
            self._not_made(submission, made)
            return
        self._faults.report(self._approved.faults(submission, made.asked.get(submission.subject.step, ())))
        if found and (why := made.doubts.get(submission.subject.step)):
            self.result.doubtful.setdefault(why, []).append(submission)
        else:
            self.result.compiled += 1
            self.result.compared += len(files)
            self._faults.report(found)

    def _made(self, spec: SpecRef, *, anew: bool) -> tuple[int, Made | NotMade]:
        key = (spec.path, spec.commit)
        if anew or key not in self._latest:
            made = self._compile_at(spec, self._moments.state())
            if not isinstance(made, NotMade):
                self._specs.add(key)
                self._faults.repeat(made.findings)
            self._latest[key] = (self._moments.epoch, made)
        return self._latest[key]

    def _not_made(self, submission: Submission, made: NotMade) -> None:
        spec = submission.claim.spec
        if made.lack is Lack.NO_COMMIT:
            self.result.absent.setdefault((spec.commit, made.why), []).append(submission)
        elif spec.version != VERSION:
            self.result.by_other.setdefault((spec.version, spec.emit), []).append(submission)
        else:
            self._faults.not_made(submission, made.why)


def _beside(path: str, submission: Submission) -> Located | None:
    """Return what a path is, where it is an as-run file of a submission."""
    place = locate(path)
    return place if place is not None and place.subject == submission.subject and place.file else None


def _of(made: Made, submission: Submission) -> Expected | None:
    return made.groups.get((submission.subject.step, str(submission.subject.group)))
