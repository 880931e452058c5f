"""Who a campaign tells, as its spec and the environment say it, and what they are told."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import click

from cmcompile.cli.exit import Exit, code_of
from cmcompile.cli.output import warn
from cmcompile.cli.situation import Situation
from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.ledger.book import Ledger
    from cmcompile.ledger.view import View
    from cmcompile.model.alert import Alert
    from cmcompile.model.forecast import Range
    from cmcompile.model.issue import IssueReport
    from cmcompile.model.status import CampaignStatus
    from cmcompile.model.tell import JiraTarget, WebhookTarget
    from cmcompile.model.transaction import Book

#: The token for Jira; whose it is, where the server wants to know; and the only server that may get it.
TOKEN, USER, URL = "CMCOMPILE_JIRA_TOKEN", "CMCOMPILE_JIRA_USER", "CMCOMPILE_JIRA_URL"
#: Files of the ledger branch that are attached to the issue of a campaign.
ATTACHED = ("status.json", "history.csv")


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells all that a campaign names.

    Attributes
    ----------
    for_programs
        Whether a program reads stdout: then nothing is said there.
    quiet
        Whether nothing is said of what was as it should be.
    """

    now: Situation
    book: Book
    for_programs: bool = False
    quiet: bool = False

    def everybody(self) -> list[Exit]:
        """Tell all; one that fails leaves the others alone."""
        jira = [self.jira()] if self.now.spec.tell.jira is not None else []
        return jira + self.webhooks()

    def webhooks(self) -> list[Exit]:
        """Tell all addresses what is new."""
        hooks = self.now.spec.tell.webhooks
        return [self._tried(f"webhook {one.name}", partial(self._webhook, one)) for one in hooks]

    def jira(self) -> Exit:
        """Bring the issues up to date."""
        return self._tried("Jira", self._jira)

    def _say(self, text: str) -> None:
        from cmcompile.report.terminal import visible

        click.echo(visible(text), err=self.for_programs)

    def _tried(self, what: str, tell: Callable[[], Exit]) -> Exit:
        try:
            return tell()
        except CmcompileError as error:
            warn(f"{self.now.spec.name}: {what} was not told: {error}")
            return code_of(error)

    def _webhook(self, target: WebhookTarget) -> Exit:
        from cmcompile.report.alerts import message
        from cmcompile.tell.webhook import Telling, hook

        clock, name = self.now.look.ledger.clock, self.now.spec.name
        to = hook(target.name, target.url_from, os.environ.get(target.url_from, "").strip(), clock)
        alerts = [alert for alert in self._alerts(target) if alert.topic in target.on]
        telling = Telling(
            self.book, to, lambda some, again: message(name, some, again, target.form), clock, _id()
        )
        sent = telling.tell(alerts)
        what = f"{name}: webhook {target.name}"
        if sent.alerts:
            again = f", {sent.again:,} of them again" if sent.again else ""
            self._say(f"{what}: told {sent.alerts:,}{again}")
        elif sent.waits or not self.quiet:
            self._say(f"{what}: {sent.waits or 'nothing new'}")
        return Exit.OK

    def _alerts(self, target: WebhookTarget) -> list[Alert]:
        from cmcompile.report.alerts import overdue, people

        status = status_of_campaign(self.now)
        at = self.now.look.ledger.clock.now()
        due = (self.now.spec.pace.due or "") if "overdue" in target.on else ""
        ends = forecast_of(self.now) if due >= f"{at:%Y-%m-%d}" else None
        return [*people(status), *overdue(status, due, at, ends)]

    def _jira(self) -> Exit:
        from cmcompile.cli.tell_github import worst_of
        from cmcompile.tell.jira.client import Jira
        from cmcompile.tell.jira.telling import Telling

        target, spec = self.now.spec.tell.jira, self.now.spec
        if target is None:
            return Exit.OK
        clock = self.now.look.ledger.clock
        jira = Jira(target.url, os.environ.get(USER, "").strip(), token_for(target), clock)
        telling = Telling(self.book, jira, target, spec.ticket or "", clock, _id())
        told = telling.tell(self._reports())
        for one in told:
            what = f"{spec.name}{'/' if one.step else ''}{one.step}: {one.key or 'no issue yet'}"
            if one.error is not None:
                warn(f"{what}: {one.why}")
            elif one.why or one.done != "same" or not self.quiet:
                self._say(f"{what}: {one.why or one.done}")
        return worst_of([code_of(one.error) for one in told if one.error is not None])

    def _reports(self) -> Callable[[Mapping[str, str]], list[IssueReport]]:
        from cmcompile.cli.stats import ran
        from cmcompile.ledger.setup import identity
        from cmcompile.report.jira import issues
        from cmcompile.state.usage import stats

        now, tip = self.now, self.now.look.view.tip
        ledger = "" if tip is None else identity(self.now.look.ledger.store, tip).id
        status, steps = status_of_campaign(now), [step.name for step in now.spec.steps]
        some = ran(now, now.inputs.state.groups.keys())
        by_step, by_task = stats(some, "step", steps), stats(some, "task", steps)
        files = self._files()

        def reports(keys: Mapping[str, str]) -> list[IssueReport]:
            first, *others = issues(now.spec, status, by_step, by_task, keys, ledger)
            return [replace(first, files=files), *others]

        return reports

    def _files(self) -> dict[str, bytes]:
        sight = self.book.look()
        found = {name: self.book.file(sight, name) for name in ATTACHED}
        return {name: data for name, data in found.items() if data is not None}


def token_for(target: JiraTarget) -> str:
    """Return the token for a Jira.

    Raises
    ------
    NotAllowedError
        When there is none, or it is for another server.
    """
    from cmcompile.tell.errors import NotAllowedError

    token, url = os.environ.get(TOKEN, "").strip(), os.environ.get(URL, "").strip().rstrip("/")
    if not token:
        raise NotAllowedError(
            f"Jira wants a token: set {TOKEN} to one that may make and change issues of {target.project}, "
            f"and {USER} to whose it is where the server is Jira Cloud; see docs/telling.md"
        )
    if url and url != target.url:
        raise NotAllowedError(f"the token is for {url}, as {URL} says, and the spec names {target.url}")
    return token


def status_of_campaign(now: Situation) -> CampaignStatus:
    """Return where a campaign stands, without its groups one by one."""
    from cmcompile.reconcile.render import campaign_status

    return campaign_status(now.inputs, now.standings)


def forecast_of(now: Situation) -> Range | None:
    """Return when a campaign ends by the forecast; None: it can't be told."""
    from cmcompile.cli.forecast import measured
    from cmcompile.sim.forecast.whole import Question, forecast
    from cmcompile.version import EMIT

    if now.made is None:
        return None
    try:
        found = forecast(now.inputs, Question(needs=None), EMIT, measured=measured(now))
    except CmcompileError as error:
        warn(f"{now.spec.name}: no forecast: {error}")
        return None
    return found.variants[0].ends


def as_of(now: Situation, ledger: Ledger, view: View) -> Situation:
    """Return where a campaign stands when its ledger says something else."""
    from cmcompile.cli.ledgers import Look
    from cmcompile.plan.standing import judged, standings_of

    facts = replace(now.inputs.facts, now=ledger.clock.now())
    inputs = replace(now.inputs, state=view.state, facts=facts)
    found = judged(inputs)
    seen = Look(ledger, view, fresh=True)
    return replace(now, inputs=inputs, look=seen, judged=found, standings=standings_of(found))


def _id() -> str:
    return secrets.token_hex(8)
