"""A spec as people write one: short values on a line, long ones in blocks, texts of several lines as such."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmcompile.spec.edit.write import flow, scalar

_HEAD = "# yaml-language-server: $schema=../../schemas/campaign-v1.schema.json\n"
#: What fits in a line of a spec.
_WIDE = 110
#: These are always blocks, one entry per line or more.
_BLOCKS = frozenset({"steps", "lists", "sites", "environments", "vars"})

Path = tuple[str, ...]


def spec_text(pairs: Mapping[str, object], remarks: Mapping[Path, str] | None = None) -> str:
    """Return the text of a spec.

    Parameters
    ----------
    remarks
        Comments by the path of the key that they stand above, such as ``("steps", "step1")``.
    """
    said = remarks or {}
    body = [*_remark(said.get((), ""), 0), *_mapping(pairs, 0, (), said)]
    return _HEAD + "\n".join(body) + "\n"


def _remark(text: str, column: int) -> list[str]:
    return [f"{' ' * column}# {' '.join(line.split())}".rstrip() for line in text.split("\n")] if text else []


def _mapping(
    pairs: Mapping[str, object], column: int, path: Path, remarks: Mapping[Path, str]
) -> Iterable[str]:
    indent = " " * column
    for key, value in pairs.items():
        here = (*path, str(key))
        yield from _remark(remarks.get(here, ""), column)
        head = f"{indent}{scalar(key)}:"
        if isinstance(value, str) and "\n" in value:
            yield from _literal(head, value, column + 2)
        elif not isinstance(value, Mapping | list | tuple) or not value:
            yield f"{head} {flow(value) if isinstance(value, Mapping | list | tuple) else scalar(value)}"
        elif _short(head, value) and not _in_block(here, remarks):
            yield f"{head} {flow(value)}"
        elif isinstance(value, Mapping):
            yield head
            yield from _mapping(value, column + 2, here, remarks)
        elif _is_numbers(value):
            yield from _folded(head, value, column + 2)
        else:
            yield head
            yield from _items(value, column, here, remarks)


def _in_block(path: Path, remarks: Mapping[Path, str]) -> bool:
    block = (path[-1] in _BLOCKS and len(path) == 1) or path[:-1] == ("steps",)
    return block or any(other[: len(path)] == path for other in remarks if len(other) > len(path))


def _is_numbers(value: object) -> bool:
    """Tell whether a list is of numbers or of short lists of them, as `values` and `ranges` are."""
    if not isinstance(value, list | tuple):
        return False
    return all(isinstance(v, int) or (isinstance(v, list) and len(v) == 2 and _is_numbers(v)) for v in value)


def _folded(head: str, items: Sequence[object], column: int) -> Iterable[str]:
    """Yield a long list of numbers with as many in a line as there is room for."""
    line = f"{head} ["
    for number, item in enumerate(items, 1):
        text = flow(item) + (", " if number < len(items) else "]")
        if len(line) + len(text) > _WIDE:
            yield line.rstrip()
            line = " " * column
        line += text
    yield line


def _items(items: Sequence[object], column: int, path: Path, remarks: Mapping[Path, str]) -> Iterable[str]:
    indent = " " * column
    for item in items:
        if isinstance(item, Mapping) and item and not _short(f"{indent}- ", item):
            first, *others = _mapping(item, column + 2, path, remarks)
            yield f"{indent}- {first[column + 2 :]}"
            yield from others
        elif isinstance(item, str) and "\n" in item:
            yield from _literal(f"{indent}-", item, column + 2)
        else:
            yield f"{indent}- {flow(item)}"


def _short(head: str, value: Mapping[str, object] | Sequence[object]) -> bool:
    return not _has_lines(value) and len(head) + 1 + len(flow(value)) <= _WIDE


def _has_lines(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_lines, value.values()))
    if isinstance(value, list | tuple):
        return any(map(_has_lines, value))
    return isinstance(value, str) and "\n" in value


def _literal(head: str, text: str, column: int) -> Iterable[str]:
    """Yield a text of several lines as it is; in quotes where a block would say something else."""
    lines = text.rstrip("\n").split("\n")
    ends = len(text) - len(text.rstrip("\n"))
    odd = any(not (c.isprintable() or c == "\t") for line in lines for c in line)
    if ends > 1 or odd or not lines[0].strip() or lines[0][0].isspace():
        yield f"{head} {scalar(text)}"
        return
    indent = " " * column
    yield f"{head} {'|' if ends else '|-'}"
    yield from (f"{indent}{line}" if line else "" for line in lines)
