"""Pipelines and include files, as the environment of a group finds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from cmcompile.doctor.case import Case, Use
from cmcompile.doctor.check import Base, first_of
from cmcompile.doctor.reading import Heard
from cmcompile.model.checkup import Answers, Question, Result
from cmcompile.model.codes import doctor as codes


class Pipeline(Base):
    """The pipeline is there, what it imports too, and it has the subset and the tasks."""

    name: ClassVar[str] = "pipeline"
    code = codes.PIPELINE
    after: ClassVar[tuple[str, ...]] = ("secrets", "setup", "stack")

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask the stack of each environment to read the pipelines."""
        return iter(first_of(case, _pipeline))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say what can't be read, or is not in it."""
        for question, use in first_of(case, _pipeline).items():
            span = use.span("pipelineYaml")
            what = f"whether {use.pipeline} can be read is not known"
            heard = self.heard(answers, question, what, span)
            yield heard if isinstance(heard, Result) else self._judged(use, heard)

    def _judged(self, use: Use, heard: Heard) -> Result:
        path, _, labels = use.pipeline.partition("#")
        words, span = heard.text("words"), use.span("pipelineYaml")
        show = f"pipetask build -p {path} --show subsets"
        match heard.text("fault"):
            case "file":
                return self.fault(
                    f"there is no pipeline {words}",
                    "correct `pipelineYaml`, or set up the package that has it; see whether a slash is "
                    "lacking after a variable",
                    f"ls {path}",
                    span,
                )
            case "import":
                fix = "correct its `imports`, or set up the package that they are in"
                return self.fault(f"the pipeline {path} imports what is not there: {words}", fix, show, span)
            case "subset":
                there = heard.text("there") or "none"
                return self.fault(
                    f"the pipeline {path} has no subset or task {words}; its subsets are {there}",
                    "correct what follows # in `pipelineYaml`",
                    show,
                    span,
                )
            case "task":
                fix = "set up the packages of its tasks, or correct the pipeline"
                return self.fault(f"the tasks of {use.pipeline} can't be made: {words}", fix, show, span)
            case "read":
                fix = "correct the pipeline, or set up the stack that it is for"
                return self.fault(f"the pipeline {path} can't be read: {words}", fix, show, span)
        tasks = heard.number("tasks") or 0
        return self.fine(f"{path}: {labels or 'all of it'}, {tasks:.0f} tasks")


class Includes(Base):
    """Include files that only BPS can find are where their variables lead to."""

    name: ClassVar[str] = "includes"
    code = codes.INCLUDES
    after: ClassVar[tuple[str, ...]] = ("secrets", "setup")

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask each environment for the files."""
        return iter(first_of(case, _includes))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Name those that are not there."""
        good = 0
        for question, use in first_of(case, _includes).items():
            span = use.span("includeConfigs")
            heard = self.heard(answers, question, "whether include files are there is not known", span)
            if not isinstance(heard, Heard):
                yield heard
                continue
            lacking = heard.words("lacking")
            good += len(use.includes) - len(lacking)
            for text, full in lacking.items():
                yield self.fault(
                    f"there is no include file {full}" + (f" (written {text})" if text not in full else ""),
                    "correct `includeConfigs`, or set up the package that has it",
                    f"ls {text}",
                    span,
                )
        if good or not any(use.includes for use in case.uses):
            yield self.fine(
                f"{good} include files are there" if good else "all stand beside the compiled files"
            )


def _pipeline(use: Use) -> Question | None:
    return Question("pipeline", use.environment, (use.pipeline,)) if use.pipeline else None


def _includes(use: Use) -> Question | None:
    return Question("includes", use.environment, use.includes) if use.includes else None
