"""What policies do about workflows that end badly: they send again, or have rescues written.

A forecast knows no single failure. Each bad end has an answer (`Then`) that was drawn, or that the policy
gives now to what the ledger knows; here it is kept by pieces, and budgets are counted, as the plan does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from cmcompile.model.outcome import Outcome
from cmcompile.model.policy import Policy, Remedy
from cmcompile.sim.forecast.graph import ALL_PIECES, At, Graph
from cmcompile.sim.forecast.groups import Groups, Is
from cmcompile.sim.forecast.times import Then
from cmcompile.state.policy import Spent, evaluate


def answered(policy: Policy | None, outcome: Outcome | None, *, looks: bool) -> Then:
    """Return what rules say of a bad end, budgets that are counted left out.

    Parameters
    ----------
    looks
        Whether a person looks at each group: then a policy accepts nothing.
    """
    if policy is None or outcome is None:
        return Then.PERSON
    verdict = evaluate(policy, outcome, Spent())
    if verdict.directly:
        return Then.RESCUE
    if verdict.remedy is Remedy.ACCEPT and not looks:
        return Then.ACCEPT
    return Then.RETRY if verdict.remedy is Remedy.RETRY else Then.PERSON


class Policies:
    """The policies of one run.

    Attributes
    ----------
    takes_over
        Groups whose next workflow makes only what is not there, since a policy sends it.
    """

    def __init__(self, graph: Graph, groups: Groups) -> None:
        self._nodes, self._groups = graph.nodes, groups
        self._sent = [node.start.sent for node in graph.nodes]
        self._rescues = [node.start.rescues for node in graph.nodes]
        self._newest = [node.start.newest for node in graph.nodes]
        # By first-pass group: the pieces that wait for a person, and those that need a rescue.
        self._asking = [0] * len(graph.nodes)
        self._lacking = [0] * len(graph.nodes)
        self._retries = Counter(graph.retries)
        self._due: dict[str, list[int]] = {}
        self._known: dict[str, list[int]] = {}
        self.takes_over: set[int] = set()
        for at, node in enumerate(graph.nodes):
            self._mark(at, ALL_PIECES, node.start.then)
            if node.rescue and not node.unwritten:
                self._known.setdefault(node.key[0], []).append(at)
            if node.start.at is At.UNSENT and node.start.takes_over:
                self._again(at)

    def begin(self, at: int) -> None:
        """Count a workflow as sent."""
        step = self._nodes[at].key[0]
        self._retries[step] += self._sent[at] > 0 and at not in self.takes_over
        for other, _ in self._nodes[at].covers:
            self._rescues[other] += self._sent[at] == 0
            self._newest[other] = at
        self._sent[at] += 1
        self.takes_over.discard(at)

    def ends(self, at: int, then: Then) -> None:
        """Take down the answer to a bad end, before its pieces are counted."""
        covers = self._nodes[at].covers
        for other, mends in covers or ((at, ALL_PIECES),):
            self._mark(other, mends & self._groups.pieces[other] if covers else mends, then)

    def _mark(self, at: int, pieces: int, then: Then) -> None:
        known = then in (Then.RETRY, Then.RESCUE)
        self._asking[at] = self._asking[at] & ~pieces | (0 if known else pieces)
        self._lacking[at] = self._lacking[at] & ~pieces | (pieces if then is Then.RESCUE else 0)

    def _then(self, at: int) -> Then:
        """Return what is done about all that a first-pass group lacks: what asks for most counts."""
        pieces = self._groups.pieces[at]
        if pieces & self._asking[at]:
            return Then.PERSON
        return Then.RESCUE if pieces & self._lacking[at] else Then.RETRY

    # Sent again.

    def retries(self, at: int) -> bool:
        """Have a first-pass group sent again, where its policy does so; tell whether."""
        if self._rescues[at] or self._then(at) is not Then.RETRY or not self._lasts(at):
            return False
        self._again(at)
        return True

    def rescues_again(self, rescues: Iterable[int]) -> Iterator[int]:
        """Have rescue groups sent again that can mend all that is left of what they cover; yield them."""
        groups = self._groups
        for at in rescues:
            if groups.state[at] is not Is.ENDED or not groups.free(at) or not self._lasts(at):
                continue
            if all(self._left_to(at, other) for other in groups.data(at)):
                self._again(at)
                yield at

    def _left_to(self, rescue: int, at: int) -> bool:
        groups = self._groups
        left = groups.state[at] is Is.ENDED and groups.pieces[at] and not groups.goes_on(at)
        return bool(left) and self._newest[at] == rescue and self._then(at) is Then.RETRY

    def _lasts(self, at: int) -> bool:
        """Tell whether the budget lasts for sending a group again."""
        budgets, step = self._nodes[at].budgets, self._nodes[at].key[0]
        if budgets is None or self._sent[at] > budgets.retries:
            return False
        return budgets.step_retries is None or self._retries[step] < budgets.step_retries

    def _again(self, at: int) -> None:
        self._groups.state[at] = Is.UNSENT
        self._retries[self._nodes[at].key[0]] += 1
        self.takes_over.add(at)

    # Rescues that are written.

    def rescued(self, at: int) -> bool:
        """Note a group whose rescue is to be written, where its policy does so; tell whether."""
        node = self._nodes[at]
        if node.budgets is None or self._then(at) is not Then.RESCUE:
            return False
        if self._rescues[at] >= node.budgets.rescues or self._unwritten(at) is None:
            return False
        due = self._due.setdefault(node.key[0], [])
        if at not in due:
            due.append(at)
        return True

    def written(self) -> Iterator[int]:
        """Write what is due, in one entry for each step of which no rescue goes on; yield rescue groups."""
        for step in [step for step in self._due if not self._goes_on(step)]:
            for at in sorted(self._due.pop(step)):
                rescue = self._unwritten(at)
                if rescue is not None:
                    self._groups.state[rescue] = Is.UNSENT
                    self._known.setdefault(step, []).append(rescue)
                    yield rescue

    def _unwritten(self, at: int) -> int | None:
        state, some = self._groups.state, self._nodes[at].rescuers
        return next((r for r in some if self._nodes[r].unwritten and state[r] is Is.OVER), None)

    def _goes_on(self, step: str) -> bool:
        """Tell whether a rescue of a step waits, or runs; one that needs a person holds up no other."""
        groups = self._groups
        for at in self._known.get(step, ()):
            if groups.state[at] is Is.LIVE:
                return True
            blocked = any(groups.state[other] is Is.PERSON for other in groups.data(at))
            if groups.state[at] is Is.UNSENT and not blocked and not groups.turned_idle(at):
                return True
        return False
