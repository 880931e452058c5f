"""An explanation as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from cmcompile.model.explanation import BUILT_IN, Explanation, Setting
from cmcompile.model.ids import in_words
from cmcompile.report.terminal import visible, width

FORMAT = 1

#: Comments of a document start here at the latest, unless a value is longer.
_COMMENT_COLUMN = 72
_INDENT = "  "
#: A value that was hidden is cut after so many cells; the value that holds never is.
_HIDDEN = 160
#: Longer lists of ids are shown in words.
_IDS = 12


def explanation_text(groups: Sequence[str], found: Explanation) -> str:
    """Return an explanation for people, ending with a newline.

    Parameters
    ----------
    groups
        The groups that have this answer, as the command line names them.
    """
    more = f" and {len(groups) - 1} more with the same answer" if len(groups) > 1 else ""
    lines = [visible(groups[0]) + more]
    if found.kind == "mapping" and found.key != "ids":
        lines += _document(found)
    else:
        lines += _lines(found, "")
    return "\n".join(lines) + "\n"


def explanation_json(groups: Sequence[str], found: Explanation) -> str:
    """Return an explanation for programs."""
    document = {"format": FORMAT, "groups": list(groups), **_as_json(found)}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _as_json(found: Explanation) -> dict[str, object]:
    out: dict[str, object] = {"key": found.key, "kind": found.kind, "value": found.value}
    out["settings"] = [_setting_json(s) for s in found.settings]
    for name, below in (("parts", found.parts), ("names", found.names)):
        if below:
            out[name] = [_as_json(part) for part in below]
    if found.notes:
        out["notes"] = list(found.notes)
    if found.fault:
        out["fault"] = found.fault
    return out


def _setting_json(setting: Setting) -> dict[str, object]:
    span = setting.span
    out: dict[str, object] = {"how": setting.how, "layer": setting.layer}
    out |= {"file": None, "line": None, "column": None}
    if span is not None:
        out |= {"file": span.file, "line": span.line, "column": span.column}
    out["value"] = setting.value
    if setting.written:
        out["written"] = setting.written
    if setting.because:
        out["because"] = setting.because
    return out


def _lines(found: Explanation, indent: str) -> Iterator[str]:
    yield indent + _headline(found)
    yield from _below(found, indent + _INDENT)


def _headline(found: Explanation) -> str:
    key = visible(found.key)
    if found.fault:
        return f"{key}: no value: {visible(found.fault)}"
    if found.kind == "deleted":
        return f"{key}: deleted"
    if found.parts and isinstance(found.value, list | dict):
        return f"{key}:"
    if not found.settings and not found.parts and found.value is None:
        return f"{key}: {'' if found.notes else 'null'}".rstrip()
    return f"{key}: {_value(found.value)}"


def _below(found: Explanation, indent: str) -> Iterator[str]:
    if isinstance(found.value, list) and found.parts and len(found.settings) == 1 and _same_layer(found):
        # One layer wrote the whole list: its items need no line each.
        yield from (f"{indent}- {_value(part.value)}" for part in found.parts)
        yield from _history(found, indent)
    else:
        yield from _history(found, indent)
        for part in found.parts:
            yield from _part(part, indent)
    yield from (f"{indent}{visible(note)}" for note in found.notes)
    for name in found.names:
        yield from _lines(name, indent)


def _same_layer(found: Explanation) -> bool:
    return all(
        not p.names and not p.parts and not (p.settings and p.settings[0].written) for p in found.parts
    )


def _part(part: Explanation, indent: str) -> Iterator[str]:
    """Yield an item of a list or a clause, or an entry with its name."""
    last = part.key.rpartition(".")[2]
    if part.kind == "deleted" or part.parts or isinstance(part.value, list | dict) or _is_named(part.key):
        yield from _lines(part, indent)
        return
    del last
    yield f"{indent}- {visible(part.fault) if part.fault else _value(part.value)}"
    yield from _below(part, indent + _INDENT * 2)


def _is_named(key: str) -> bool:
    return bool(key) and not key.rpartition(".")[2].isdecimal()


def _history(found: Explanation, indent: str) -> Iterator[str]:
    before: Setting | None = None
    for setting in found.settings:
        value = _cut(_value(setting.value))
        by = _by(setting)
        if before is None and setting.how == "appended":
            yield f"{indent}{value} {by}"
        elif before is None or setting.how == "excluded":
            yield f"{indent}{by}"
        elif before.how == "appended":
            yield f"{indent}to {value}, {by}"
        elif setting.how == "deleted":
            yield f"{indent}hid a deletion, {by}"
        else:
            yield f"{indent}hid {value}, {by}"
        if setting.written:
            yield f"{indent}{_INDENT if before else ''}written as {visible(setting.written)}"
        before = setting


def _by(setting: Setting) -> str:
    if setting.layer == BUILT_IN:
        return "built in"
    if setting.layer == "BPS default":
        return "the default of BPS"
    at = "" if setting.span is None else f" at {setting.span}"
    because = f", because {setting.because}" if setting.because else ""
    verb = "taken out" if setting.how == "excluded" else setting.how
    return visible(f"{verb} by {setting.layer}{at}{because}")


def _value(value: object) -> str:
    if isinstance(value, str):
        return visible(value) if value else '""'
    if isinstance(value, list) and len(value) > _IDS and all(isinstance(v, int | str) for v in value):
        return visible(f"{in_words(value)} ({len(value)})")
    if isinstance(value, list):
        return ", ".join(_value(v) for v in value) or "none"
    return visible(json.dumps(value, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if width(text) <= _HIDDEN else text[: _HIDDEN - 1] + "…"


def _document(found: Explanation) -> Iterator[str]:
    """Yield a mapping as YAML with a comment per value; of what is hidden only how much."""
    rows = list(_rows(found, ""))
    short = [width(left) for left, right in rows if right and width(left) < _COMMENT_COLUMN]
    column = max(short, default=0)
    for left, right in rows:
        space = " " * max(0, column - width(left))
        yield f"{left}{space}  # {right}" if right else left


def _rows(found: Explanation, indent: str) -> Iterator[tuple[str, str]]:
    for part in found.parts:
        name = visible(part.key.removeprefix(f"{found.key}.") if found.key else part.key)
        if part.kind == "deleted":
            yield f"{indent}# {name} is deleted", _comment(part)
        elif part.kind == "mapping" and part.parts:
            yield f"{indent}{name}:", ""
            yield from _rows(part, indent + _INDENT)
        elif part.kind == "list" and part.parts:
            yield f"{indent}{name}:", ""
            for item in part.parts:
                yield f"{indent}- {_value(item.value)}", _comment(item)
        else:
            yield f"{indent}{name}: {_value(part.value)}", part.fault or _comment(part)


def _comment(part: Explanation) -> str:
    if not part.settings:
        return ""
    first, hidden = part.settings[0], len(part.settings) - 1
    at = "" if first.span is None else f", {first.span}"
    after = f"; hid {hidden}" if hidden and first.how != "appended" else ""
    return visible(f"{first.layer}{at}{after}")
