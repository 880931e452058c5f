"""The one shape of a check, and how its results are written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, Protocol

from cmcompile.doctor.case import Case, Use
from cmcompile.doctor.reading import Heard
from cmcompile.model.checkup import Answers, Question, Result, Verdict
from cmcompile.model.diagnostic import Code
from cmcompile.model.source import Span
from cmcompile.model.wms import NoAnswer

#: Answers that tell by name what was found hold it under this key, also where that is nothing.
FOUND = "found"
#: By the kind of a question: an answer that says none of these is none.
SAYS: dict[str, tuple[str, ...]] = {
    "setup": ("up", "broken"),
    "versions": ("python",),
    "plugin": ("fault",),
    "pipeline": ("tasks", "fault"),
    "includes": ("lacking",),
    "butler": ("universe", "fault"),
    "collections": (FOUND,),
    "runs": (FOUND,),
    "submits": (FOUND,),
    "data": ("any", "absent", "invalid"),
    "ping": ("status", "none"),
    "records": ("fault",),
    "credentials": ("ends", "fault", "lacking"),
    "ledger": ("there",),
    "protection": ("delete",),
    "spool": ("waiting",),
    "writable": ("fault",),
    "room": ("free",),
    "here": ("lacking",),
}


class Check(Protocol):
    """One thing that must hold before a campaign is sent.

    Attributes
    ----------
    name
        As ``--only`` takes it.
    code
        What a fault is called.
    quick
        Whether it needs neither an environment nor the Butler, so that `plan --doctor` can afford it.
    after
        The checks whose faults may be why this one can't be asked.
    """

    name: ClassVar[str]
    code: ClassVar[Code]
    quick: ClassVar[bool]
    after: ClassVar[tuple[str, ...]]

    def asks(self, case: Case) -> Iterable[Question]:
        """Yield what is to be asked."""

    def judge(self, case: Case, answers: Answers) -> Iterable[Result]:
        """Yield what the answers come to; an answer that is none is never fine."""


class Base:
    """What checks share: results that bear their name and code."""

    name: ClassVar[str]
    code: ClassVar[Code]
    quick: ClassVar[bool] = False
    after: ClassVar[tuple[str, ...]] = ()

    def fine(self, said: str) -> Result:
        """Return that something is as it should be."""
        return Result(self.name, self.code, Verdict.FINE, said)

    def fault(self, said: str, fix: str, command: str = "", span: Span | None = None) -> Result:
        """Return that something is wrong, with what helps."""
        return Result(self.name, self.code, Verdict.FAULT, said, fix, command, span)

    def unknown(self, said: str, fix: str = "", command: str = "", span: Span | None = None) -> Result:
        """Return that something could not be asked, or that nothing can be concluded from the answer."""
        return Result(self.name, self.code, Verdict.UNKNOWN, said, fix, command, span)

    def heard(
        self, answers: Answers, question: Question, what: str, span: Span | None = None
    ) -> Heard | Result:
        """Return what was answered, or the result that there was no answer.

        Parameters
        ----------
        what
            What is not known then.
        """
        answer = answers.get(question, NoAnswer("it was not asked"))
        if isinstance(answer, NoAnswer):
            return self.unknown(f"{what}: {answer.why}", "ask again, once that is mended", span=span)
        says = SAYS[question.kind]
        if not any(name in answer for name in says):
            return self.unknown(f"{what}: the answer does not say", "ask again", span=span)
        heard = Heard(answer)
        return (heard.below(FOUND) or Heard({})) if FOUND in says else heard


def once(questions: Iterable[Question]) -> Iterator[Question]:
    """Yield questions, each once, in the order in which they came."""
    return iter(dict.fromkeys(questions))


def first_of(case: Case, question: Callable[[Use], Question | None]) -> dict[Question, Use]:
    """Return questions, each once, with the first use that it is asked for; None: it asks nothing."""
    found: dict[Question, Use] = {}
    for use in case.uses:
        asked = question(use)
        if asked is not None:
            found.setdefault(asked, use)
    return found
