"""From measured figures to values that would be better: memory of tasks, sizes of groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor

from cmcompile.model.advice import Advice, Advised, Asked, Caution, Terms
from cmcompile.model.stats import Ran, StatsRow
from cmcompile.state.usage import seconds, stats

#: A group is to take at most this part of the limit: the next one may be slower.
_ROOM = 0.8
#: What takes less, in seconds, is mostly starting and stopping: it tells nothing of a day.
_SHORTEST = 600
#: Less memory is only proposed where it is at most this part of what is asked for.
_WORTH = 0.8


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of a step.

    Attributes
    ----------
    ran
        Its workflows that were submitted.
    asked
        Returns what a task asks for; None where that can't be told.
    sizes
        Of its first-pass groups, by id: how many ids of the axis that is cut by size.
    size
        The size that its split declares, and the keys that lead to it below the step; None where it has no
        one size.
    unsent
        Its groups that were never sent, rescues left out.
    """

    step: str
    ran: Sequence[Ran]
    asked: Callable[[str], Asked | None]
    sizes: Mapping[str, int]
    size: tuple[int, tuple[str | int, ...]] | None = None
    unsent: tuple[str, ...] = ()

    @property
    def sent(self) -> bool:
        """Whether some of its groups were sent."""
        return bool(set(self.sizes) - set(self.unsent))


def advise(grounds: Sequence[Ground], terms: Terms) -> Advised:
    """Return what the figures of some steps propose."""
    found = [part for ground in grounds for part in (_memory(ground, terms), _length(ground, terms))]
    return Advised(
        tuple(one for part in found for one in part.advice),
        tuple(one for part in found for one in part.cautions),
        tuple(one for part in found for one in part.kept),
    )


def _memory(ground: Ground, terms: Terms) -> Advised:
    """Return the memory to ask for: of tasks that share a key, what the largest one needs."""
    by_key: dict[tuple[str, ...], list[tuple[StatsRow, Asked]]] = {}
    cautions = []
    for row in stats(ground.ran, "task").rows:
        asked = ground.asked(row.task)
        if row.memory is None:
            continue
        if asked is None:
            text = f"{row.task} had up to {row.memory:,} MiB, and what it asks for can't be told"
            cautions.append(Caution(ground.step, text))
        else:
            by_key.setdefault(asked.path, []).append((row, asked))
    advice, kept = [], []
    for path, some in by_key.items():
        found = _of_key(ground, path, some, terms)
        if isinstance(found, Advice):
            advice.append(found)
        else:
            kept.append(found)
    return Advised(tuple(advice), tuple(cautions), tuple(kept))


def _of_key(
    ground: Ground, path: tuple[str, ...], some: Sequence[tuple[StatsRow, Asked]], terms: Terms
) -> Advice | Caution:
    failed = _failed_peaks(ground)
    row, asked = max(some, key=lambda one: max(one[0].memory or 0, failed.get(one[0].task, 0)))
    peak, now = max(row.memory or 0, failed.get(row.task, 0)), asked.now
    value = ceil(peak * terms.margin / terms.round_to) * terms.round_to
    evidence = (
        f"{row.task} had up to {row.memory:,} MiB, 95 % of its quanta up to {row.memory_p95:,}: "
        f"{row.sampled:,} of {row.taken:,} quanta of {_workflows(row.measured)} were read"
    )
    if peak > (row.memory or 0):
        evidence += f"; one that failed had {peak:,}"
    name = ".".join(path)
    if value > now:
        return _to_unsent(ground, Advice(ground.step, ("bps", *path), now, value, evidence))
    # Who was killed for want of memory left no metadata: what is seen of such a task is too low.
    doubt = next((task.task for task, _ in some if task.failed is None or task.failed), "")
    few = min(task.sampled for task, _ in some) < terms.least
    if value > now * _WORTH or doubt or few:
        why = "" if value > now * _WORTH else _why_kept(doubt, terms)
        return Caution(ground.step, f"{name} stays at {now:,} MB: {evidence}{why}")
    return _to_unsent(ground, Advice(ground.step, ("bps", *path), now, value, evidence))


def _failed_peaks(ground: Ground) -> dict[str, int]:
    """Return the highest memory of quanta that failed, by task, as far as a source told it."""
    found: dict[str, int] = {}
    for ran in ground.ran:
        for failure in () if ran.outcome is None else ran.outcome.failures:
            if failure.cause is not None and failure.cause.memory:
                task = failure.quantum.task
                found[task] = max(found.get(task, 0), failure.cause.memory)
    return found


def _why_kept(doubt: str, terms: Terms) -> str:
    if doubt:
        return f"; less is not proposed, since quanta of {doubt} failed or may have, and leave no figures"
    return f"; less is not proposed on fewer than {terms.least} quanta of each task"


def _to_unsent(ground: Ground, advice: Advice) -> Advice:
    """Restrict what alters groups to those that were not sent: the others are pinned."""
    if not ground.sent:
        return advice
    return replace(advice, groups=ground.unsent, none_left=not ground.unsent)


def _length(ground: Ground, terms: Terms) -> Advised:
    """Return the size of groups, by the longest time for one id, and a warning where a group is too long."""
    took = [(ran, span) for ran in ground.ran if "." not in ran.group and (span := _span(ran)) is not None]
    if not took:
        return Advised()
    limit = terms.hours * 3600
    longest, span = max(took, key=lambda one: one[1])
    each = max(
        (span / ground.sizes[ran.group] for ran, span in took if ground.sizes.get(ran.group)), default=0.0
    )
    largest = max(ground.sizes.values(), default=0)
    size = ground.size[0] if ground.size is not None else largest
    predicted = max(each * size, float(span))
    evidence = (
        f"{longest.name} took {_hours(span)} from its first quantum to its last, the longest of "
        f"{_workflows(len(took))}"
    )
    if predicted <= limit:
        most = floor(limit * _ROOM / each) if each else 0
        tells = most > size and span >= _SHORTEST
        room = f"; groups of up to {most:,} would stay below {terms.hours:g} h" if tells else ""
        return Advised(kept=(Caution(ground.step, f"groups are short enough: {evidence}{room}"),))
    caution = Caution(
        ground.step,
        f"a group is expected to take {_hours(predicted)}, more than {terms.hours:g} h: {evidence}",
    )
    value = max(1, floor(limit * _ROOM / each)) if each else 0
    if ground.size is None or not value or value >= size:
        return Advised(cautions=(caution,))
    now, keys = ground.size
    left = bool(ground.unsent)
    why = f"{evidence}: {_hours(each)} for each id"
    return Advised((Advice(ground.step, keys, now, value, why, none_left=not left),), (caution,))


def _span(ran: Ran) -> int | None:
    """Return the seconds from the first quantum to the last; None where not all of them are told of.

    Of a run that failed in part the rest is not known, and a restarted one stood still meanwhile.
    """
    if ran.measured is None or not ran.measured.tasks or ran.restarts:
        return None
    tasks = ran.measured.tasks
    return seconds(min(task.started for task in tasks), max(task.ended for task in tasks))


def _hours(value: float) -> str:
    return (
        f"{value / 3600:.1f} h"
        if value >= 3600
        else f"{value / 60:.1f} min"
        if value >= 60
        else f"{value:.1f} s"
    )


def _workflows(number: int) -> str:
    return "1 workflow" if number == 1 else f"{number:,} workflows"
