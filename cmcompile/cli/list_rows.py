"""How the rows of a list that the Butler fills are asked for and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cmcompile.model.errors import CmcompileError

if TYPE_CHECKING:
    from cmcompile.model.campaign import ListData, Spec
    from cmcompile.model.ids import Id
    from cmcompile.model.stored import ListQuery


@dataclass(frozen=True, slots=True)
class Layout:
    """How the file of a list looks.

    Attributes
    ----------
    heads
        Whether its first line names the columns.
    """

    name: str
    file: str
    columns: tuple[str, ...]
    heads: bool

    def text(self, rows: Sequence[tuple[Id, ...]]) -> str:
        """Return the rows of the file, with the line of column names where it has one.

        Raises
        ------
        CmcompileError
            When a value can't stand in such a file.
        """
        is_csv = self.file.endswith(".csv")
        for value in (str(value) for row in rows for value in row):
            if set(value) & set(',"#') or not value.strip() or (not is_csv and len(value.split()) > 1):
                raise CmcompileError(f"list {self.name}: the value {value!r} can't stand in {self.file}")
        lines = [("," if is_csv else " ").join(map(str, row)) for row in rows]
        head = [",".join(self.columns)] if self.heads else []
        return "".join(f"{line}\n" for line in (*head, *lines))


def layout_of(spec: Spec, data: ListData, query: ListQuery) -> Layout:
    """Return how the file of a list looks: its columns are those that it names, else the dimensions.

    Raises
    ------
    CmcompileError
        When several dimensions would stand in a file that has one column.
    """
    named = _named(spec, data.name)
    is_csv = data.file.endswith(".csv")
    if not named and len(query.dimensions) > 1 and not is_csv:
        raise CmcompileError(
            f"list {data.name} asks for {', '.join(query.dimensions)}, and names no columns: "
            f"write columns: [{', '.join(query.dimensions)}]"
        )
    return Layout(data.name, data.file, named or query.dimensions, is_csv and not named)


def _named(spec: Spec, name: str) -> tuple[str, ...]:
    """Return the columns that the spec names."""
    from cmcompile.spec.values import items, mapping, text

    for layer in reversed(spec.layers):
        lists = mapping(layer.get("lists"))
        node = None if lists is None else mapping(lists.get(name))
        if node is not None:
            return tuple(str(text(item)) for item in items(node.get("columns")))
    return ()


def filled_in(spec: Spec, data: ListData, query: ListQuery) -> ListQuery:
    """Return a query with ``${{ }}`` filled in.

    Raises
    ------
    CmcompileError
        When that can't be done.
    """
    from cmcompile.compiler.constants import Constants
    from cmcompile.compiler.names import NameFaultError
    from cmcompile.compiler.plain import ExpressionError
    from cmcompile.model.diagnostic import Findings

    constants = Constants(spec, lambda _: (), Findings())
    try:
        collections = tuple(constants.campaign_text(name) for name in query.collections)
    except (NameFaultError, ExpressionError) as error:
        raise CmcompileError(f"`collections` of list {data.name} can't be filled in: {error}") from None
    return replace(query, collections=collections)
