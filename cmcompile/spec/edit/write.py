"""Values as YAML text that the strict reader reads back as the same values."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from cmcompile.model.diagnostic import Findings
from cmcompile.model.source import plain
from cmcompile.spec.yaml import read

#: Lists are broken at this column.
_WIDE = 100


def scalar(value: object, *, flow: bool = False) -> str:
    """Return one value: text without quotes where that is read back as it is."""
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    text = str(value)
    if text and _reads_back(f"[{text}]" if flow else f"k: {text}", [text] if flow else {"k": text}):
        return text
    return quoted(text)


def quoted(text: str) -> str:
    """Return a text in double quotes, with escapes for what can't be seen."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
    return '"' + "".join(escapes.get(c) or (c if c.isprintable() else _escape(c)) for c in text) + '"'


def _escape(char: str) -> str:
    number = ord(char)
    return f"\\U{number:08x}" if number > 0xFFFF else f"\\u{number:04x}"


def _reads_back(text: str, value: object) -> bool:
    # Some readers take no tab in a text without quotes.
    if "\n" in text or "\t" in text:
        return False
    findings = Findings()
    node = read("value", text.encode("utf-8", "replace"), findings)
    return node is not None and plain(node) == value


def flow(value: object) -> str:
    """Return a value on one line."""
    if isinstance(value, Mapping):
        inner = ", ".join(f"{scalar(k, flow=True)}: {flow(v)}" for k, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(flow(v) for v in value)}]"
    return scalar(value, flow=True)


def block(pairs: Mapping[str, object], column: int, *, deep: int = 0) -> list[str]:
    """Return lines ``key: value`` from a column on.

    Parameters
    ----------
    deep
        So many levels of mappings inside are blocks too; what is deeper stands in brackets.
    """
    indent = " " * column
    lines = []
    for key, value in pairs.items():
        head = f"{indent}{scalar(key)}:"
        if isinstance(value, Mapping) and value and deep > 0:
            lines += [head, *block(value, column + 2, deep=deep - 1)]
        elif isinstance(value, Mapping) or (isinstance(value, Sequence) and not isinstance(value, str)):
            lines += _folded(f"{head} {flow(value)}", column + 2)
        else:
            lines.append(f"{head} {scalar(value)}")
    return lines


def _folded(line: str, column: int) -> list[str]:
    """Break a list of plain items that is too long for one line."""
    if len(line) <= _WIDE or '"' in line or "'" in line or "{" in line:
        return [line]
    lines = [""]
    for part in line.split(", "):
        joined = f"{lines[-1]}, {part}" if lines[-1] else part
        if len(joined) > _WIDE - 1 and lines[-1]:
            lines[-1] += ","
            joined = f"{' ' * column}{part}"
            lines.append(joined)
        else:
            lines[-1] = joined
    return lines
