"""Submissions against the approvals that the ledger held when they were claimed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence

from cmcompile.ledger.approvals import ROOM, decode
from cmcompile.ledger.verify.compare import Fault
from cmcompile.ledger.verify.values import Content, Origins, Submission
from cmcompile.model.approval import Approval, Approvals, Rule, Withdrawal
from cmcompile.model.codes import ledger as codes
from cmcompile.model.ledger import LedgerStore


class Approved:
    """Counts approvals as they stood at the moment of a claim.

    What depends on a cost is left out: what was known of it at that moment is not told any more. A claim was
    judged by its own spec commit; by which one its gate was, or a restart, is not recorded.
    """

    def __init__(self, store: LedgerStore, content: Content, origins: Origins, campaign: str) -> None:
        self._store = store
        self._files = {path: oid for path, oid in content.files.items() if path.startswith(f"{ROOM}/")}
        self._origins = origins
        self._campaign = campaign
        self._documents: list[tuple[int, Approval | Withdrawal]] | None = None
        self._known: dict[int, Approvals] = {}

    def faults(self, submission: Submission, rules: Sequence[Rule]) -> list[Fault]:
        """Return what was lacking when a submission that passed its gate was claimed."""
        asked = [rule for rule in rules if rule.approvals]
        if not (asked and submission.gates):
            return []
        at = self._origins.added.get(submission.path)
        if at is None:
            return []
        subject, claim = submission.subject, submission.claim
        what = (subject.step, subject.group or "", claim.definition)
        for rule in asked:
            given = self._before(at).of(self._campaign, what, not_author=rule.not_author)
            if len(given) < rule.approvals:
                who = ", ".join(one.by for one in given)
                said = f"{len(given)} of {rule.approvals} approvals" + (f" ({who})" if who else "")
                spec = f"{claim.spec.path} at {claim.spec.commit[:12]}"
                words = f"was claimed with {said} that {spec} asks for, and passed its gate"
                hint = "cmcompile claims nothing that is not approved; who recorded the claim?"
                return [Fault(codes.NOT_APPROVED, submission.path, 1, words, hint)]
        return []

    def _before(self, at: int) -> Approvals:
        """Return the documents that were recorded before a commit, by its place."""
        found = self._read()
        count = bisect_left(found, at, key=lambda pair: pair[0])
        if count not in self._known:
            some = [one for _, one in found[:count]]
            self._known[count] = Approvals(
                tuple(one for one in some if isinstance(one, Approval)),
                tuple(one for one in some if isinstance(one, Withdrawal)),
            )
        return self._known[count]

    def _read(self) -> list[tuple[int, Approval | Withdrawal]]:
        """Return all documents that can be read, by the place of the commit that added them."""
        if self._documents is None:
            contents: Mapping[str, bytes] = self._store.read(dict.fromkeys(self._files.values()))
            found = []
            for path, oid in self._files.items():
                one = decode(path, contents[oid])
                if isinstance(one, (Approval, Withdrawal)):
                    # What is older than the history that is there comes before all of it.
                    found.append((self._origins.added.get(path, -1), one))
            self._documents = sorted(found, key=lambda pair: (pair[0], pair[1].digest))
        return self._documents
