"""The Butler: the repository, the input collections, and what fits the data queries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cmcompile.doctor.case import Case, Next, Use
from cmcompile.doctor.check import Base, first_of, once
from cmcompile.doctor.reading import Heard
from cmcompile.model.checkup import Answers, Question, Result
from cmcompile.model.codes import doctor as codes

#: What may be in the way of every question to a Butler.
BEFORE = ("secrets", "setup", "stack", "butler")


class Butler(Base):
    """The repository is there, opens, and its files can be written."""

    name: ClassVar[str] = "butler"
    code = codes.BUTLER
    after: ClassVar[tuple[str, ...]] = BEFORE[:-1]

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask each environment to open the repositories that it writes to."""
        return iter(first_of(case, opening))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say why a repository can't be used."""
        for question, use in first_of(case, opening).items():
            span = use.span("butlerConfig")
            heard = self.heard(answers, question, f"the Butler {use.butler} did not answer", span)
            yield heard if isinstance(heard, Result) else self._judged(use, heard)

    def _judged(self, use: Use, heard: Heard) -> Result:
        span, words = use.span("butlerConfig"), heard.text("words")
        show = f"butler query-collections {use.butler}"
        if heard.text("fault") == "absent":
            return self.fault(
                f"there is no Butler repository at {use.butler}: {words}",
                "correct `payload.butlerConfig`: a directory with a butler.yaml, an address, or a label of "
                "$DAF_BUTLER_REPOSITORY_INDEX",
                show,
                span,
            )
        if heard.text("fault"):
            return self.fault(
                f"the Butler {use.butler} can't be opened: {words}",
                "see that its database is up and lets you in from here",
                show,
                span,
            )
        roots = heard.below("roots")
        for root in () if roots is None else roots.reply:
            here = roots.below(root) if roots is not None else None
            if here is not None and here.flag("writable") is False:
                return self.fault(
                    f"the files of the Butler {use.butler} are in {root}, where you may not write",
                    "ask for the right, or use another repository",
                    f"ls -ld {root}",
                    span,
                )
        return self.fine(f"{use.butler} opens, with the dimensions {heard.text('universe')}")


class Inputs(Base):
    """Input collections are there, and hold something."""

    name: ClassVar[str] = "inputs"
    code = codes.INPUTS
    after: ClassVar[tuple[str, ...]] = BEFORE

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask for the collections that the campaign does not make itself."""
        return once(Question("collections", u.environment, (u.butler, name)) for u, name in _inputs(case))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Name those that are absent or empty."""
        told: set[Question] = set()
        good = []
        for use, name in _inputs(case):
            question = Question("collections", use.environment, (use.butler, name))
            if question in told:
                continue
            told.add(question)
            span = use.span("inputs")
            heard = self.heard(answers, question, f"whether {name} is in the Butler is not known", span)
            if not isinstance(heard, Heard):
                yield heard
                continue
            found, show = heard.below(name), f"butler query-collections {use.butler}"
            if found is None:
                fix = "correct `inputs`; or make the collection, where another campaign or an ingest does"
                yield self.fault(f"there is no collection {name} in {use.butler}", fix, show, span)
            elif found.flag("empty"):
                fix = "correct `inputs`, or fill it: nothing can be made of nothing"
                yield self.fault(
                    f"the collection {name} in {use.butler} is empty", fix, f"{show} {name}", span
                )
            else:
                good.append(name)
        if good:
            yield self.fine(f"{', '.join(good)}: there, and not empty")
        elif not told:
            yield self.fine("all are made by the campaign itself")


class Data(Base):
    """Something fits the data query of each group that would be sent next."""

    name: ClassVar[str] = "data"
    code = codes.DATA
    after: ClassVar[tuple[str, ...]] = (*BEFORE, "inputs", "pipeline")

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask for each query, in the collections that are there already."""
        return once(_query(one) for one in case.next if _askable(one))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Name the groups that would get an empty quantum graph."""
        good = 0
        for one in case.next:
            if not _askable(one):
                continue
            heard = self.heard(
                answers, _query(one), f"whether data fit {one.address} is not known", one.where_span
            )
            if not isinstance(heard, Heard):
                yield heard
            elif absent := heard.texts("absent"):
                # What the campaign makes itself is not due; of the rest `inputs` tells.
                if not case.own.issuperset(absent):
                    yield self.unknown(f"whether data fit {one.address} is not known without {absent[0]}")
            elif invalid := heard.text("invalid"):
                yield self.fault(
                    f"the Butler refuses the query of {one.address}: {invalid}",
                    "correct `where`",
                    f"cmcompile explain {one.address} where",
                    one.where_span,
                )
            elif heard.flag("any"):
                good += 1
            else:
                yield self._nothing(one, heard)
        if good or not any(map(_askable, case.next)):
            others = f"; {case.more} more would be sent, and were not asked for" if case.more else ""
            said = f"data fit the queries of {good} groups that would be sent next{others}"
            yield self.fine(said if good else "no group would be sent now")

    def _nothing(self, one: Next, heard: Heard) -> Result:
        inputs = ", ".join(one.use.inputs)
        kinds = heard.texts("lacking") or heard.texts("types")
        why = heard.text("words")
        return self.fault(
            f"nothing in {inputs} fits the query of {one.address}: no {', '.join(kinds)}"
            + (f" ({why})" if why else ""),
            "correct `where`, the split or `inputs`; an empty quantum graph is refused",
            f"cmcompile explain {one.address} where",
            one.where_span,
        )


def opening(use: Use) -> Question | None:
    """Return the question that opens the repository of a group; None: it has none."""
    return Question("butler", use.environment, (use.butler,)) if use.butler else None


def _inputs(case: Case) -> Iterator[tuple[Use, str]]:
    for use in case.uses:
        if use.butler:
            yield from ((use, name) for name in use.inputs if name not in case.own)


def _askable(one: Next) -> bool:
    return bool(one.use.butler and one.use.pipeline and one.use.inputs)


def _query(one: Next) -> Question:
    use = one.use
    return Question("data", use.environment, (use.butler, use.pipeline, one.where, *use.inputs))
