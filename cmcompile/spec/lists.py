"""Lists of ids: rows of a text or csv file, by column."""

from __future__ import annotations

from collections.abc import Sequence

from cmcompile.model import codes
from cmcompile.model.campaign import ListData
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import SourceError
from cmcompile.model.ids import Id
from cmcompile.model.ports import Documents
from cmcompile.model.source import Mapping, Span
from cmcompile.model.stored import digest_of, read_head
from cmcompile.spec.columns import quick_columns, typed
from cmcompile.spec.files import join
from cmcompile.spec.list_query import check_query, list_query
from cmcompile.spec.only import keep_rows
from cmcompile.spec.values import items, mapping, text

#: More bad rows than this are counted, not shown.
_SHOWN = 5


def read_list(documents: Documents, name: str, node: Mapping, findings: Findings) -> ListData:
    """Read one list; a list that can't be read has no columns, and findings say why.

    A ``.csv`` file starts with a line of column names unless ``columns`` gives them; another file has
    columns parted by blanks or commas. Empty lines and lines that start with ``#`` are passed over.
    """
    path, span = place_of(node)
    query = mapping(node.get("query"))
    check_query(name, query, findings)
    rows: dict[str, tuple[Id, ...]] = {}
    if path is None:
        findings.add(
            codes.reading.FILE_OUTSIDE,
            span,
            f"list {name} is outside the repository",
            "copy the list into the repository and name it there",
        )
    else:
        rows = _read(documents, name, path, node, span, findings)
    kept = keep_rows(name, rows, node.get("only"), findings)
    return ListData(name, path or "", kept, rows, span, query is not None, query)


def read_if_stored(documents: Documents, name: str, node: Mapping, findings: Findings) -> ListData:
    """Read one list as `read_list` does; one with a query may be absent, since nobody has asked yet."""
    path, _ = place_of(node)
    is_absent = "query" in node and path is not None and not documents.exists(path)
    return read_list(documents, name, node, Findings() if is_absent else findings)


def place_of(node: Mapping) -> tuple[str | None, Span]:
    """Return the path of a list's file, None where it is outside the repository, and where it is named."""
    file_node = node.get("file")
    span = file_node.span if file_node else node.span
    return join(span.file, text(file_node) or ""), span


def _read(
    documents: Documents, name: str, path: str, node: Mapping, span: Span, findings: Findings
) -> dict[str, tuple[Id, ...]]:
    try:
        data = documents.read(path).decode("utf-8-sig")
    except SourceError as error:
        ask = "`cmcompile lists update` asks what its query names, and stores the answer"
        hint = ask if "query" in node else "correct the path"
        code = codes.reading.FILE_ABSENT if error.reason == "absent" else codes.reading.FILE_UNREADABLE
        findings.add(code, span, f"list {name} can't be read: {error.detail}", hint)
        return {}
    except UnicodeDecodeError:
        findings.add(
            codes.splitting.BAD_LIST, Span(path, 1, 1), f"list {name} is not UTF-8", "save it as UTF-8"
        )
        return {}
    columns = [str(text(c)) for c in items(node.get("columns"))]
    rows_text = _below_head(data, name, path, node, findings)
    quick = None if path.endswith(".csv") else quick_columns(rows_text, len(columns) or None)
    if quick is not None and (columns or len(quick) == 1):
        return {key: typed(cells) for key, cells in zip(columns or [""], quick, strict=True)}
    rows = _Rows(name, path, columns, findings)
    rows.read(data.replace("\r\n", "\n").split("\n"))
    return rows.result()


def _below_head(data: str, name: str, path: str, node: Mapping, findings: Findings) -> str:
    """Return the rows below the head of a stored answer; a head that does not fit is reported."""
    head, rows = read_head(data)
    query = list_query(mapping(node.get("query")))
    if head is None or query is None:
        return rows
    if head.query != query.canonical():
        what, mend = f"list {name} was stored for another query", "ask anew with `cmcompile lists update`"
        findings.add(codes.stored.STALE, Span(path, 2, 1), what, mend)
    if head.digest != digest_of(rows):
        what = f"the rows of list {name} are not those that were stored"
        mend = "ask anew with `cmcompile lists update`; rows are taken out with `only` or `exclude`"
        findings.add(codes.stored.EDITED, Span(path, 4, 1), what, mend)
    return rows


class _Rows:
    """Rows of one list, with the bad ones reported."""

    def __init__(self, name: str, path: str, columns: list[str], findings: Findings) -> None:
        self._name = name
        self._path = path
        self._columns = columns
        self._findings = findings
        self._rows: list[list[str]] = []
        self._bad = 0

    def read(self, lines: Sequence[str]) -> None:
        is_csv = self._path.endswith(".csv")
        wants_names = is_csv and not self._columns
        width = len(self._columns)
        for at, line in enumerate(lines, 1):
            if not line or line[0] == "#" or (line[0].isspace() and line.lstrip()[:1] in ("", "#")):
                continue
            if is_csv:
                cells = [c.strip() for c in line.split(",")]
            else:
                cells = line.replace(",", " ").split() if "," in line else line.split()
            if wants_names:
                wants_names = False
                self._name_columns(cells, at)
            elif len(cells) != (width or len(cells)) or "" in cells:
                self._report(at, f"{len(cells)} columns in this row, {width} expected")
                continue
            else:
                self._rows.append(cells)
            width = width or len(cells)

    def _name_columns(self, names: list[str], line: int) -> None:
        self._columns = names
        if "" in names or len(set(names)) < len(names):
            self._report(line, f"a column has no name, or two have one: {', '.join(names)}")

    def _report(self, line: int, what: str) -> None:
        self._bad += 1
        if self._bad <= _SHOWN:
            self._findings.add(
                codes.splitting.BAD_LIST,
                Span(self._path, line, 1),
                f"list {self._name}: {what}",
                "every row needs a value in each column; lines that start with `#` are passed over",
            )

    def result(self) -> dict[str, tuple[Id, ...]]:
        if self._bad > _SHOWN:
            self._findings.add(
                codes.splitting.BAD_LIST,
                Span(self._path, 1, 1),
                f"list {self._name}: {self._bad - _SHOWN} more rows can't be read",
            )
        if self._bad:
            return {}
        names = self._columns
        if not names:
            names = [""] if not self._rows or len(self._rows[0]) == 1 else []
            if not names:
                self._findings.add(
                    codes.splitting.BAD_LIST,
                    Span(self._path, 1, 1),
                    f"list {self._name} has {len(self._rows[0])} columns and no names for them",
                    "name them with `columns:` in the spec",
                )
        columns = zip(*self._rows, strict=True) if self._rows else [() for _ in names]
        return {name: typed(cells) for name, cells in zip(names, columns, strict=False)}
