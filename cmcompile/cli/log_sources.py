"""Where the logs of a workflow are: the Butler, or the files of its jobs."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cmcompile.cli.address import Address, NoGroupError, address_of
from cmcompile.cli.output import warn
from cmcompile.model.errors import CmcompileError
from cmcompile.model.wms import NoAnswer

if TYPE_CHECKING:
    from cmcompile.cli.situation import Situation
    from cmcompile.model.event import Claimed
    from cmcompile.model.logs import Logs, WantedLogs
    from cmcompile.model.states import Workflow


@dataclass(frozen=True, slots=True)
class FoundWorkflow:
    """A workflow that was submitted, or was to be.

    Attributes
    ----------
    name
        As a selector: ``dp02/step1/3@w00``.
    """

    name: str
    now: Situation
    workflow: Workflow
    claim: Claimed

    @property
    def run(self) -> str:
        """The RUN collection."""
        return self.claim.output_run

    @property
    def submit(self) -> Path:
        """The submit directory, if it is on this machine."""
        from cmcompile.cli.area import area_of

        area = area_of(self.now.place.root)
        return area / self.claim.submit_path.replace("${PWD}/", "").replace("$PWD/", "")

    def more(self, logs: Logs, wanted: WantedLogs) -> list[str]:
        """Return the commands that show more."""
        command = f"cmcompile logs {self.name}"
        narrow = " ".join((wanted.task, *(f"{k}={v}" for k, v in wanted.data_id.items()))).strip()
        command = f"{command} {narrow}".rstrip()
        first = next((log for log in logs.shown if log.failed), None)
        found = []
        if first is not None and not wanted.tail:
            one = command if first.file else f"cmcompile logs {self.name} {first.task} {first.data_id}"
            found.append(f"{one} --tail 50")
        if wanted.which == "first" and logs.failed > len(logs.shown):
            found.append(f"{command} --failed")
        if not logs.shown and logs.found:
            found.append(f"{command} --all")
        return found


def workflow_of(addresses: Sequence[Address], name: str, *, offline: bool) -> FoundWorkflow:
    """Return a workflow of the one group that selectors mean; an empty name is the newest.

    Raises
    ------
    NoGroupError
        When several groups are meant, or the group has no such workflow.
    """
    from cmcompile.cli.choose import select_groups
    from cmcompile.cli.ledgers import look
    from cmcompile.cli.situation import situation

    place = addresses[0].place
    now = situation(place, look(place, offline=offline, degrade=True))
    groups = select_groups(addresses, now.spec, now.groups(), now.answers())
    if len(groups) != 1:
        names = ", ".join(address_of(now.spec.name, group) for group in groups[:3])
        raise NoGroupError(f"{len(groups)} groups are meant, and logs are of one: name it, such as {names}")
    of = address_of(now.spec.name, groups[0])
    record = now.inputs.state.groups.get((groups[0].step, groups[0].id))
    workflows = () if record is None else record.workflows
    if not workflows:
        raise NoGroupError(f"{of} was never submitted, so it has no logs: `cmcompile status {of}` says why")
    found = next((w for w in reversed(workflows) if name in ("", w.name)), None)
    if found is None:
        raise NoGroupError(f"{of} has no workflow {name}; it has {', '.join(w.name for w in workflows)}")
    if found.claim is None:
        raise CmcompileError(f"the claim of {of}@{found.name} can't be read: `cmcompile verify` says more")
    return FoundWorkflow(f"{of}@{found.name}", now, found, found.claim)


def find_logs(found: FoundWorkflow, wanted: WantedLogs, butler: str | None) -> Logs | str:
    """Return the logs of a workflow; a text says why they can't be reached from here.

    Raises
    ------
    CmcompileError
        When all places were looked at, and there are none.
    """
    from cmcompile.cli.area import area_of
    from cmcompile.observe.batch.logs import batch_logs
    from cmcompile.observe.job_logs import job_logs

    # A batch step has no Butler.
    if (logs := batch_logs(area_of(found.now.place.root), found.run, wanted)) is not None:
        return logs
    # While a run goes on, the Butler has nothing of it yet.
    if found.workflow.live and (logs := job_logs(found.submit, wanted)) is not None:
        return logs
    answer, asked = _from_butler(found, wanted, butler)
    if answer is not None and not isinstance(answer, NoAnswer):
        return answer
    if isinstance(answer, NoAnswer):
        warn(answer.why)
    logs = None if found.workflow.live else job_logs(found.submit, wanted) or _kept(found, wanted)
    return logs if logs is not None else _nowhere(found, asked, answer)


def _kept(found: FoundWorkflow, wanted: WantedLogs) -> Logs | None:
    """Return what a monitor told of failed jobs, where the ledger keeps that; None: it does not."""
    from cmcompile.ledger.desk import LedgerBook
    from cmcompile.ledger.paths import directory
    from cmcompile.model.event import Subject
    from cmcompile.report.kept_logs import BadKeptError, kept_logs

    workflow, look = found.workflow, found.now.look
    told = workflow.diagnosed
    if told is None or not told.file:
        return None
    path = f"{directory(Subject(workflow.step, workflow.group, workflow.name))}/{told.file}"
    data = LedgerBook(look.ledger).file(look.view, path)
    try:
        return None if data is None else kept_logs(data, told.digest, wanted)
    except BadKeptError as error:
        warn(f"{path}: {error}")
        return None


def _from_butler(
    found: FoundWorkflow, wanted: WantedLogs, butler: str | None
) -> tuple[Logs | NoAnswer | None, str]:
    """Return what the Butler has, and which one was asked."""
    from cmcompile.cli.area import area_of
    from cmcompile.cli.butlers import butler_of
    from cmcompile.observe.butler.logs import logs_of
    from cmcompile.observe.butler.open import ask

    try:
        config = butler or butler_of(found.now.spec)
    except CmcompileError as error:
        return NoAnswer(str(error)), "no Butler"
    area = area_of(found.now.place.root)
    return ask(config, area, lambda opened: logs_of(opened, found.run, wanted)), f"the Butler {config}"


def _nowhere(found: FoundWorkflow, asked: str, answer: Logs | NoAnswer | None) -> str:
    here, host = socket.gethostname(), found.claim.process.host
    files = f"no log of a job is below {found.submit}"
    if isinstance(answer, NoAnswer):
        return f"{asked} can't be asked, and {files}: whether {found.name} has logs is not known"
    what = f"{asked} has no log in {found.run}, and {files}"
    if host != here and not found.submit.exists():
        return f"{what}; it was submitted on {host}, and this is {here}: ask there"
    if found.workflow.live:
        raise CmcompileError(f"{found.name} has no log yet: {what}; it is {found.workflow.state.value}")
    raise CmcompileError(f"{found.name} has no log: {what}; it is {found.workflow.state.value}")
