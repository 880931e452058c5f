"""How a run of a batch step stands, by how its jobs do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from cmcompile.model.batch import JobFact, JobState
from cmcompile.model.wms import RunSeen


def run_seen(run_id: str, name: str, facts: Collection[JobFact], *, cancelled: bool) -> RunSeen:
    """Return a run by its jobs; one without jobs has made all that it had to.

    Parameters
    ----------
    facts
        Of the jobs that were given to the batch system.
    cancelled
        Whether cmcompile asked for its end.
    """
    counts = Counter(fact.state for fact in facts)
    words = Counter(fact.word or fact.state.value for fact in facts)
    state = state_of(counts, cancelled=cancelled)
    says = ", ".join(f"{number} {word}" for word, number in sorted(words.items()))
    changed = ", ".join(f"{counts[one]} {one.value}" for one in JobState if counts[one])
    return RunSeen(run_id, name, state, says or "no jobs", f"{state}: {changed}")


def state_of(counts: Counter[JobState], *, cancelled: bool = False) -> str:
    """Return the state of a run, as `RunSeen.state`.

    One removed job of many is a job that failed; of a run that somebody ended most of the jobs that made
    nothing were removed.
    """
    total = sum(counts.values())
    live = sum(number for state, number in counts.items() if not state.is_over)
    if live:
        if counts[JobState.HELD] == live:
            return "held"
        return "submitted" if counts[JobState.WAITING] == total else "running"
    good, removed = counts[JobState.SUCCEEDED], counts[JobState.REMOVED]
    bad = total - good
    if not bad:
        return "succeeded"
    if removed and (cancelled or (2 * removed > bad and removed > (total > 1))):
        return "cancelled"
    return "partial" if good else "failed"
