"""A list whose columns are known by name; its rows are read when somebody asks for one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from cmcompile.model.campaign import ListData
from cmcompile.model.diagnostic import Findings
from cmcompile.model.ids import Id
from cmcompile.model.ports import Documents
from cmcompile.model.source import Mapping as MapNode
from cmcompile.spec.lists import place_of, read_list
from cmcompile.spec.values import mapping


def late_list(documents: Documents, name: str, node: MapNode, columns: Sequence[str]) -> ListData:
    """Return a list that was read without findings before.

    Parameters
    ----------
    columns
        The names of its columns, as they were then.
    """
    found: list[ListData] = []

    def read() -> ListData:
        if not found:
            found.append(read_list(documents, name, node, Findings()))
        return found[0]

    path, span = place_of(node)
    query = mapping(node.get("query"))
    kept = LateColumns(columns, lambda: read().columns)
    others = LateColumns(columns, lambda: read().others)
    return ListData(name, path or "", kept, others, span, query is not None, query)


class LateColumns(Mapping[str, tuple[Id, ...]]):
    """Columns by name; the values are read with the first that is asked for."""

    def __init__(self, names: Sequence[str], read: Callable[[], Mapping[str, tuple[Id, ...]]]) -> None:
        self._names = tuple(names)
        self._read = read

    def __getitem__(self, name: str) -> tuple[Id, ...]:
        if name not in self._names:
            raise KeyError(name)
        return self._read()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
