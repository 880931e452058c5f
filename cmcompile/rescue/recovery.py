"""Recoveries: what a step does about outputs that are not there, in order, as its spec says."""

from __future__ import annotations

from dataclasses import dataclass, field

from cmcompile.model.campaign import Step, highest
from cmcompile.model.source import Mapping, Node, Scalar, Sequence, plain
from cmcompile.rescue.quanta import Lack

#: What a step does that says nothing.
USUAL = frozenset({Lack.MISSING, Lack.FAILED, Lack.UNCONSUMED})
_OWN = ("of", "name", "quanta")


@dataclass(frozen=True, slots=True)
class Recovery:
    """One way to make outputs good.

    Attributes
    ----------
    lacks
        What it makes good.
    name
        The name of its rescues; later ones of that name get a number.
    most
        A workflow of it runs at most so many quanta; groups are put together up to that. None: each group
        keeps its own.
    settings
        What its rescues do differently: keys of a rescue.
    """

    lacks: frozenset[Lack] = USUAL
    name: str = "rescue"
    most: int | None = None
    settings: dict[str, object] = field(default_factory=dict)

    @property
    def split(self) -> list[object] | None:
        """How the chosen groups are cut anew, as written; None: it is found, or the step's holds."""
        found = self.settings.get("split")
        return found if isinstance(found, list) else None


def recoveries(step: Step) -> tuple[Recovery, ...]:
    """Return the recoveries of a step in order; one that makes all good where it says nothing."""
    node = highest(step.layers, "recovery")
    found = tuple(_recovery(item) for item in node.items) if isinstance(node, Sequence) else ()
    return found or (Recovery(),)


def _recovery(node: Node) -> Recovery:
    if not isinstance(node, Mapping):
        return Recovery()
    lacks = frozenset(Lack(str(item)) for item in _items(node.get("of"))) or USUAL
    settings = {entry.key: plain(entry.value) for entry in node if entry.key not in _OWN}
    most = _value(node.get("quanta"))
    name = _value(node.get("name"))
    return Recovery(
        lacks, str(name) if name is not None else "rescue", most if isinstance(most, int) else None, settings
    )


def _items(node: Node | None) -> list[object]:
    if isinstance(node, Sequence):
        return [value for item in node.items if (value := _value(item)) is not None]
    value = _value(node)
    return [] if value is None else [value]


def _value(node: Node | None) -> object:
    return node.value if isinstance(node, Scalar) else None
