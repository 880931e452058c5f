"""One entry more in a list or mapping of a YAML text; nothing else is touched.

Nothing is dumped anew: a library that does so moves comments, quotes, line ends and indentation here and
there. The text is cut in two where the parser says that the last entry ends, and the new one is put
between. What comes out is read again: it must be what was there and the entry, or nothing is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from cmcompile.model.diagnostic import Findings
from cmcompile.model.errors import InputError
from cmcompile.model.source import Node, plain
from cmcompile.spec.edit import write
from cmcompile.spec.edit.layout import EditError, Layout, Spot, layout
from cmcompile.spec.yaml import read

_BOM = "\ufeff"


def append(path: str, data: bytes, entries: Sequence[Mapping[str, object]]) -> bytes:
    """Add entries at the end of the list that a file holds.

    Parameters
    ----------
    path
        Of the file, for messages.
    data
        Its bytes; none at all is a new file.

    Raises
    ------
    InputError
        When the strict reader refuses the file.
    EditError
        When it is no list, or is written in a way that this can't add to.
    """
    value = _value(path, data)
    if value is not None and not isinstance(value, list):
        raise EditError(f"{path} holds no list")
    if not entries:
        return data
    mark, text = _decoded(data)
    changed = _appended(path, layout(text), entries)
    wanted = [*(value or []), *(dict(e) for e in entries)]
    return _proved(path, (mark + changed).encode(), wanted)


def add_key(path: str, data: bytes, keys: Sequence[str], name: str, value: Mapping[str, object]) -> bytes:
    """Add ``name: value`` to the mapping that some keys lead to, which are made where they are missing.

    Raises
    ------
    InputError
        When the strict reader refuses the file.
    EditError
        When the name is there already, or the file is written in a way that this can't add to.
    """
    old = _value(path, data)
    mark, text = _decoded(data)
    wanted: Any = deepcopy(old) if old is not None else {}
    _put(path, wanted, keys, name, value)
    changed = _keyed(path, layout(text), (*keys, name), value)
    return _proved(path, (mark + changed).encode(), wanted)


def add_item(path: str, data: bytes, key: str, entry: Mapping[str, object], *within: str) -> bytes:
    """Add an entry to the list under a key, which is made where it is missing.

    Parameters
    ----------
    within
        The keys of the mappings that the key is in, from the top of the file; none: it stands at the top.

    Raises
    ------
    InputError
        When the strict reader refuses the file.
    EditError
        When the key holds no list, or the file is written in a way that this can't add to.
    """
    old = _value(path, data)
    wanted: Any = deepcopy(old) if isinstance(old, dict) else {}
    inner = _inside(path, wanted, within)
    listed = inner.get(key)
    if listed is not None and not isinstance(listed, list):
        raise EditError(f"{path}: `{key}` is no list")
    mark, text = _decoded(data)
    lay = layout(text)
    if listed is None:
        changed = _keyed(path, lay, (*within, key), [dict(entry)])
    else:
        spot = _spot(path, lay, (*within, key))
        if spot is None or spot.kind != "sequence":
            raise EditError(f"{path}: `{key}` is written elsewhere; add the entry by hand")
        if spot.flow:
            changed = _in_brackets(text, spot, write.flow(entry))
        else:
            changed = _lines_at(lay, _below(lay, spot.end, spot.column), _items([entry], spot.column))
    inner[key] = [*(listed or []), dict(entry)]
    return _proved(path, (mark + changed).encode(), wanted)


def set_value(path: str, data: bytes, keys: Sequence[str | int], value: int) -> bytes:
    """Set the number that some keys, and places in lists, lead to; keys are made where they are missing.

    Raises
    ------
    InputError
        When the strict reader refuses the file.
    EditError
        When something else stands there, or the file is written in a way that this can't change.
    """
    wanted: Any = deepcopy(_value(path, data))
    mark, text = _decoded(data)
    lay = layout(text)
    spot = _spot(path, lay, keys)
    inner = wanted
    if spot is not None and spot.start >= 0:
        if spot.kind != "scalar" or spot.start == spot.end:
            raise EditError(f"{path}: `{_dotted(keys)}` is no number; set it by hand")
        changed = f"{text[: spot.start]}{value}{text[spot.end :]}"
        for key in keys[:-1]:
            inner = inner[key]
    else:
        names = [str(key) for key in keys if isinstance(key, str)]
        if len(names) < len(keys):
            raise EditError(f"{path}: `{_dotted(keys)}` is not there; set it by hand")
        changed = _keyed(path, lay, names, value)
        inner = _inside(path, wanted, names[:-1])
    inner[keys[-1]] = value
    return _proved(path, (mark + changed).encode(), wanted)


def _dotted(keys: Sequence[str | int]) -> str:
    return ".".join(map(str, keys))


def _spot(path: str, lay: Layout, keys: Sequence[str | int]) -> Spot | None:
    """Return where the value stands that keys and places in lists lead to; None: it is not there."""
    at = lay.root
    for key in keys:
        if at is None:
            return None
        if isinstance(key, int):
            at = at.children[key] if at.kind == "sequence" and key < len(at.children) else None
        elif at.kind == "mapping":
            at = next((v for k, v in at.pairs() if _value(path, k.text.encode()) == key), None)
        else:
            at = None
    return at


def _inside(path: str, value: Any, keys: Sequence[str]) -> Any:
    """Return the mapping that keys lead to, which is made where it is missing."""
    for number, key in enumerate(keys, 1):
        if value.get(key) is None:
            value[key] = {}
        value = value[key]
        if not isinstance(value, dict):
            raise EditError(f"{path}: `{_dotted(keys[:number])}` is no mapping")
    return value


def _put(path: str, inner: Any, keys: Sequence[str], name: str, value: Mapping[str, object]) -> None:
    for key in keys:
        if not isinstance(inner, dict):
            break
        if inner.get(key) is None:
            inner[key] = {}
        inner = inner[key]
    if not isinstance(inner, dict):
        raise EditError(f"{path}: `{'.'.join(keys)}` is no mapping")
    if name in inner:
        raise EditError(f"{path}: `{'.'.join((*keys, name))}` is there already")
    inner[name] = dict(value)


def _value(path: str, data: bytes) -> object:
    findings = Findings()
    node: Node | None = read(path, data, findings)
    if node is None:
        raise InputError(findings.sorted())
    return plain(node)


def _decoded(data: bytes) -> tuple[str, str]:
    text = data.decode("utf-8")
    return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)


def _proved(path: str, data: bytes, wanted: object) -> bytes:
    """Return the bytes if they say what is wanted, values and order."""
    findings = Findings()
    node = read(path, data, findings)
    if node is None or repr(plain(node)) != repr(wanted):
        raise EditError(f"{path} is written in a way that can't be added to; add the entry by hand")
    return data


def _appended(path: str, lay: Layout, entries: Sequence[Mapping[str, object]]) -> str:
    root = lay.root
    if root is None or (root.kind == "scalar" and root.start == root.end):
        return _lines_at(lay, _below(lay, lay.begin, 0), _items(entries, 0))
    if root.kind != "sequence":
        raise EditError(f"{path} holds no list that can be added to; add the entry by hand")
    if root.flow:
        return _in_brackets(lay.text, root, ", ".join(write.flow(e) for e in entries))
    return _lines_at(lay, _below(lay, root.end, 0), _items(entries, root.column))


def _items(entries: Sequence[Mapping[str, object]], column: int) -> list[str]:
    lines = []
    for entry in entries:
        first, *others = write.block(entry, column + 2)
        lines += [f"{' ' * column}- {first[column + 2 :]}", *others]
    return lines


def _keyed(path: str, lay: Layout, keys: Sequence[str], value: object) -> str:
    """Add below the deepest key that is there."""
    at, holder, depth = lay.root, None, 0
    while at is not None and at.kind == "mapping":
        found = next((v for k, v in at.pairs() if _value(path, k.text.encode()) == keys[depth]), None)
        if found is None:
            return _in_mapping(lay, at, keys[depth:], value, at.column if depth else 0)
        at, holder, depth = found, at, depth + 1
    if at is None or (depth == 0 and at.start == at.end):
        return _lines_at(lay, _below(lay, lay.begin, 0), write.block(_nested(keys, value), 0, deep=len(keys)))
    nested = _nested(keys[depth:], value)
    if at.kind == "scalar" and at.text == "null":
        return lay.text[: at.start] + write.flow(nested) + lay.text[at.end :]
    if at.kind == "alias" or holder is None or at.start != at.end or at.start < 0:
        raise EditError(f"{path}: `{'.'.join(keys[:depth])}` is written elsewhere; add the entry by hand")
    if holder.flow:
        return f"{lay.text[: at.end]} {write.flow(nested)}{lay.text[at.end :]}"
    lines = write.block(nested, holder.column + 2, deep=len(keys) - depth)
    return _lines_at(lay, _line_end(lay.text, at.end), lines)


def _nested(keys: Sequence[str], value: object) -> Mapping[str, object]:
    found = {keys[-1]: value}
    for key in reversed(keys[:-1]):
        found = {key: found}
    return found


def _in_mapping(lay: Layout, spot: Spot, keys: Sequence[str], value: object, floor: int) -> str:
    nested = _nested(keys, value)
    if spot.flow:
        return _in_brackets(lay.text, spot, write.flow(nested)[1:-1])
    if spot.end < 0:
        raise EditError("the mapping has a key written with `?`; add the entry by hand")
    lines = write.block(nested, spot.column, deep=len(keys))
    return _lines_at(lay, _below(lay, spot.end, floor), lines)


def _in_brackets(text: str, spot: Spot, inner: str) -> str:
    """Add behind the last child, so that what follows it (a comma, comments) stays where it is."""
    if spot.children:
        place = spot.children[-1].end
        return f"{text[:place]}, {inner}{text[place:]}"
    place = text.index("{" if spot.kind == "mapping" else "[", spot.start) + 1
    return f"{text[:place]}{inner}{text[place:]}"


def _line_end(text: str, place: int) -> int:
    """Return where the line of a place ends, the line break included."""
    if place and text[place - 1] == "\n":
        return place
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1


def _below(lay: Layout, place: int, column: int) -> int:
    """Return where the next entry goes: behind the line, and behind comments as far in as the entries."""
    place = at = _line_end(lay.text, place) if place else 0
    while at < len(lay.text):
        end = _line_end(lay.text, at + 1)
        line = lay.text[at:end]
        body = line.lstrip(" \t")
        if body.startswith("#"):
            if len(line) - len(body) < column:
                break
            place = end
        elif body.strip():
            break
        at = end
    return place


def _lines_at(lay: Layout, place: int, lines: Sequence[str]) -> str:
    head, tail = lay.text[:place], lay.text[place:]
    if head and not head.endswith("\n"):
        head += lay.newline
    return head + "".join(f"{line}{lay.newline}" for line in lines) + tail
