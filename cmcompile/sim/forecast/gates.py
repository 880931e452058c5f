"""Which needs are met: counted, as groups are accepted and collections made."""

from __future__ import annotations

from collections import Counter

from cmcompile.sim.forecast.graph import At, Graph


class Gates:
    """The gates of a run; what is accepted in one pass counts in the next.

    Attributes
    ----------
    closed
        By node: how many of its gates are closed.
    last
        By gate: the member that was counted last, or -1.
    waiting
        By step and needed step: how many groups wait behind closed gates.
    """

    def __init__(self, graph: Graph) -> None:
        self._gates = graph.gates
        self._accepted = [0] * len(graph.gates)
        self._lacking = [0] * len(graph.gates)
        self._open = [False] * len(graph.gates)
        self._touched: set[int] = set(range(len(graph.gates)))
        self._of: list[list[int]] = [[] for _ in graph.nodes]
        self._behind: list[list[int]] = [[] for _ in graph.gates]
        self._steps: list[Counter[str]] = [Counter() for _ in graph.gates]
        self.closed = [len(node.gates) for node in graph.nodes]
        self.last = [-1] * len(graph.gates)
        self.waiting: Counter[tuple[str, str]] = Counter()
        for at, gate in enumerate(graph.gates):
            for member in gate.members:
                self._of[member].append(at)
        for at, node in enumerate(graph.nodes):
            for gate_at in node.gates:
                self._behind[gate_at].append(at)
                if node.start.at is At.UNSENT and not node.rescue:
                    self._steps[gate_at][node.key[0]] += 1
        for at, gate in enumerate(graph.gates):
            for step, many in self._steps[at].items():
                self.waiting[step, gate.step] += many

    @property
    def stirred(self) -> bool:
        """Whether something was counted since the gates were settled."""
        return bool(self._touched)

    def accepted(self, node: int, *, chained: bool) -> None:
        """Count a group as accepted.

        Parameters
        ----------
        chained
            Whether the collection holds its runs already, or it has none.
        """
        for at in self._of[node]:
            self._accepted[at] += 1
            self._lacking[at] += self._gates[at].chained and not chained
            self.last[at] = node
            self._touched.add(at)

    def chained(self, node: int) -> None:
        """Count the runs of an accepted group as held by the collection."""
        for at in self._of[node]:
            if self._gates[at].chained:
                self._lacking[at] -= 1
                self._touched.add(at)

    def settle(self) -> list[tuple[int, int]]:
        """Return the groups whose last gate has opened since, each with that gate."""
        found = []
        for at in sorted(self._touched):
            gate = self._gates[at]
            is_open = self._accepted[at] >= gate.enough and self._lacking[at] == 0 and not gate.nothing
            if is_open == self._open[at]:
                continue
            self._open[at] = is_open
            change = -1 if is_open else 1
            for node in self._behind[at]:
                self.closed[node] += change
                if is_open and self.closed[node] == 0:
                    found.append((node, at))
            for step, many in self._steps[at].items():
                self.waiting[step, gate.step] += change * many
        self._touched.clear()
        return found
