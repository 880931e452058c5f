"""Workload systems: whether they answer, where their records are, and how long one may speak with them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import ClassVar

from cmcompile.doctor.case import Case, Use
from cmcompile.doctor.check import Base, first_of
from cmcompile.doctor.checks.environments import called
from cmcompile.doctor.reading import Heard
from cmcompile.model.body import WmsRef
from cmcompile.model.checkup import Answers, Question, Result
from cmcompile.model.codes import doctor as codes

#: The last part of classes: of those whose runs are recorded on the machine that submits, and of PanDA's.
_RECORDED = frozenset({"EngineService", "ParslService"})
_PANDA = "PanDAService"
_HOUR = 3600.0


class Wms(Base):
    """Workload systems answer a ping."""

    name: ClassVar[str] = "wms"
    code = codes.WMS
    after: ClassVar[tuple[str, ...]] = ("secrets", "setup", "stack", "credentials", "plugin")

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask as ``bps ping`` does, in the environment that submits."""
        return iter(first_of(case, _ping))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say which does not answer, and in which words."""
        others = first_of(case, _ping)
        for question, use in others.items():
            service, where = question.about
            span, name = use.span("wmsServiceClass"), _called(service, where)
            command = f"bps ping --wms-service-class {service}"
            heard = self.heard(answers, question, f"{name} did not answer a ping", span)
            if not isinstance(heard, Heard):
                yield heard
            elif heard.flag("none"):
                yield self.unknown(
                    f"{name} has no ping, so whether it answers is not known",
                    "see its own tools",
                    f"bps report --wms-service-class {service}",
                    span,
                )
            elif heard.number("status") == 0:
                yield self.fine(f"{name} answers")
            else:
                words = heard.text("message") or f"status {heard.reply.get('status')}"
                yield self.fault(
                    f"{name} answers a ping with: {words}",
                    "see that it is up, and that the environment's variables name it and let you in",
                    command,
                    span,
                )
        if not others:
            yield self.fine("no server is asked: runs are recorded on this machine")


class RunRecords(Base):
    """The records of runs of this machine can be used."""

    name: ClassVar[str] = "records"
    code = codes.RECORDS
    quick: ClassVar[bool] = True

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask for each directory of records."""
        return iter(first_of(case, _records))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say why one can't be used."""
        own = first_of(case, _records)
        for question, use in own.items():
            span = use.span("runsHome") or use.span("wmsServiceClass")
            heard = self.heard(answers, question, "the records of runs are not known", span)
            if not isinstance(heard, Heard):
                yield heard
                continue
            home = heard.text("home")
            if fault := heard.text("fault"):
                fix = "give yourself the right to write there, or name another directory as `runsHome`"
                yield self.fault(
                    f"the records of runs in {home} can't be used: {fault}", fix, f"ls -ld {home}", span
                )
            elif heard.flag("here") is False:
                yield self.fault(
                    f"the records of runs in {home} are of the machine {heard.text('host')}, not of this one",
                    "submit from that machine, or name a directory of this one as `runsHome`",
                    "",
                    span,
                )
            else:
                yield self.fine(f"{home} can be used")
        if not own:
            yield self.fine("none are needed")


class Credentials(Base):
    """PanDA's credentials last long enough."""

    name: ClassVar[str] = "credentials"
    code = codes.CREDENTIALS
    after: ClassVar[tuple[str, ...]] = ("secrets", "setup")

    def asks(self, case: Case) -> Iterator[Question]:
        """Ask each environment that submits to PanDA."""
        return iter(first_of(case, _panda))

    def judge(self, case: Case, answers: Answers) -> Iterator[Result]:
        """Say when they end; what they are is never told."""
        found = first_of(case, _panda)
        for question, use in found.items():
            span = use.span("wmsServiceClass")
            heard = self.heard(answers, question, "how long the credentials last is not known", span)
            yield heard if isinstance(heard, Result) else self._judged(case, use, heard)
        if not found:
            yield self.fine("no group goes to PanDA; for others a ping tells")

    def _judged(self, case: Case, use: Use, heard: Heard) -> Result:
        span, where = use.span("wmsServiceClass"), called(case.environments[use.environment])
        lacking, source = heard.texts("lacking"), heard.text("from")
        oidc = heard.text("auth") == "oidc"
        kind, login = ("token", "panda_auth reset") if oidc else ("proxy", "voms-proxy-init")
        if lacking:
            fix = f"set it in `env` of {where}: docs of your site tell the value"
            return self.fault(f"PanDA needs ${lacking[0]}, which is not set", fix, "", span)
        if fault := heard.text("fault"):
            return self.fault(f"the {kind} in {source} can't be used: {fault}", "log in", login, span)
        if heard.flag("plain"):
            return self.fine("PanDA is asked without TLS, and is shown no proxy")
        ends = heard.number("ends")
        if ends is None:
            return self.unknown(f"when the {kind} in {source} ends is not told", "log in again", login, span)
        at = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        left = (ends - case.now) / _HOUR
        if left >= case.hours:
            return self.fine(f"the {kind} in {source} lasts until {at}")
        if heard.flag("renews"):
            return self.unknown(
                f"the {kind} in {source} lasts until {at}; it is renewed by another one beside it, of which "
                "nothing is told",
                "renew it now, or log in again",
                "panda_auth refresh",
                span,
            )
        how = (
            f"ended at {at}"
            if left <= 0
            else f"ends at {at}, in {left:.1f} h, and {case.hours:g} h are wanted"
        )
        return self.fault(f"the {kind} in {source} {how}", "log in again", login, span)


def recorded(wms: WmsRef | None) -> bool:
    """Tell whether the runs of a workload system are recorded on the machine that submits."""
    return wms is not None and _class(wms.service) in _RECORDED


def _class(service: str) -> str:
    return service.rpartition(".")[2]


def _ping(use: Use) -> Question | None:
    wms = use.wms
    if wms is None or recorded(wms):
        return None
    return Question("ping", use.environment, (wms.service, wms.where))


def _records(use: Use) -> Question | None:
    return Question("records", "", (use.wms.where,)) if use.wms is not None and recorded(use.wms) else None


def _panda(use: Use) -> Question | None:
    is_panda = use.wms is not None and _class(use.wms.service) == _PANDA
    return Question("credentials", use.environment) if is_panda else None


def _called(service: str, where: str) -> str:
    return f"{_class(service)} ({where})" if where else _class(service)
