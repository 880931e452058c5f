"""Rescue groups that no spec declares yet, and that policies may have written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, count, islice

from cmcompile.plan.policed import policy_of
from cmcompile.plan.world import World
from cmcompile.sim.forecast.graph import ALL_PIECES, At, Node, Start

_DONE = frozenset({At.ACCEPTED, At.GOOD, At.OVER})


def with_unwritten(world: World, nodes: Sequence[Node]) -> tuple[Node, ...]:
    """Return groups, and then as many rescue groups for each of them as the budget of its policy allows.

    Each covers one group, as rescues do that a policy writes; none of them is there until it is written.
    """
    whole, more = list(nodes), list[Node]()
    for at, node in enumerate(nodes):
        some = [_rescue(at, node, name) for name in _names(world, node)]
        first = len(nodes) + len(more)
        whole[at] = replace(node, rescuers=(*node.rescuers, *range(first, first + len(some))))
        more += some
    return tuple(_in_order(world, [*whole, *more])) if more else tuple(nodes)


def _names(world: World, node: Node) -> list[str]:
    policy = None if node.rescue or node.start.at in _DONE else policy_of(world, node.key)
    if policy is None or not any(rule.directly for rule in policy.rules):
        return []
    names = (f"rescue{number}.{node.key[1]}" for number in chain([""], (f"-{n}" for n in count(2))))
    free = (name for name in names if (node.key[0], name) not in world.declared)
    return list(islice(free, max(0, policy.budgets.rescues - node.start.rescues)))


def _rescue(at: int, node: Node, name: str) -> Node:
    return replace(
        node,
        key=(node.key[0], name),
        start=Start(At.OVER),
        gates=(),
        covers=((at, ALL_PIECES),),
        rescuers=(),
        opens=0.0,
        unwritten=True,
    )


def _in_order(world: World, nodes: Sequence[Node]) -> Iterator[Node]:
    ranks = sorted(range(len(nodes)), key=lambda at: _rank(world, nodes[at]))
    order = {at: rank for rank, at in enumerate(ranks)}
    for at, node in enumerate(nodes):
        yield replace(node, order=order[at])


def _rank(world: World, node: Node) -> tuple[object, ...]:
    return (-world.priority(node.key), world.place(node.key))
