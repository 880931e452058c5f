"""How the rows of a list with a query are asked for and written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cmcompile.model.errors import CmcompileError
from cmcompile.model.list_query import FilesQuery, SqlQuery, UrlQuery
from cmcompile.model.stored import ListQuery, in_order

if TYPE_CHECKING:
    from cmcompile.model.campaign import ListData, Spec
    from cmcompile.model.ids import Id
    from cmcompile.model.list_query import Answer, AnyQuery


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
            odd = set(value) & set(',"#') or not value.strip() or not value.isprintable()
            if odd or (not is_csv and len(value.split()) > 1):
                raise CmcompileError(f"list {self.name}: the value {value!r} can't stand in {self.file}")
        lines = [("," if is_csv else " ").join(map(str, row)) for row in rows]
        head = [",".join(self.columns)] if self.heads else []
        return "".join(f"{line}\n" for line in (*head, *lines))

    def rows(self, text: str) -> list[tuple[Id, ...]]:
        """Return the rows of a file that `text` has written; one that was written otherwise has none.

        Raises
        ------
        CmcompileError
            When the file has other columns.
        """
        from cmcompile.observe.lists.cells import word

        is_csv = self.file.endswith(".csv")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        is_other = self.heads and bool(lines) and lines.pop(0) != ",".join(self.columns)
        cells = [line.split(",") if is_csv else line.split() for line in lines]
        if is_other or any(len(row) != len(self.columns) for row in cells):
            raise CmcompileError(
                f"list {self.name}: {self.file} has other columns, so its rows can't be kept"
            )
        return [tuple(map(word, row)) for row in cells]


def layout_for(spec: Spec, data: ListData, given: tuple[str, ...]) -> Layout:
    """Return how the file of a list looks whose source gives these columns, where the spec names none.

    Raises
    ------
    CmcompileError
        When several columns would stand in a file that has one.
    """
    named, is_csv = columns_of(spec, data.name), data.file.endswith(".csv")
    if not named and len(given) > 1 and not is_csv:
        raise CmcompileError(
            f"list {data.name} asks for {', '.join(given)}, and names no columns: "
            f"write columns: [{', '.join(given)}]"
        )
    return Layout(data.name, data.file, named or given, is_csv and not named)


def taken(layout: Layout, found: Answer) -> list[tuple[Id, ...]]:
    """Return the rows of an answer with the columns of a list, sorted, each once.

    Raises
    ------
    CmcompileError
        When a column is not there, or there are two of its name.
    """
    wanted = layout.columns
    if not found.columns:  # a source without names gives them in order
        widths = {len(row) for row in found.rows}
        if widths and widths != {len(wanted) or 1}:
            raise CmcompileError(
                f"list {layout.name}: what was given has {widths.pop()} columns: name as many with `columns`"
            )
        return in_order(found.rows)
    lacking = [name for name in wanted if name not in found.columns]
    if lacking:
        has = ", ".join(found.columns)
        raise CmcompileError(
            f"list {layout.name}: there is no column {lacking[0]}, only {has}: correct `columns`"
        )
    if twice := [name for name in wanted if found.columns.count(name) > 1]:
        raise CmcompileError(
            f"list {layout.name}: there are several columns {twice[0]}: have the source name them apart"
        )
    at = [found.columns.index(name) for name in wanted]
    return in_order(tuple(row[n] for n in at) for row in found.rows)


def columns_of(spec: Spec, name: str) -> tuple[str, ...]:
    """Return the columns that the spec names."""
    from cmcompile.spec.values import items, mapping, text

    for layer in reversed(spec.layers):
        lists = mapping(layer.get("lists"))
        node = None if lists is None else mapping(lists.get(name))
        if node is not None:
            return tuple(str(text(item)) for item in items(node.get("columns")))
    return ()


def filled_in(spec: Spec, data: ListData, query: ListQuery) -> ListQuery:
    """Return a query of the Butler with ``${{ }}`` filled in.

    Raises
    ------
    CmcompileError
        When that can't be done.
    """
    found = _filled(spec, data.name, "collections", query.collections)
    return replace(query, collections=tuple(found))


def filled_for(spec: Spec, data: ListData, query: AnyQuery) -> AnyQuery:
    """Return a query of another source with ``${{ }}`` filled in; see `filled_in`."""
    if isinstance(query, SqlQuery):
        return replace(query, sql=_filled(spec, data.name, "sql", [query.sql])[0])
    if isinstance(query, FilesQuery):
        return replace(query, files=_filled(spec, data.name, "files", [query.files])[0])
    if isinstance(query, UrlQuery):
        return replace(query, url=_filled(spec, data.name, "url", [query.url])[0])
    return filled_in(spec, data, query)


def _filled(spec: Spec, name: str, key: str, texts: Sequence[str]) -> list[str]:
    from cmcompile.compiler.constants import Constants
    from cmcompile.compiler.names import NameFaultError
    from cmcompile.compiler.plain import ExpressionError
    from cmcompile.model.diagnostic import Findings

    constants = Constants(spec, lambda _: (), Findings())
    try:
        return [constants.campaign_text(text) for text in texts]
    except (NameFaultError, ExpressionError) as error:
        raise CmcompileError(f"`{key}` of list {name} can't be filled in: {error}") from None
