"""Groups put together for a rescue of ids that came after they were sent: no quantum of these is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from cmcompile.model.group import Group
from cmcompile.model.ids import Id, in_words
from cmcompile.rescue.case import Case
from cmcompile.rescue.words import taking


@dataclass(slots=True)
class Together:
    """Groups that one clause serves: of none of them it takes more than what the group is lacking.

    Attributes
    ----------
    ids
        By dimension.
    """

    release: str
    groups: list[Group] = field(default_factory=list)
    lacking: list[Mapping[str, frozenset[Id]]] = field(default_factory=list)
    ids: dict[str, frozenset[Id]] = field(default_factory=dict)

    def take(self, case: Case) -> bool:
        """Take a group in where its ids and those of the others go into one clause."""
        mine = {name: frozenset(ids) for name, ids in case.added.items()}
        union = {
            name: self.ids.get(name, frozenset()) | mine.get(name, frozenset())
            for name in {**self.ids, **mine}
        }
        groups, lacking = [*self.groups, case.group], [*self.lacking, mine]
        if case.release != self.release or not all(map(partial(_fits, union), groups, lacking)):
            return False
        self.groups, self.lacking, self.ids = groups, lacking, union
        return True

    @property
    def clause(self) -> str:
        """What a rescue of them is narrowed by."""
        return taking([{name: value} for name, ids in self.ids.items() for value in _sorted(ids)])

    @property
    def because(self) -> str:
        """Why there is a rescue of them."""
        what = " and ".join(f"{name} {in_words(_sorted(ids))}" for name, ids in self.ids.items())
        one = sum(map(len, self.ids.values())) == 1
        were = "its group was sent" if len(self.groups) == 1 else "their groups were sent"
        return f"{what} {'was' if one else 'were'} excluded when {were}"


def together(cases: Sequence[Case]) -> list[Together]:
    """Put groups together that one clause serves, in their order.

    Raises
    ------
    ValueError
        When an id can't be written in a query.
    """
    found: list[Together] = []
    for case in cases:
        if not any(one.take(case) for one in found):
            found.append(Together(case.release))
            found[-1].take(case)
    return found


def _fits(ids: Mapping[str, frozenset[Id]], group: Group, lacking: Mapping[str, frozenset[Id]]) -> bool:
    """Tell whether a group holds, of some ids, only those that it is lacking."""
    for name, some in ids.items():
        part = group.part(name)
        held = some if part is None else some.intersection(part.ids)
        if not held <= lacking.get(name, frozenset()):
            return False
    return True


def _sorted(ids: frozenset[Id]) -> list[Id]:
    return sorted(ids, key=lambda value: (isinstance(value, str), value))
