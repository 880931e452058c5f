"""Where outputs go: runs that nobody knows of, and collections that are not what they should be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import join
from typing import ClassVar

from cmcompile.doctor.case import Case, Chain, Next
from cmcompile.doctor.check import Base, once
from cmcompile.doctor.checks.repositories import BEFORE
from cmcompile.doctor.reading import Heard
from cmcompile.model.checkup import Answers, Question, Result
from cmcompile.model.codes import doctor as codes
from cmcompile.model.source import Span


class Runs(Base):
    """No run, and no submit directory, of a group that would be sent next, but those of the ledger."""

    name: ClassVar[str] = "run"
    code = codes.RUN
    after: ClassVar[tuple[str, ...]] = BEFORE

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask the Butler and the area for names that begin as those of the group."""
        for one in case.next:
            yield _directories(case, one)
        yield from once(_runs(one) for one in case.next if one.use.butler)

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Name what the ledger does not know."""
        good = 0
        for one in case.next:
            found = [*self._runs(one, answers), *self._directories(case, one, answers)]
            yield from found
            good += not found
        if good or not case.next:
            yield self.fine(f"nothing stands in the way of {good} groups that would be sent next")

    def _runs(self, one: Next, answers: Answers) -> Iterator[Result]:
        if not one.use.butler:
            return
        span = one.use.span("output")
        heard = self.heard(answers, _runs(one), f"which runs {one.address} has is not known", span)
        if not isinstance(heard, Heard):
            yield heard
            return
        for run in heard.texts(one.prefix):
            if run not in one.known:
                yield self.fault(
                    f"the run {run} of {one.address} is in the Butler, and the ledger does not know it",
                    "find out whose it is; when nobody needs it, remove it, else give the campaign another "
                    "`payload.output`",
                    join(["butler", "remove-runs", one.use.butler, run]),
                    span,
                )

    def _directories(self, case: Case, one: Next, answers: Answers) -> Iterator[Result]:
        heard = self.heard(
            answers, _directories(case, one), f"which submit directories {one.address} has is not known"
        )
        if not isinstance(heard, Heard):
            yield heard
            return
        for run in heard.texts(one.prefix):
            if run not in one.known:
                place = f"{case.area}/submit/{run}"
                yield self.fault(
                    f"the submit directory {place} is of {one.address}, and the ledger does not know it",
                    "find out whose run it is, and that it is over; then remove it",
                    join(["rm", "-r", place]),
                    one.use.span("output"),
                )


class Chains(Base):
    """Output collections are chains or not there, and hold what the ledger says."""

    name: ClassVar[str] = "chain"
    code = codes.CHAIN
    after: ClassVar[tuple[str, ...]] = (*BEFORE, "inputs")

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask for the outputs of groups with their inputs, and for the collections of steps."""
        yield from once(_output(one) for one in case.next if one.use.butler)
        yield from once(_chain(one) for one in case.chains if one.use.butler)

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Name those that another would be written to, or that somebody changed."""
        found = [r for one in case.next if one.use.butler for r in self._of_group(one, answers)]
        found += [r for one in case.chains if one.use.butler for r in self._of_step(one, answers)]
        yield from dict.fromkeys(found)
        if not found:
            outputs = len({one.output for one in case.next})
            yield self.fine(
                f"{outputs} outputs and {len(case.chains)} collections of steps are as they should be"
            )

    def _of_group(self, one: Next, answers: Answers) -> Iterator[Result]:
        span = one.use.span("output")
        heard = self.heard(answers, _output(one), f"whether {one.output} is there is not known", span)
        if not isinstance(heard, Heard):
            yield heard
            return
        output = heard.below(one.output)
        if output is None:
            return
        if output.text("type") != "CHAINED":
            yield self._no_chain(one.output, output, "give the group another `payload.output`", span)
            return
        wanted = _flat(heard, one.use.inputs)
        members = output.texts("members")
        if wanted is not None and members[len(members) - len(wanted) :] != wanted:
            yield self.fault(
                f"the output {one.output} of {one.address} was made with other inputs: it does not end with "
                f"{', '.join(one.use.inputs)}",
                "give the group another `payload.output`, or the inputs of then",
                join(["butler", "query-collections", one.use.butler, one.output]),
                span,
            )

    def _of_step(self, one: Chain, answers: Answers) -> Iterator[Result]:
        heard = self.heard(answers, _chain(one), f"what {one.name} holds is not known", one.span)
        if not isinstance(heard, Heard):
            yield heard
            return
        found, runs = heard.below(one.name), one.runs or ()
        if found is None:
            if runs:
                yield self._differs(one, "is not there any more")
        elif found.text("type") != "CHAINED":
            yield self._no_chain(one.name, found, "give the step another `collect`", one.span)
        elif one.runs is None and found.texts("children"):
            yield self.fault(
                f"the collection {one.name} is there, and the ledger did not make it: it would be redefined",
                "give the step another `collect`, or remove the collection when nobody needs it",
                join(["butler", "remove-collections", one.use.butler, one.name]),
                one.span,
            )
        elif one.runs is not None and found.texts("children") != runs:
            yield self._differs(one, "does not hold what the ledger says")

    def _differs(self, one: Chain, how: str) -> Result:
        command = [
            "butler",
            "collection-chain",
            "--mode",
            "redefine",
            one.use.butler,
            one.name,
            *(one.runs or ()),
        ]
        return self.fault(
            f"the collection {one.name} {how}: {len(one.runs or ())} runs",
            "find out who changed it; this defines it as the ledger has it",
            join(command),
            one.span,
        )

    def _no_chain(self, name: str, found: Heard, fix: str, span: Span | None) -> Result:
        kind = found.text("type")
        said = f"{name} is a {kind} collection, and outputs are collected in a chain"
        return self.fault(said, fix, "", span)


def _runs(one: Next) -> Question:
    return Question("runs", one.use.environment, (one.use.butler, one.prefix))


def _directories(case: Case, one: Next) -> Question:
    return Question("submits", "", (case.area, one.prefix))


def _output(one: Next) -> Question:
    return Question("collections", one.use.environment, (one.use.butler, one.output, *one.use.inputs))


def _chain(one: Chain) -> Question:
    return Question("collections", one.use.environment, (one.use.butler, one.name))


def _flat(heard: Heard, inputs: Sequence[str]) -> tuple[str, ...] | None:
    """Return inputs as BPS chains them, each collection once; None: one is not there."""
    found: dict[str, None] = {}
    for name in inputs:
        one = heard.below(name)
        if one is None:
            return None
        found.update(dict.fromkeys(one.texts("members")))
    return tuple(found)
