"""What the signals of jobs come to: per job what payload and wrapper said, and counts of many jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cmcompile.model.signal import (
    Disagreed,
    Disagreement,
    JobSignals,
    PayloadSaid,
    SignalCounts,
    SignalKind,
    Signalled,
    SignalOutput,
    Stored,
    WrapperSaid,
)
from cmcompile.signals.slots import Slot, Slots

#: Jobs that are named for each way in which signals disagree; more are counted only.
NAMED = 20
_LARGEST = 10**18


def fold_signals(signals: Iterable[Stored]) -> dict[int, JobSignals]:
    """Return what is known of each job; the same for any order of signals, and however often each is given.

    Parameters
    ----------
    signals
        Of one workflow.
    """
    jobs: dict[int, Slots] = {}
    for stored in signals:
        jobs.setdefault(stored.signal.job, Slots()).add(stored)
    return {job: job_of(job, jobs[job]) for job in sorted(jobs)}


def job_of(job: int, slots: Slots) -> JobSignals:
    """Return what is known of one job: of its last start, if the wrapper said when that was."""
    start = slots.held.get("begun")
    held = {name: slot for name, slot in slots.held.items() if start is None or _is_since(slot, start)}
    files = {name: slot for name, slot in slots.outputs.items() if start is None or _is_since(slot, start)}
    wrapper, payload = _wrapper(held), _payload(held, files)
    attempt = max((slot[0] for slot in (*held.values(), *files.values())), default=0) or None
    return JobSignals(job, attempt, wrapper, payload, _disagreement(wrapper, payload))


def _is_since(slot: Slot, start: Slot) -> bool:
    """Tell whether a signal is of a start; where one of them does not tell its number, the time decides."""
    if slot[0] and start[0]:
        return bool(slot[0] >= start[0])
    return bool(slot[1:3] >= start[1:3])


def _wrapper(held: dict[str, Slot]) -> WrapperSaid | None:
    begun, ended = held.get("begun"), held.get("ended")
    last = ended or begun
    if last is None:
        return None
    node = last[6] or (begun[6] if begun else "")
    return WrapperSaid(begun[3] if begun else "", ended[3] if ended else "", last[4], last[5], node)


def _payload(held: dict[str, Slot], files: dict[str, Slot]) -> PayloadSaid | None:
    furthest = held.get("over") or held.get("running") or held.get("started")
    values = {name: held[name][3] for name in ("events", "said", "node") if name in held}
    if furthest is None and not values and not files:
        return None
    outputs = tuple(SignalOutput(name, *files[name][3:]) for name in sorted(files))
    events, said, node = values.get("events"), values.get("said", ""), values.get("node", "")
    if furthest is None:
        return PayloadSaid(events=events, outputs=outputs, message=said, node=node)
    return PayloadSaid(
        SignalKind(furthest[3]), furthest[4], furthest[5], events, outputs, message=said, node=node
    )


def _disagreement(wrapper: WrapperSaid | None, payload: PayloadSaid | None) -> Disagreement | None:
    if wrapper is None or wrapper.exit is None or payload is None or payload.kind is None:
        return None
    well = wrapper.exit == 0
    if not payload.is_over:
        return Disagreement.NEVER_FINISHED if well else None
    if payload.is_good != well:
        return Disagreement.FINISHED_BUT_FAILED if payload.is_good else Disagreement.FAILED_BUT_ENDED_WELL
    return Disagreement.EXITS_DIFFER if payload.exit not in (None, wrapper.exit) else None


def counts_of(jobs: Iterable[JobSignals], unread: int = 0) -> SignalCounts:
    """Count jobs by what their signals say."""
    total = dict.fromkeys(SignalCounts.__slots__, 0) | {"unread": unread}
    for job in jobs:
        total["jobs"] += 1
        total["disagree"] += job.disagrees is not None
        wrapper, payload = job.wrapper, job.payload
        if wrapper is not None:
            total["begun"] += 1
            total["ended"] += job.has_ended
            total["bad"] += job.has_ended and wrapper.exit != 0
            total["silent"] += job.has_ended and payload is None
        if payload is not None:
            _add(total, payload)
    # What hostile signals add up to must still be a number that a ledger takes.
    return SignalCounts(**{name: min(number, _LARGEST) for name, number in total.items()})


def signalled_of(jobs: Iterable[JobSignals], unread: int = 0) -> Signalled:
    """Return what a run's jobs said, counted, as it is recorded."""
    ways: dict[Disagreement, tuple[int, ...]] = {}
    number = dict.fromkeys(Disagreement, 0)

    def seen() -> Iterator[JobSignals]:
        for job in jobs:
            if way := job.disagrees:
                number[way] += 1
                ways[way] = (*ways.get(way, ()), job.job)[:NAMED]
            yield job

    counts = counts_of(seen(), unread)
    told = (Disagreed(way.value, number[way], ways[way]) for way in Disagreement if way in ways)
    return Signalled(counts, tuple(told))


def _add(total: dict[str, int], payload: PayloadSaid) -> None:
    if payload.is_over:
        total["finished" if payload.is_good else "failed"] += 1
    elif payload.kind is not None:
        total[payload.kind.value] += 1
    total["events"] += payload.all_events or 0
    total["outputs"] += len(payload.outputs)
    total["size"] += sum(file.size or 0 for file in payload.outputs)
