"""One run: pass after pass, with what happens in between drawn beforehand.

A pass does what ``reconcile`` does, in its order. It sees which runs have ended. Then it plans, and carries
the plan out: it accepts what is good, and makes the collections of what was accepted before. It plans anew
until nothing more comes of that. Only then it sends what is ready as far as the limits let it, and waits
until all of that is prepared. The next pass comes with the next interval. Passes that would find nothing new
are left out.
"""

from __future__ import annotations

from heapq import heappop, heappush
from math import ceil, inf
from typing import Protocol

from cmcompile.reconcile.run import ROUNDS
from cmcompile.sim.forecast.account import Account
from cmcompile.sim.forecast.gates import Gates
from cmcompile.sim.forecast.graph import At, Graph
from cmcompile.sim.forecast.groups import Groups, Is
from cmcompile.sim.forecast.policies import Policies
from cmcompile.sim.forecast.preparing import prepared
from cmcompile.sim.forecast.queue import Queue
from cmcompile.sim.forecast.times import Drawn, Times
from cmcompile.sim.forecast.trace import Sent, Trace

#: What has not ended after so many seconds never does.
_HORIZON = 100 * 365 * 86400.0
_REVIEW_ASKED = "review_asked"


class Drawing(Protocol):
    """Says what happens to each workflow."""

    def of(self, key: tuple[str, str], attempt: int, size: float, *, part: bool = False) -> Drawn:
        """Return it for one that is to be sent; ``part``: a policy does that, and it takes over much."""

    def rest(
        self, key: tuple[str, str], attempt: int, size: float, passed: float, *, part: bool = False
    ) -> Drawn:
        """Return it for one that runs since ``passed`` seconds."""


class Pausing(Protocol):
    """Says when nothing of a lane is sent; moments are seconds from the beginning."""

    def __call__(self, lane: int, at: float) -> bool:
        """Tell whether a lane is paused."""

    def after(self, at: float) -> float | None:
        """Return the first moment after another at which a pause ends, or None."""


class NoPause:
    """No pause at all."""

    def __call__(self, lane: int, at: float) -> bool:
        """Tell whether a lane is paused."""
        del lane, at
        return False

    def after(self, at: float) -> float | None:
        """Return the first moment after another at which a pause ends, or None."""
        del at
        return None


class Run:
    """A run of a forecast.

    Parameters
    ----------
    times
        The interval of passes, how many children prepare at once, and when a person answers.
    rounds
        How often a pass plans at most.
    """

    def __init__(
        self,
        graph: Graph,
        draws: Drawing,
        times: Times,
        paused: Pausing | None = None,
        rounds: int = ROUNDS,
    ) -> None:
        self._rounds = rounds
        self._graph, self._draws = graph, draws
        self._every, self._at_once, self._person = times.every, times.at_once, times.person
        self._paused = NoPause() if paused is None else paused
        self._gates, self._queue, self._groups = Gates(graph), Queue(graph), Groups(graph)
        self._policies = Policies(graph, self._groups)
        self.account, self.trace = Account(graph), Trace()
        self._attempts = [node.start.attempts for node in graph.nodes]
        self._events: list[tuple[float, int, int, int]] = []
        self._ready: dict[int, tuple[float, str, int]] = {}
        self._last: dict[int, int] = {}
        self._changed: set[int] = set()
        # What was accepted in the last pass, and in the one before: what the next plan sees, and chains.
        self._new: list[int] = []
        self._unchained: list[int] = []
        self._begin()

    @property
    def state(self) -> list[Is]:
        """What has become of each group."""
        return self._groups.state

    def whole(self) -> Run:
        """Go on to the end, and return itself."""
        now: float | None = 0.0
        while now is not None and now < _HORIZON:
            after = self._pass(now)
            self.trace.passes += 1
            following = self._next(now, after)
            if following is not None:
                paused = {lane for lane, _ in self._queue.left() if self._paused(lane, now)}
                self.account.between(following - now, self._queue, self._gates, paused)
            now = following
        return self

    def _begin(self) -> None:
        for at, node in enumerate(self._graph.nodes):
            start = node.start
            if start.at is At.LIVE:
                drawn = self._draws.rest(
                    node.key, start.attempts - 1, node.size, start.passed, part=start.takes_over
                )
                self._queue.count(at, 1)
                begun = -start.passed
                self._record(Sent(at, begun, begun, begun, drawn.duration, "it runs now", -1, drawn))
            elif start.occupies:
                self._queue.count(at, 1)
            elif start.at is At.ACCEPTED:
                self._gates.accepted(at, chained=start.chained)
                if not start.chained:
                    self._unchained.append(at)
            elif start.at in (At.GOOD, At.BAD):
                self._changed.update(self._groups.data(at))
            elif start.at is At.UNSENT:
                if 0 < node.opens < inf:
                    heappush(self._events, (node.opens, 1, at, -1))
                if node.rescue:
                    self._changed.update(self._groups.data(at))
                elif not node.gates:
                    self._offer(at, 0.0, "nothing", -1)

    def _record(self, sent: Sent) -> None:
        place = len(self.trace.sent)
        self.trace.sent.append(sent)
        self._last[sent.node] = place
        heappush(self._events, (sent.ends, 0, sent.node, place))

    # One pass.

    def _pass(self, now: float) -> float:
        """Carry out a pass; return when its last submission is prepared."""
        ended = self._observe(now)
        for _ in range(self._rounds):
            if not self._round(now):
                return self._send(now, ended)
        return now

    def _round(self, now: float) -> bool:
        """Plan, accept and collect once; return whether there was anything to do."""
        chained = self._see()
        self._judge(now)
        for node, gate in self._gates.settle():
            self._offer(node, now, f"needs {self._graph.gates[gate].step}", self._gates.last[gate])
        for node in chained:
            self._gates.chained(node)
        return bool(chained or self._new)

    def _observe(self, now: float) -> int:
        """See what has ended; return the place of the workflow that ended last, or -1."""
        last = -1
        while self._events and self._events[0][0] <= now + 1e-6:
            when, kind, node, place = heappop(self._events)
            if kind == 0:
                sent = self.trace.sent[place]
                sent.seen = now
                last = place
                self._queue.count(node, -1)
                if not sent.drawn.good:
                    self._policies.ends(node, sent.drawn.then)
                self._groups.end(node, good=sent.drawn.good)
                self._changed.update(self._groups.data(node))
                self.account.waited("interval", "the next pass", 0.0, now - when)
            elif kind == 1:
                self._offer(node, now, "its list was growing", -1)
            else:
                self._answer(node, now)
        return last

    def _see(self) -> list[int]:
        """Count what the last pass accepted; return what this one puts into collections."""
        chained = self._unchained
        self._unchained = []
        for node in self._new:
            mends = not self._graph.nodes[node].rescue or self._groups.pieces[node] == 0
            self._gates.accepted(node, chained=not mends)
            if mends:
                chained.append(node)
        self._new = []
        return chained

    def _judge(self, now: float) -> None:
        first, rescues = self._groups.around(self._changed)
        self._changed = set()
        groups = self._groups
        for node in self._policies.rescues_again(rescues):
            self._offer(node, now, "a policy", self._last.get(node, -1))
        for node in first:
            if groups.state[node] is not Is.ENDED or not groups.free(node):
                if groups.state[node] is Is.UNSENT and (newest := self._newest(node)) >= 0:
                    self._offer(node, now, "another workflow on its data", newest)
                continue
            if groups.pieces[node] == 0 and not self._graph.nodes[node].looked:
                self._accept(node, now)
            elif groups.pieces[node] == 0:
                self._ask(node, now)
            elif not groups.goes_on(node):
                self._failed(node, now)
        for node in rescues:
            if groups.turned_idle(node):
                groups.state[node] = Is.IDLE
                self._gates.accepted(node, chained=True)
            elif groups.state[node] is Is.ENDED:
                covered = groups.data(node)
                if groups.is_good(node) or all(groups.state[at] is Is.GOOD for at in covered):
                    self._accept(node, now)
            else:
                self._offer(node, now, "what it covers", self._newest(node))

    def _failed(self, node: int, now: float) -> None:
        """Leave a group with failures that no rescue is declared for to its policy, else to a person."""
        if self._policies.retries(node):
            self._offer(node, now, "a policy", self._last.get(node, -1))
        elif not self._policies.rescued(node):
            self._ask(node, now)

    def _newest(self, node: int) -> int:
        """Return the place of the workflow on a group's data that was seen to end last."""
        places = [
            self._last[other]
            for at in self._groups.data(node)
            for other in (at, *self._graph.nodes[at].rescuers)
            if other in self._last
        ]
        return max(places, key=lambda place: self.trace.sent[place].seen, default=-1)

    def _accept(self, node: int, now: float) -> None:
        self._groups.state[node] = Is.GOOD
        self._new.append(node)
        self.trace.accepted[node] = now
        self.trace.by[node] = self._newest(node)

    def _ask(self, node: int, now: float) -> None:
        """Leave a group to a person, who looks at it, or sends it again."""
        self._groups.state[node] = Is.PERSON
        if self._person is not None:
            heappush(self._events, (now + self._person, 2, node, -1))

    def _answer(self, node: int, now: float) -> None:
        start = self._graph.nodes[node].start
        reviewed = start.why == _REVIEW_ASKED and self._attempts[node] == start.attempts
        if self._groups.pieces[node] == 0 or reviewed:
            self._groups.pieces[node] = 0
            self._accept(node, now)
            self._changed.add(node)
        else:
            self._groups.state[node] = Is.UNSENT
            self._offer(node, now, "a person's answer", self._last.get(node, -1))

    def _offer(self, node: int, now: float, because: str, former: int) -> None:
        """Put a group among those that are ready, where nothing but limits stands in its way."""
        found = self._graph.nodes[node]
        if node in self._ready or self._gates.closed[node] or found.opens > now:
            return
        if not self._groups.may_go(node):
            return
        if because.startswith("needs "):
            former = self.trace.by.get(former, -1)
        self._ready[node] = (now, because, former)
        self._queue.push(node)

    def _send(self, now: float, ended: int) -> float:
        for node in self._policies.written():
            self._offer(node, now, "a policy", self._newest(node))
        admitted: list[tuple[int, Drawn]] = []
        for node in self._queue.take(self._fits, lambda lane: self._paused(lane, now)):
            found = self._graph.nodes[node]
            part = node in self._policies.takes_over
            self._groups.begin(node)
            self._policies.begin(node)
            admitted.append((node, self._draws.of(found.key, self._attempts[node], found.size, part=part)))
            self._attempts[node] += 1
        times = prepared(
            self._graph, [(node, drawn.preparation) for node, drawn in admitted], now, self._at_once
        )
        for (node, drawn), (begins, done) in zip(admitted, times, strict=True):
            ready, because, former = self._ready.pop(node)
            if ready < now:
                because, former = self._limit(node), ended
            self.account.waited("preparation", "a place to prepare", 0.0, begins - now)
            self._record(Sent(node, ready, now, done, done + drawn.duration, because, former, drawn))
        after = max((done for _, done in times), default=now)
        if any(begins > now for begins, _ in times):
            self.account.waited("preparation", "a place to prepare", max(b for b, _ in times) - now, 0.0)
        return after

    def _fits(self, node: int) -> bool:
        if self._gates.closed[node] == 0 and self._groups.may_go(node):
            return True
        del self._ready[node]
        return False

    def _limit(self, node: int) -> str:
        """Return the limit that let a group through only now."""
        graph = self._graph
        tight = [
            (limit.most - self._queue.live[at], at)
            for at in graph.lanes[graph.nodes[node].lane].limits
            if (limit := graph.limits[at]).most is not None
        ]
        return f"limit of {graph.limits[min(tight)[1]].words}" if tight else "a pause"

    # From pass to pass.

    def _next(self, now: float, after: float) -> float | None:
        """Return the next pass that finds something to do, or None."""
        soon = self._tick(max(after, now + self._every))
        if self._new or self._unchained or self._gates.stirred or self._changed:
            return soon
        awaited = [self._events[0][0]] if self._events else []
        if any(self._paused(lane, now) for lane, _ in self._queue.left()):
            awaited += [end for end in (self._paused.after(now),) if end is not None]
        return max(soon, self._tick(min(awaited))) if awaited else None

    def _tick(self, when: float) -> float:
        return ceil(when / self._every - 1e-9) * self._every
