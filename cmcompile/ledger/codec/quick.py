"""Events as `encode` writes them, read by one pattern each: in a third of the time of strict JSON.

It knows the kinds that a large ledger holds many of, and no word about what is wrong: what does not match to
the last character is left to `decode`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeAlias

from cmcompile.ledger.codec import patterns as p
from cmcompile.ledger.codec.read import decode
from cmcompile.model.event import (
    Accepted,
    Claimed,
    Draft,
    Event,
    Measured,
    Member,
    Observed,
    Prepared,
    PrepareFailed,
    Process,
    Retired,
    SpecRef,
    Subject,
    Submitted,
    Submitting,
    Unreadable,
    WmsRef,
)
from cmcompile.model.outcome import Outcome, TaskOutcome
from cmcompile.model.usage import Spread, TaskUsage

#: Texts of values in the order of the fields' names; empty where a field is left out.
Texts: TypeAlias = Any
Build: TypeAlias = Callable[[Subject, Texts], Draft]


class _OtherwiseError(Exception):
    """The pattern matched, and yet the event is for `decode` to read."""


class QuickReader:
    """Reads many events; what stands in many of them, such as the WMS, is made once."""

    def __init__(self) -> None:
        self._wms: dict[str, WmsRef] = {}
        self._processes: dict[str, Process] = {}
        self._specs: dict[str, SpecRef] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._days: set[str] = set()
        self._of_workflow: dict[str, tuple[p.Match, Build]] = {
            "claimed": (p.CLAIMED, self._claimed),
            "prepared": (p.PREPARED, _prepared),
            "prepare_failed": (p.PREPARE_FAILED, _prepare_failed),
            "submitting": (p.SUBMITTING, self._submitting),
            "submitted": (p.SUBMITTED, _submitted),
            "observed": (p.OBSERVED, self._observed),
            "measured": (p.MEASURED, self._measured),
            "retired": (p.RETIRED, _retired),
        }

    def read(self, path: str, subject: Subject, number: int, kind: str, data: bytes) -> Event | Unreadable:
        """Read an event file; the same as `decode` gives for the same path and bytes.

        Parameters
        ----------
        subject, number, kind
            What the path says, by `cmcompile.ledger.paths.locate`.
        """
        form = self._form(subject, kind) if number else None
        if form is not None:
            try:
                found = form[0](data.decode())
                if found is not None:
                    draft = form[1](subject, found.groups(""))
                    if draft.at[:10] in self._days or self._is_day(draft.at[:10]):
                        return Event(number, draft)
            except (UnicodeDecodeError, _OtherwiseError):
                pass
        return decode(path, data)

    def _form(self, subject: Subject, kind: str) -> tuple[p.Match, Build] | None:
        if subject.workflow is not None:
            return self._of_workflow.get(kind)
        return (p.ACCEPTED, _accepted) if kind == "accepted" and subject.group is not None else None

    def _is_day(self, day: str) -> bool:
        try:
            date.fromisoformat(day)
        except ValueError:
            return False
        self._days.add(day)
        return True

    def _claimed(self, subject: Subject, texts: Texts) -> Draft:
        (
            adopted, at, builds_on, by, ci, claim, covers, decision, definition, file, id_, item, members,
            output_run, plan, prefix, process, restart, run_name, spec, submit_path, wms,
        ) = texts  # fmt: skip
        body = Claimed(
            run_name,
            prefix,
            output_run,
            submit_path,
            self._wms.get(wms) or self._new_wms(wms),
            definition,
            self._specs.get(spec) or self._new_spec(spec),
            self._processes.get(process) or self._new_process(process),
            file,
            item,
            plan,
            _texts(covers) if covers else (),
            _members(members) if members else {},
            {},
            _texts(builds_on) if builds_on else (),
            bool(restart),
            bool(adopted),
        )
        return Draft(subject, id_, at, by, body, claim, ci, decision)

    def _submitting(self, subject: Subject, texts: Texts) -> Draft:
        as_run, at, by, child, ci, claim, decision, former, id_, look_up, process, run_name, wms = texts
        body = Submitting(
            run_name,
            self._wms.get(wms) or self._new_wms(wms),
            look_up,
            as_run,
            self._processes.get(process) or self._new_process(process),
            int(child),
            former,
        )
        return Draft(subject, id_, at, by, body, claim, ci, decision)

    def _observed(self, subject: Subject, texts: Texts) -> Draft:
        at, by, ci, claim, decision, id_, outcome, run_id, state, wms_state = texts
        found = (self._outcomes.get(outcome) or self._new_outcome(outcome)) if outcome else None
        return Draft(subject, id_, at, by, Observed(state, wms_state, run_id, found), claim, ci, decision)

    def _measured(self, subject: Subject, texts: Texts) -> Draft:
        at, by, ci, claim, decision, id_, source, tasks = texts
        body = Measured(source, tuple(self._usages(tasks)) if tasks else ())
        return Draft(subject, id_, at, by, body, claim, ci, decision)

    def _usages(self, text: str) -> Iterator[TaskUsage]:
        at = len(p.USAGES)
        while at < len(text):
            found = p.next_usage(text, at)
            if found is None:
                raise _OtherwiseError
            (
                cpu_max, cpu_median, cpu_p95, cpu_sum, deciles, ended, memory_max, memory_median,
                memory_p95, quanta, running, sampled, started, task, wall_max, wall_median, wall_p95,
                wall_sum,
            ) = found.groups()  # fmt: skip
            if not all(day in self._days or self._is_day(day) for day in (started[:10], ended[:10])):
                raise _OtherwiseError
            yield TaskUsage(
                task,
                int(quanta),
                int(sampled),
                Spread(int(cpu_median), int(cpu_p95), int(cpu_max)),
                Spread(int(wall_median), int(wall_p95), int(wall_max)),
                int(cpu_sum),
                int(wall_sum),
                started,
                ended,
                Spread(int(memory_median), int(memory_p95), int(memory_max)) if memory_max else None,
                tuple(map(int, p.all_numbers(deciles or ""))),
                tuple(map(int, p.all_numbers(running or ""))),
            )
            at = found.end()

    def _new_outcome(self, text: str) -> Outcome:
        made = self._outcomes[text] = _outcome(text)
        return made

    def _new_wms(self, text: str) -> WmsRef:
        service, where = _parts(p.WMS, text)
        made = self._wms[text] = WmsRef(service, where)
        return made

    def _new_process(self, text: str) -> Process:
        boot_id, host, pid, started = _parts(p.PROCESS, text)
        made = self._processes[text] = Process(host, boot_id, int(pid), started)
        return made

    def _new_spec(self, text: str) -> SpecRef:
        commit, emit, override, path, version = _parts(p.SPEC, text)
        made = self._specs[text] = SpecRef(path, commit, version, int(emit), override)
        return made


def _prepared(subject: Subject, texts: Texts) -> Draft:
    at, by, ci, claim, decision, files, id_, quanta = texts
    pairs = p.all_named(files)
    named = dict(pairs)
    if len(named) != len(pairs):
        raise _OtherwiseError
    return Draft(subject, id_, at, by, Prepared(named, _number(quanta)), claim, ci, decision)


def _prepare_failed(subject: Subject, texts: Texts) -> Draft:
    at, by, ci, claim, decision, id_, message, transient = texts
    return Draft(subject, id_, at, by, PrepareFailed(message, bool(transient)), claim, ci, decision)


def _submitted(subject: Subject, texts: Texts) -> Draft:
    at, by, ci, claim, decision, gate, id_, recovered, run_id, url = texts
    body = Submitted(run_id, gate or None, bool(recovered), url)
    return Draft(subject, id_, at, by, body, claim, ci, decision)


def _retired(subject: Subject, texts: Texts) -> Draft:
    at, by, ci, claim, decision, id_, why = texts
    return Draft(subject, id_, at, by, Retired(why), claim, ci, decision)


def _accepted(subject: Subject, texts: Texts) -> Draft:
    at, by, ci, claim, decision, id_, missing, quanta, why, workflows = texts
    body = Accepted(_texts(workflows), why, _number(missing), _number(quanta))
    return Draft(subject, id_, at, by, body, claim, ci, decision)


def _parts(match: p.Match, text: str) -> Texts:
    found = match(text)
    if found is None:
        raise _OtherwiseError
    return found.groups("")


def _number(text: str) -> int | None:
    return int(text) if text else None


def _texts(text: str) -> tuple[str, ...]:
    return tuple(p.all_texts(text))


def _members(text: str) -> dict[str, Member]:
    made: dict[str, Member] = {}
    at = len(p.MEMBERS)
    while at < len(text):
        found = p.next_member(text, at)
        if found is None:
            raise _OtherwiseError
        name, column, count, digest, key, over, lo, hi, ranges, source, values = found.groups()
        if name in made:
            raise _OtherwiseError
        made[name] = Member(
            key,
            int(source),
            int(count),
            digest,
            over,
            column or "",
            ((int(lo), int(hi)),) if lo else _ranges(ranges) if ranges else (),
            tuple(json.loads(values)) if values else (),
        )
        at = found.end()
    return made


def _ranges(text: str) -> tuple[tuple[int, int], ...]:
    numbers = map(int, p.all_numbers(text))
    return tuple(zip(numbers, numbers, strict=True))


def _caveats(text: str) -> dict[str, int]:
    pairs = p.all_counts(text)
    made = {name: int(count) for name, count in pairs}
    if len(made) != len(pairs):
        raise _OtherwiseError
    return made


def _outcome(text: str) -> Outcome:
    if not text.startswith(p.TASKS):
        raise _OtherwiseError
    made = []
    at = len(p.TASKS)
    while at < len(text):
        found = p.next_task(text, at)
        if found is None:
            raise _OtherwiseError
        blocked, caveats, failed, other, quanta, succeeded, task = found.groups("0")
        counts = (int(quanta), int(succeeded), int(failed), int(blocked), int(other))
        made.append(TaskOutcome(task, *counts, _caveats(caveats)))
        at = found.end()
    return Outcome(tuple(made))
