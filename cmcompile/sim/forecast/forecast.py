"""Several runs of a campaign, and what they have in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, inf

from cmcompile.model.collector import paused_collector
from cmcompile.model.forecast import Held, Range, StepForecast, Stuck, Variant
from cmcompile.plan.inputs import Inputs
from cmcompile.plan.standing import judged
from cmcompile.sim.forecast.extract import extract
from cmcompile.sim.forecast.graph import At, Graph
from cmcompile.sim.forecast.groups import Is
from cmcompile.sim.forecast.pauses import Pauses
from cmcompile.sim.forecast.run import Run
from cmcompile.sim.forecast.times import Draws, Times
from cmcompile.sim.forecast.variant import Needs, Overlaps, variant

_DONE = frozenset({Is.GOOD, Is.OVER})
_EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Answer:
    """What a forecast says of one sort of needs.

    Attributes
    ----------
    told
        By step and needed step: what overlap was judged by.
    """

    variant: Variant
    told: dict[tuple[str, str], str]


def answer(
    inputs: Inputs, times: Times, needs: Needs, slots: int | None, runs: int, seed: int, emit: int
) -> Answer:
    """Forecast a campaign with needs of one sort.

    Parameters
    ----------
    inputs
        As of a plan; the oracle of overlaps is set here.
    slots
        Workflows at once; None: as the spec says.
    runs
        How often; each run draws durations and failures anew, the same for each sort of needs.
    """
    with paused_collector():
        changed = variant(inputs, needs, slots)
        oracle = Overlaps(changed, times.overlaps)
        changed = replace(changed, facts=replace(changed.facts, overlaps=oracle))
        found = judged(changed)
        graph = extract(found, emit)
        paused = Pauses(found.world, graph)
        done = []
        for number in range(runs):
            draws = Draws(times, f"{seed} {number}")
            done.append(Run(graph, draws, times, paused).whole())
        return Answer(_summary(graph, done, needs), oracle.told)


def quantiles(values: Iterable[float]) -> Range:
    """Return the range of some figures; infinite ones are those that never come."""
    some = sorted(values)

    def at(share: float) -> float | None:
        found = some[max(0, ceil(share * len(some)) - 1)] if some else inf
        return None if found == inf else found

    return Range(at(0.1), at(0.5), at(0.9))


def _summary(graph: Graph, runs: Sequence[Run], needs: Needs) -> Variant:
    ends = [_end(graph, run) for run in runs]
    ranked = sorted(range(len(runs)), key=lambda at: (ends[at], runs[at].trace.end()))
    middle = runs[ranked[ceil(len(runs) / 2) - 1]]
    return Variant(
        name=needs,
        ends=quantiles(ends),
        endless=sum(end == inf for end in ends),
        occupied=_occupied(graph, runs),
        workflows=sum(sent.sent >= 0 for sent in middle.trace.sent),
        steps=tuple(_step(graph, runs, middle, step) for step in graph.steps),
        held=_held(runs),
        path=middle.trace.path(graph),
        stuck=_stuck(graph, middle),
    )


def _end(graph: Graph, run: Run) -> float:
    """Return when the last group is accepted; infinite where some group never is."""
    never = any(
        state not in _DONE and not node.rescue for node, state in zip(graph.nodes, run.state, strict=True)
    )
    return inf if never else run.trace.end()


def _occupied(graph: Graph, runs: Sequence[Run]) -> float | None:
    most = graph.limits[0].most if graph.limits else None
    whole = sum(run.trace.end() for run in runs)
    return sum(run.account.occupied for run in runs) / most / whole if most and whole else None


def _step(graph: Graph, runs: Sequence[Run], middle: Run, step: str) -> StepForecast:
    first = [at for at, node in enumerate(graph.nodes) if node.key[0] == step and not node.rescue]
    every = {at for at, node in enumerate(graph.nodes) if node.key[0] == step}
    already = sum(graph.nodes[at].start.at is At.ACCEPTED for at in first)
    sent = [one for one in middle.trace.sent if one.node in every]
    done = Counter(middle.trace.accepted[at] for at in first if at in middle.trace.accepted)
    changes: Counter[float] = Counter()
    for one in sent:
        changes[max(0.0, one.sent)] += 1
        changes[one.seen if one.seen >= 0 else inf] -= 1
    return StepForecast(
        step=step,
        groups=len(first),
        accepted=already,
        starts=quantiles(_begins(run, every) for run in runs),
        ends=quantiles(_step_end(run, first) for run in runs),
        workflows=sum(one.sent >= 0 for one in sent),
        curve=_curve(already, done),
        running=_curve(0, changes),
    )


def _begins(run: Run, nodes: set[int]) -> float:
    return min((one.sent for one in run.trace.sent if one.node in nodes and one.sent >= 0), default=inf)


def _step_end(run: Run, nodes: Sequence[int]) -> float:
    if any(run.state[at] not in _DONE for at in nodes):
        return inf
    return max((run.trace.accepted.get(at, 0.0) for at in nodes), default=0.0)


def _curve(start: int, changes: Counter[float]) -> tuple[tuple[float, int], ...]:
    found, level = [(0.0, start)], start
    for when in sorted(changes):
        level += changes[when]
        if when == inf or not changes[when]:
            continue
        if found[-1][0] == when:
            found.pop()
        found.append((when, level))
    return tuple(found)


def _held(runs: Sequence[Run]) -> tuple[Held, ...]:
    shares: defaultdict[tuple[str, str], float] = defaultdict(float)
    hours: defaultdict[tuple[str, str], float] = defaultdict(float)
    for run in runs:
        for name, held in run.account.held(run.trace.end()).items():
            shares[name] += held.share / len(runs)
            hours[name] += held.group_hours / len(runs)
    found = (Held(*name, shares[name], hours[name]) for name in shares)
    return tuple(sorted(found, key=lambda held: (-held.group_hours, held.kind, held.what)))


def _stuck(graph: Graph, run: Run) -> tuple[Stuck, ...]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for node, state in zip(graph.nodes, run.state, strict=True):
        if state in _DONE or node.rescue:
            continue
        why = "it waits for groups that never end"
        if state is Is.STUCK:
            why = node.start.why
        elif state is Is.PERSON:
            why = "it waits for a person, and nobody answers"
        elif node.opens == inf:
            why = "its list may still grow"
        found[why].append(node.name)
    return tuple(Stuck(why, len(names), tuple(names[:_EXAMPLES])) for why, names in found.items())
