"""What the names in the texts of ``jobs`` mean for one job."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cmcompile.compiler.jobs.rows import NUMBER
from cmcompile.compiler.names import JOB, GroupNames, NameFaultError
from cmcompile.compiler.render import names_in
from cmcompile.model.ids import Id


class JobNames:
    """The names of one job of a group after the other."""

    def __init__(self, names: GroupNames, columns: Sequence[str]) -> None:
        self._names = names
        self._columns = tuple(f"{JOB}.{column}" for column in columns)
        self._own: dict[str, Id] = {}
        self._memo: dict[str, object] = {}
        self._asked: list[str] = []

    def turn_to(self, number: int, row: Sequence[Id]) -> None:
        """Take the next job."""
        self._own = dict(zip(self._columns, row, strict=True))
        self._own[f"{JOB}.{NUMBER}"] = number
        if self._memo:
            self._memo = {}

    def look_up(self, name: str) -> object:
        """Return the value of a dotted name.

        Raises
        ------
        NameFaultError
            When there is no such name.
        """
        if name in self._own:
            return self._own[name]
        if name in self._memo:
            return self._memo[name]
        shape = self._names.shape
        if not shape.of_job(name):
            return self._names.look_up(name)
        if name.partition(".")[0] == JOB:
            known = ", ".join(f"`{own}`" for own in (f"{JOB}.{NUMBER}", *self._columns))
            raise NameFaultError(f"a job has no `{name}`", f"there are {known}: name the columns in `each`")
        value = shape.guarded(name, self._asked, lambda: shape.variable(name, self.look_up))
        self._memo[name] = value
        return value

    def is_of_job(self, text: object) -> bool:
        """Tell whether a text may differ between the jobs of a group."""
        return any(map(self._names.shape.of_job, names_in(text)))

    def reading(self, text: object) -> frozenset[str]:
        """Return all names that go into a text, those that vars are made from too."""
        reached: Callable[[str], frozenset[str]] = self._names.shape.reached
        return frozenset().union(*map(reached, names_in(text)))
