"""Where the groups of a run stand: which have ended, which are good, which rescue is next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum

from cmcompile.sim.forecast.graph import ALL_PIECES, At, Graph


class Is(Enum):
    """What has become of a group; ``GOOD`` is accepted, or will be in this pass."""

    UNSENT = "unsent"
    LIVE = "live"
    ENDED = "ended"
    GOOD = "good"
    IDLE = "idle"
    PERSON = "person"
    STUCK = "stuck"
    OVER = "over"


_AT = {
    At.UNSENT: Is.UNSENT,
    At.LIVE: Is.LIVE,
    At.GOOD: Is.ENDED,
    At.ACCEPTED: Is.GOOD,
    At.BAD: Is.ENDED,
    At.OVER: Is.OVER,
    At.STUCK: Is.STUCK,
}
#: What is held is to be sent, too, as far as others wait for it.
_TO_BE_SENT = frozenset({Is.UNSENT, Is.STUCK})


class Groups:
    """Judges groups as the plan does, with failures as pieces that rescues mend.

    Attributes
    ----------
    state
        By node.
    pieces
        By first-pass node: its failures that nothing has mended yet.
    touched
        By first-pass node: how many live workflows work on its data.
    """

    def __init__(self, graph: Graph) -> None:
        self._nodes = graph.nodes
        self.state = [_AT[node.start.at] for node in graph.nodes]
        self.pieces = [ALL_PIECES if node.start.at is At.BAD else 0 for node in graph.nodes]
        self.touched = [0] * len(graph.nodes)
        for at, node in enumerate(graph.nodes):
            if node.start.at is At.LIVE or node.start.occupies:
                self._touch(at, 1)
            if node.start.at in (At.ACCEPTED, At.GOOD):
                self._mend(at)

    def data(self, node: int) -> tuple[int, ...]:
        """Return the first-pass groups whose data a group works on."""
        covers = self._nodes[node].covers
        return tuple(at for at, _ in covers) if covers else (node,)

    def begin(self, node: int) -> None:
        """Count a workflow as sent."""
        self.state[node] = Is.LIVE
        self._touch(node, 1)

    def end(self, node: int, *, good: bool) -> None:
        """Count a workflow as ended; a rescue without anything left to mend can't end badly."""
        self.state[node] = Is.ENDED
        self._touch(node, -1)
        covers = self._nodes[node].covers
        good = good or (bool(covers) and not any(self.pieces[at] & mends for at, mends in covers))
        self.pieces[node] = 0 if good else ALL_PIECES
        if good:
            self._mend(node)

    def _mend(self, rescue: int) -> None:
        for at, mends in self._nodes[rescue].covers:
            self.pieces[at] &= ~mends

    def _touch(self, node: int, change: int) -> None:
        for at in self.data(node):
            self.touched[at] += change

    def free(self, node: int) -> bool:
        """Tell whether no live workflow works on the data of a group."""
        return not any(self.touched[at] for at in self.data(node))

    def around(self, changed: Iterable[int]) -> tuple[list[int], list[int]]:
        """Return first-pass groups in order, and the rescue groups that have to do with them."""
        first = sorted(set(changed))
        near = {r for at in first for r in self._nodes[at].rescuers}
        # What one of them leaves to do may be the turn of another that shares other data with it.
        near |= {r for other in near for at in self.data(other) for r in self._nodes[at].rescuers}
        return first, sorted(near)

    def is_good(self, node: int) -> bool:
        """Tell whether a group that ended is good, as far as its failures go."""
        return self.state[node] is Is.ENDED and self.free(node) and self.pieces[node] == 0

    def goes_on(self, node: int) -> bool:
        """Tell whether a rescue of a first-pass group is still to be sent."""
        return any(self.state[r] in _TO_BE_SENT for r in self._nodes[node].rescuers)

    def turned_idle(self, rescue: int) -> bool:
        """Tell whether a rescue group that was never sent has nothing to do."""
        return self.state[rescue] is Is.UNSENT and all(map(self._done, self.data(rescue)))

    def _done(self, node: int) -> bool:
        return self.state[node] is Is.GOOD or (self.state[node] is Is.PERSON and not self.pieces[node])

    def may_go(self, node: int) -> bool:
        """Tell whether nothing but needs and limits stands in the way of sending a group."""
        if self.state[node] is not Is.UNSENT or not self.free(node):
            return False
        if not self._nodes[node].rescue:
            return True
        covers = self.data(node)
        if not all(self.state[at] in (Is.ENDED, Is.GOOD) for at in covers):
            return False
        return not self.turned_idle(node) and not any(self._before(node))

    def _before(self, rescue: int) -> Iterator[bool]:
        """Yield for each rescue group that comes first whether it is still to be sent."""
        for at in self.data(rescue):
            for other in self._nodes[at].rescuers:
                if other == rescue:
                    break
                yield self.state[other] in _TO_BE_SENT and not self.turned_idle(other)
