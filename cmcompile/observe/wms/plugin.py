"""A BPS plugin, asked in the process that has the stack; lsst is imported inside the functions only."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePath
from typing import Any, Protocol

from cmcompile.model.body import WmsRef
from cmcompile.model.wms import RunSeen
from cmcompile.observe.wms.states import ENDED, careful, labels_of, state_of

#: Days back that `bps report` is asked for ended runs: ten years, so that none is left out.
HISTORY = 3650
#: What plugins show in the place of a name or an id that they don't know.
NAMELESS = frozenset({"", "None", "MISS", "Unavailable", "PermissionError"})
#: The key of a plugin's settings that names the server.
_SERVER = {"PanDAService": "iddsServer"}


class NotToldError(Exception):
    """The plugin does not answer, or its answer can't be trusted; the text says why."""


class _NoSummaryError(NotToldError):
    """The plugin has no report of all runs."""


class Source(Protocol):
    """A workload system as the observer asks it.

    Each method raises `NotToldError`, or whatever a plugin raises.
    """

    def find(self, prefixes: Sequence[str]) -> Sequence[RunSeen]:
        """Return all runs whose names begin with one of some prefixes."""

    def look(self, run_ids: Sequence[str]) -> Sequence[RunSeen]:
        """Return runs by their ids."""

    def cancel(self, run_id: str) -> None:
        """Ask for the end of a run."""


def service_of(where: WmsRef) -> Any:
    """Return an object of the plugin's class, as `bps report` makes it.

    Raises
    ------
    NotToldError
        When there is no such class, or it can't be told which server is meant.
    """
    from lsst.ctrl.bps import BaseWmsService
    from lsst.utils import doImportType

    try:
        plugin = doImportType(where.service)
    except (ImportError, TypeError, ValueError) as error:
        raise NotToldError(f"{where.service} can't be imported: {error}") from None
    if not issubclass(plugin, BaseWmsService):
        raise NotToldError(f"{where.service} is no BPS plugin")
    settings = {}
    if where.where:
        key = _SERVER.get(plugin.__name__)
        if key is None:
            raise NotToldError(f"{where.service} can't be told to ask {where.where}")
        settings[key] = where.where
    return plugin(settings)


class PluginRuns:
    """What any BPS plugin reports; implements `Source`."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._name = type(service).__name__

    def find(self, prefixes: Sequence[str]) -> Sequence[RunSeen]:
        """Return the runs of the summary report that have such names."""
        starts = tuple(prefixes)
        return [self._seen(report) for report in self._summary() if named(_name(report), report.path, starts)]

    def look(self, run_ids: Sequence[str]) -> Sequence[RunSeen]:
        """Return the runs of the summary report with such ids; where it has none, ask one by one."""
        try:
            reports = self._summary()
        except _NoSummaryError:
            reports = [report for run_id in run_ids for report in self._report(run_id)]
        asked = frozenset(run_ids)
        # A plugin may show another run than was asked for, such as a later one of the same files.
        return [self._seen(report) for report in reports if report.wms_id in asked]

    def cancel(self, run_id: str) -> None:
        """Do what ``bps cancel`` does, for a run that is shown."""
        if self._is_over(run_id):
            return
        jobs = self._call("list_submitted_jobs", self._service.list_submitted_jobs, run_id)
        answers = [self._call("cancel", self._service.cancel, job, None) for job in sorted(jobs)]
        refused = [str(answer[1]) for answer in answers if not answer[0]]
        if (refused or not jobs) and not self._is_over(run_id):
            why = "; ".join(refused) or "it lists no job that can be cancelled"
            raise NotToldError(f"{self._name} did not cancel run {run_id}: {why}")

    def _is_over(self, run_id: str) -> bool:
        found = self.look((run_id,))
        if not found:
            # It may be another's: some plugins say that they cancelled what they don't know.
            raise NotToldError(f"{self._name} does not show run {run_id}")
        return found[0].state in ENDED

    def _summary(self) -> list[Any]:
        """Return all runs.

        Raises
        ------
        NotToldError
            Also where the answer is empty and there is a sign that it should not be.
        """
        with logged() as words:
            try:
                reports, message = self._service.report(hist=HISTORY)
            except NotImplementedError:
                raise _NoSummaryError(f"{self._name} has no `report` of all runs") from None
        found = list(reports)
        if not found:
            said = " ".join(words)
            if said or message:
                kind = NotToldError if said else _NoSummaryError
                raise kind(f"{self._name} reports no run, and says: {said or message}")
            self._awake()
        return found

    def _report(self, run_id: str) -> list[Any]:
        with logged() as words:
            reports, _ = self._call("report", self._service.report, wms_workflow_id=run_id, hist=HISTORY)
        found = list(reports)
        if not found and words:
            raise NotToldError(f"{self._name} does not report run {run_id}, and says: {' '.join(words)}")
        if not found:
            self._awake()
        return found

    def _awake(self) -> None:
        """Make sure that a system that shows nothing is there at all."""
        try:
            status, message = self._service.ping(None)
        except NotImplementedError:
            return
        if status:
            raise NotToldError(f"{self._name} shows nothing, and does not answer a ping: {message}")

    def _seen(self, report: Any) -> RunSeen:
        run_id, name = str(report.wms_id or ""), _name(report)
        if run_id in NAMELESS or name in NAMELESS:
            raise NotToldError(f"{self._name} shows run {run_id or '?'} in {report.path} without name or id")
        counts = {state.name: number for state, number in (report.job_state_counts or {}).items()}
        labels = labels_of(report.run_summary or "")
        word = report.state.name if report.state is not None else "UNKNOWN"
        state = state_of(word, counts, labels)
        if not state or state in ENDED:
            # Whoever is over is asked again in another way: some plugins tell it differently.
            other = self._status(run_id)
            also = state_of(other, counts, labels)
            if also and other != word:
                word = f"{word}, status {other}"
                state = careful(*(one for one in (state, also) if one))
        if not state:
            raise NotToldError(f"{self._name} can't tell the state of run {run_id} ({word})")
        return RunSeen(run_id, name, state, word, f"{word} {state}")

    def _status(self, run_id: str) -> str:
        try:
            state, _ = self._service.get_status(run_id, hist=HISTORY)
        except NotImplementedError:
            return ""
        return str(state.name)

    def _call(self, what: str, method: Callable[..., Any], *args: Any, **named: Any) -> Any:
        try:
            return method(*args, **named)
        except NotImplementedError:
            raise NotToldError(f"{self._name} has no `{what}`") from None


def named(name: str, path: str | None, starts: tuple[str, ...]) -> bool:
    """Tell whether a run has, or may have, a name that begins with one of some prefixes.

    BPS's names come from the path of the submit directory, with ``_`` for ``/``. So where a plugin does not
    know the name, the path tells whether it may be one of those that are asked for.
    """
    if name not in NAMELESS:
        return name.startswith(starts)
    flat = "_".join(PurePath(path or "").parts)
    return any(start.replace("/", "_") in flat for start in starts)


def _name(report: Any) -> str:
    return str(report.run or "")


@contextmanager
def logged() -> Iterator[list[str]]:
    """Collect the warnings and errors that a plugin logs."""
    words: list[str] = []
    handler = _Collector(words)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield words
    finally:
        root.removeHandler(handler)


class _Collector(logging.Handler):
    def __init__(self, words: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._words = words

    def emit(self, record: logging.LogRecord) -> None:
        self._words.append(record.getMessage())


def once(runs: Iterable[RunSeen]) -> tuple[RunSeen, ...]:
    """Return runs, of which none may be shown twice.

    Raises
    ------
    NotToldError
    """
    found: dict[str, RunSeen] = {}
    for run in runs:
        if found.setdefault(run.run_id, run) != run:
            raise NotToldError(f"run {run.run_id} is shown twice, and not alike")
    return tuple(found.values())
