"""Lists of ids: rows of a text or csv file, by column."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cmcompile.model import codes
from cmcompile.model.campaign import ListData
from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import SourceError
from cmcompile.model.ids import Id
from cmcompile.model.ports import Documents
from cmcompile.model.source import Mapping, Node, Scalar, Span
from cmcompile.spec.columns import quick_columns, typed
from cmcompile.spec.files import join
from cmcompile.spec.values import items, mapping, text

_COMPARISON = re.compile(r"(<=|>=|!=|<|>|=)\s*(.+)\Z")
#: More bad rows than this are counted, not shown.
_SHOWN = 5


def read_list(documents: Documents, name: str, node: Mapping, findings: Findings) -> ListData:
    """Read one list; a list that can't be read has no columns, and findings say why.

    A ``.csv`` file starts with a line of column names unless ``columns`` gives them; another file has
    columns parted by blanks or commas. Empty lines and lines that start with ``#`` are passed over.
    """
    file_node = node.get("file")
    span = file_node.span if file_node else node.span
    path = join(span.file, text(file_node) or "")
    query = mapping(node.get("query"))
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
    kept = _only(name, rows, node.get("only"), findings)
    return ListData(name, path or "", kept, rows, span, query is not None, query)


def _read(
    documents: Documents, name: str, path: str, node: Mapping, span: Span, findings: Findings
) -> dict[str, tuple[Id, ...]]:
    try:
        data = documents.read(path).decode("utf-8-sig")
    except SourceError as error:
        hint = (
            "`cmcompile lists update` stores a list with a query" if "query" in node else "correct the path"
        )
        code = codes.reading.FILE_ABSENT if error.reason == "absent" else codes.reading.FILE_UNREADABLE
        findings.add(code, span, f"list {name} can't be read: {error.detail}", hint)
        return {}
    except UnicodeDecodeError:
        findings.add(
            codes.splitting.BAD_LIST, Span(path, 1, 1), f"list {name} is not UTF-8", "save it as UTF-8"
        )
        return {}
    columns = [str(text(c)) for c in items(node.get("columns"))]
    parted = "," if path.endswith(".csv") else None
    lines = data.splitlines()
    at = 0
    if not columns and parted:
        while at < len(lines) and (not lines[at].strip() or lines[at].startswith("#")):
            at += 1
        columns = [c.strip() for c in lines[at].split(",")] if at < len(lines) else []
        at += 1
    quick = quick_columns(data, len(columns) or None) if parted is None else None
    if quick is not None and (columns or len(quick) == 1):
        return {key: typed(cells) for key, cells in zip(columns or [""], quick, strict=True)}
    rows = _Rows(name, path, columns, findings)
    rows.read(lines, at, parted)
    return rows.result()


class _Rows:
    """Rows of one list, with the bad ones reported."""

    def __init__(self, name: str, path: str, columns: list[str], findings: Findings) -> None:
        self._name = name
        self._path = path
        self._columns = columns
        self._findings = findings
        self._rows: list[list[str]] = []
        self._bad = 0

    def read(self, lines: Sequence[str], start: int, parted: str | None) -> None:
        width = len(self._columns) or None
        for at in range(start, len(lines)):
            line = lines[at]
            if not line or line[0] == "#" or line.isspace():
                continue
            if parted:
                cells = [c.strip() for c in line.split(parted)]
            else:
                cells = line.replace(",", " ").split() if "," in line else line.split()
            if width is None:
                width = len(cells)
            if len(cells) != width or "" in cells:
                self._report(at + 1, len(cells), width)
                continue
            self._rows.append(cells)

    def _report(self, line: int, cells: int, width: int) -> None:
        self._bad += 1
        if self._bad <= _SHOWN:
            self._findings.add(
                codes.splitting.BAD_LIST,
                Span(self._path, line, 1),
                f"list {self._name}: {cells} columns in this row, {width} expected",
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
            names = [""] if self._rows and len(self._rows[0]) == 1 else []
            if self._rows and not names:
                self._findings.add(
                    codes.splitting.BAD_LIST,
                    Span(self._path, 1, 1),
                    f"list {self._name} has {len(self._rows[0])} columns and no names for them",
                    "name them with `columns:` in the spec",
                )
        columns = zip(*self._rows, strict=True) if self._rows else [() for _ in names]
        return {name: typed(cells) for name, cells in zip(names, columns, strict=False)}


def _only(
    name: str, rows: dict[str, tuple[Id, ...]], node: Node | None, findings: Findings
) -> dict[str, tuple[Id, ...]]:
    """Keep the rows for which every condition of ``only`` holds."""
    if not isinstance(node, Mapping) or not rows:
        return rows
    count = len(next(iter(rows.values())))
    keep = range(count)
    for entry in node:
        column = rows.get(entry.key)
        if column is None:
            findings.add(
                codes.names.UNKNOWN_REFERENCE,
                entry.key_span,
                f"`only` names the column {entry.key}, which list {name} does not have",
                f"its columns are {', '.join(rows)}",
            )
            continue
        test = _test(entry.value)
        if test is None:
            findings.add(
                codes.splitting.BAD_LIST,
                entry.value.span,
                f"`only` can't read the condition on {entry.key}",
                'write a value, a list of values, or a comparison such as "<1.2"',
            )
            continue
        keep = [at for at in keep if test(column[at])]  # type: ignore[assignment]
    return {key: tuple(column[at] for at in keep) for key, column in rows.items()}


def _test(node: Node) -> Callable[[Id], bool] | None:
    values = [item.value for item in items(node) if isinstance(item, Scalar)]
    if len(values) == 1 and isinstance(values[0], str) and (found := _COMPARISON.match(values[0])):
        return _comparison(found[1], found[2])
    wanted = {str(v) for v in values if v is not None}
    return (lambda cell: str(cell) in wanted) if wanted else None


def _comparison(sign: str, bound: str) -> Callable[[Id], bool] | None:
    if sign in ("=", "!="):
        return lambda cell: (str(cell) == bound) == (sign == "=")
    try:
        limit = float(bound)
    except ValueError:
        return None

    def test(cell: Id) -> bool:
        try:
            value = float(cell)
        except ValueError:
            return False
        return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[sign]

    return test
