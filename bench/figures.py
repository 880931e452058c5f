"""What was measured: ratios, which are judged, and figures, which are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Ratio:
    """What something of ours takes, over what the floor takes.

    Attributes
    ----------
    name
        What is compared.
    pairs
        Ours and the floor in seconds of processor time, measured by turns.
    bound
        What the median of the pairs' ratios may be at most.
    """

    name: str
    pairs: tuple[tuple[float, float], ...]
    bound: float

    @property
    def ours(self) -> float:
        """The median of ours in seconds."""
        return median(ours for ours, _ in self.pairs)

    @property
    def floor(self) -> float:
        """The median of the floor in seconds."""
        return median(floor for _, floor in self.pairs)

    @property
    def ratios(self) -> tuple[float, ...]:
        """The ratio of each pair."""
        return tuple(ours / floor for ours, floor in self.pairs)

    @property
    def ratio(self) -> float:
        """The median of the pairs' ratios."""
        return median(self.ratios)

    @property
    def over(self) -> bool:
        """Whether the bound is broken."""
        return self.ratio > self.bound


@dataclass(frozen=True, slots=True)
class Told:
    """Figures that are not judged: a title, and a table of texts whose first row names the columns."""

    title: str
    rows: tuple[tuple[str, ...], ...]
    remark: str = ""


Figure = Ratio | Told


def by_turns(
    count: int, ours: Callable[[], Mapping[str, float]], floor: Callable[[], Mapping[str, float]]
) -> list[tuple[Mapping[str, float], Mapping[str, float]]]:
    """Measure pairs, the first of each pair being ours and the floor by turns, so that neither gains."""
    pairs = []
    for at in range(count):
        if at % 2:
            other = floor()
            pairs.append((ours(), other))
        else:
            one = ours()
            pairs.append((one, floor()))
    return pairs
