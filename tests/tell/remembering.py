"""A ledger branch in memory, as far as those who tell write to it; each decision can go wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from cmcompile.model.event import Subject
from cmcompile.model.ledger import LedgerError, Tip, UnreachableError
from cmcompile.model.states import LedgerState
from cmcompile.model.transaction import Decided, Judge, Landed, Lost, Proposal, Recorded, Sight, Stop, Stopped


@dataclass(frozen=True)
class Seen:
    """Implements ``Sight``."""

    files: dict[str, bytes]
    tip: Tip | None = None

    @property
    def state(self) -> LedgerState:
        raise NotImplementedError


@dataclass
class Branch:
    """Implements ``Book``: what is decided is judged on files that others may have changed meanwhile.

    Attributes
    ----------
    faults
        Of the next decisions: ``lost``, ``down``, ``unseen`` (it lands, and is judged again), or empty.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    commits: int = 0
    before: Callable[[], None] = lambda: None

    def look(self) -> Sight:
        return Seen(self.files)

    def seen(self) -> Sight:
        return self.look()

    def at(self, tip: Tip) -> Sight | None:
        raise LedgerError(tip.commit)

    def file(self, sight: Sight, path: str) -> bytes | None:
        assert isinstance(sight, Seen)
        return sight.files.get(path)

    def directory(self, subject: Subject) -> str:
        raise LedgerError(str(subject))

    def decide(self, judge: Judge) -> Decided:
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "down":
            raise UnreachableError("the remote is down")
        if fault == "lost":
            return Lost(3)
        self.before()
        answer = judge(Seen(self.files))
        if isinstance(answer, Stop):
            return Stopped(answer)
        self.files = {**self.files, **answer.files}
        self.commits += 1
        if fault == "unseen":
            again = judge(Seen(self.files))
            if isinstance(again, Stop):
                return Stopped(again)
        return Landed(Tip("c", "t"), (), 1)

    def record(self, facts: Proposal | Judge) -> Recorded:
        raise LedgerError(str(facts))
