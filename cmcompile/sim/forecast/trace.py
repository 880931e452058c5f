"""What happened in one run: each workflow, when groups were accepted, and what led to what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cmcompile.model.forecast import Link
from cmcompile.sim.forecast.graph import Graph
from cmcompile.sim.forecast.times import Drawn


@dataclass(slots=True)
class Sent:
    """One workflow; seconds from the beginning.

    Attributes
    ----------
    because, former
        What it waited for last, and the place of the workflow whose end that was, or -1.
    drawn
        What happens to it.
    """

    node: int
    ready: float
    sent: float
    runs: float
    ends: float
    because: str
    former: int
    drawn: Drawn
    seen: float = -1.0


@dataclass(slots=True)
class Trace:
    """The history of one run.

    Attributes
    ----------
    accepted
        By node: when.
    by
        By node: the place of the workflow whose end led to the acceptance.
    """

    sent: list[Sent] = field(default_factory=list)
    accepted: dict[int, float] = field(default_factory=dict)
    by: dict[int, int] = field(default_factory=dict)
    passes: int = 0

    def end(self) -> float:
        """Return when the last group was accepted; 0 where none was."""
        return max(self.accepted.values(), default=0.0)

    def path(self, graph: Graph) -> tuple[Link, ...]:
        """Return the critical path, from its first workflow to the one that ended last."""
        last = max(self.accepted, key=lambda at: (self.accepted[at], at), default=None)
        links = [] if last is None else list(self._back(graph, self.by.get(last, -1)))
        return tuple(reversed(links))

    def _back(self, graph: Graph, at: int) -> Iterator[Link]:
        while at >= 0:
            one = self.sent[at]
            name = graph.nodes[one.node].name
            yield Link(name, one.because, one.ready, one.sent, one.runs, one.ends, one.seen)
            at = one.former
