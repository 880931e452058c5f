"""What jobs said of themselves, in words."""

from __future__ import annotations

from collections.abc import Iterator

from cmcompile.model.signal import Disagreed, Disagreement, SignalCounts, Signalled
from cmcompile.report.screen import count

_ABOUT = {found.value: found.about for found in Disagreement}


def counts_line(counts: SignalCounts) -> str:
    """Return counts of signals as one line: ``60 jobs: 57 finished, 2 failed, 1 silent; 5,700 events``."""
    parts = [
        *((counts.finished, "finished"), (counts.failed, "failed"), (counts.running, "running")),
        *((counts.started, "started"), (counts.silent, "silent"), (counts.begun - counts.ended, "not ended")),
        (counts.disagree, "in disagreement"),
    ]
    said = ", ".join(f"{number:,} {what}" for number, what in parts if number > 0)
    more = [f"{counts.events:,} events"] if counts.events else []
    more += [count(counts.outputs, "file")] if counts.outputs else []
    more += [f"{count(counts.unread, 'signal')} can't be read"] if counts.unread else []
    line = f"signals of {count(counts.jobs, 'job')}" + (f": {said}" if said else "")
    return "; ".join([line, *more])


def disagreed_lines(told: Signalled) -> Iterator[str]:
    """Yield one line for each way in which payloads and what ran them disagree."""
    for found in told.disagreed:
        about = _ABOUT.get(found.what, found.what)
        yield f"{count(found.jobs, 'job')} in disagreement ({_named(found)}): {about}"


def _named(found: Disagreed) -> str:
    numbers = ", ".join(map(str, found.first))
    return f"{'number' if found.jobs == 1 else 'numbers'} {numbers}" + (
        ", …" if found.jobs > len(found.first) else ""
    )
