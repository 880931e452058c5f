"""The environments that BPS runs in: secrets, set-up, stack, plugin."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from cmcompile.doctor.case import Case, Environment, Use
from cmcompile.doctor.check import Base, first_of
from cmcompile.doctor.reading import Heard
from cmcompile.model.checkup import Answers, Question, Result
from cmcompile.model.codes import doctor as codes

_NEEDED = ("setup", "secrets")


def called(environment: Environment) -> str:
    """Return an environment as a sentence names it."""
    return f"the environment {environment.name}" if environment.name else "the Python of cmcompile"


class Secrets(Base):
    """Secrets that environments name are set where cmcompile runs."""

    name: ClassVar[str] = "secrets"
    code = codes.SECRETS
    quick: ClassVar[bool] = True

    def asks(self, case: Case) -> Iterable[Question]:
        """Ask nothing: the case says which are not set."""
        del case
        return ()

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Name those that are not set, never what they hold."""
        del answers
        named = 0
        for one in case.environments.values():
            named += len(one.secrets)
            for secret in one.lacking:
                yield self.fault(
                    f"{called(one)} names the secret {secret}, which is not set here",
                    "set it where cmcompile runs, as your site says; or take it out of `secrets`",
                    f"export {secret}=…",
                    one.span,
                )
        if not any(one.lacking for one in case.environments.values()):
            yield self.fine(f"{named} named, all set" if named else "none are named")


class SetUp(Base):
    """The set-up commands of environments work, and lead to a Python."""

    name: ClassVar[str] = "setup"
    code = codes.ENVIRONMENT
    after: ClassVar[tuple[str, ...]] = ("secrets",)

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask each environment for a sign of life."""
        return (Question("setup", key) for key in case.environments)

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say which command failed."""
        for key, one in case.environments.items():
            heard = self.heard(answers, Question("setup", key), f"{called(one)} did not come up", one.span)
            if not isinstance(heard, Heard):
                yield heard
            elif broken := heard.text("broken"):
                yield self.fault(
                    broken,
                    f"correct `setup` of {called(one)}; type its commands in a new shell to see why",
                    "",
                    next((span for text, span in one.commands if f"`{text}` failed" in broken), one.span),
                )
            else:
                yield self.fine(f"{called(one)} is set up")


class Stack(Base):
    """Each environment has a stack that BPS can submit with."""

    name: ClassVar[str] = "stack"
    code = codes.STACK
    after: ClassVar[tuple[str, ...]] = _NEEDED

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask each environment for its versions."""
        return (Question("versions", key) for key in case.environments)

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say what is lacking, or which versions there are."""
        for key, one in case.environments.items():
            heard = self.heard(
                answers, Question("versions", key), f"the stack of {called(one)} is not known", one.span
            )
            yield heard if isinstance(heard, Result) else self._judged(one, heard)

    def _judged(self, one: Environment, heard: Heard) -> Result:
        lacking, programs = heard.words("lacking"), heard.texts("programs")
        if lacking:
            names = ", ".join(lacking)
            first = next(iter(lacking.values()))
            return self.fault(
                f"{called(one)} has no usable {names}: {first}",
                "load a stack that has them in `setup`, such as `source …/loadLSST.sh; setup lsst_distrib`",
                "",
                one.span,
            )
        if programs:
            return self.fault(
                f"{called(one)} lacks the program {programs[0]}, which BPS calls",
                "set up lsst_distrib, or set CTRL_MPEXEC_DIR and DAF_BUTLER_DIR to where bin/pipetask and "
                "bin/butler are",
                "",
                one.span,
            )
        release = heard.text("release")
        packages = ", ".join(f"{name} {version}" for name, version in heard.words("packages").items())
        told = f"{release}: " if release else ""
        return self.fine(f"{called(one)}: {told}Python {heard.text('python')}, {packages}")


class Plugin(Base):
    """The plugin of BPS can be imported where it is used, and has what it asks for itself."""

    name: ClassVar[str] = "plugin"
    code = codes.PLUGIN
    after: ClassVar[tuple[str, ...]] = (*_NEEDED, "stack", "credentials")

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask each environment about the plugins that it is to submit by."""
        return iter(first_of(case, _question))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say why one can't be used."""
        unclear = {use.unclear: use for use in reversed(case.uses) if use.wms is None}
        for use in reversed(unclear.values()):
            if use.unclear:
                span = use.span("wmsServiceClass") or use.span("includeConfigs")
                yield self.fault(use.unclear, "set `wmsServiceClass` in the spec", "", span)
        for question, use in first_of(case, _question).items():
            service = question.about[0]
            where, span = called(case.environments[use.environment]), use.span("wmsServiceClass")
            what = f"whether {service} can be used in {where} is not known"
            heard = self.heard(answers, question, what, span)
            if not isinstance(heard, Heard):
                yield heard
            elif fault := heard.text("fault"):
                yield self.fault(
                    f"{service} can't be used in {where}: {fault}",
                    "correct `wmsServiceClass`; or install the plugin there, and set in `env` what it needs",
                    "",
                    span,
                )
            else:
                yield self.fine(f"{service} can be used in {where}")


def _question(use: Use) -> Question | None:
    wms = use.wms
    return None if wms is None else Question("plugin", use.environment, (wms.service, wms.where))
