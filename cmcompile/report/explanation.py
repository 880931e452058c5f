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
#: Of a longer list of texts in one line only the first ones are shown.
_TEXTS = 12


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


def _lines(found: Explanation, indent: str, *, bare: bool = False) -> Iterator[str]:
    """Yield an explanation; ``bare`` leaves out a value that has just been shown."""
    yield indent + (f"{visible(found.key)}:" if bare else _headline(found))
    yield from _below(found, indent + _INDENT)


def _headline(found: Explanation) -> str:
    key = visible(found.key)
    if found.fault:
        return f"{key}: no value: {visible(found.fault)}"
    if found.kind == "deleted":
        return f"{key}: deleted"
    if found.parts and isinstance(found.value, list | dict):
        return f"{key}:"
    if found.value in (None, {}) and not found.settings:
        return f"{key}: none"
    return f"{key}: {_value(found.value)}"


def _below(found: Explanation, indent: str) -> Iterator[str]:
    yield from _history(found, indent)
    for part in found.parts:
        yield from _part(part, indent, found)
    yield from (f"{indent}{visible(note)}" for note in found.notes)
    for name in found.names:
        yield from _lines(name, indent, bare=bool(name.parts) and name.value == found.value)


def _part(part: Explanation, indent: str, whole: Explanation) -> Iterator[str]:
    """Yield an item of a list or a clause, or an entry with its name."""
    name = part.key.rpartition(".")[2]
    if part.kind == "deleted" or part.kind == "mapping" or (name and not name.isdecimal()):
        yield from _lines(part, indent)
        return
    yield f"{indent}- {visible(part.fault) if part.fault else _value(part.value)}"
    inner = indent + _INDENT * 2
    if not (whole.kind == "list" and _adds_nothing(part, whole)):
        yield from _below(part, inner)


def _adds_nothing(item: Explanation, whole: Explanation) -> bool:
    """Tell whether an item has nothing to say that its list has not said."""
    plain = not (item.names or item.parts or item.notes) and len(item.settings) <= 1
    if not plain or len(whole.settings) != 1:
        return False
    return all(s.layer == whole.settings[0].layer and not s.written for s in item.settings)


def _history(found: Explanation, indent: str) -> Iterator[str]:
    before: Setting | None = None
    counted = found.kind == "list" and bool(found.parts)
    for setting in found.settings:
        yield indent + _step(before, setting, counted)
        # What comes after the setting that begins the list is hidden, and not listed below.
        counted = counted and setting.how == "appended"
        if setting.written:
            yield f"{indent}{_INDENT if before else ''}written as {visible(setting.written)}"
        before = setting


def _step(before: Setting | None, setting: Setting, counted: bool) -> str:
    """Return one line of a history; ``counted`` where the items are listed below."""
    by, value = _by(setting), _cut(_value(setting.value))
    if counted and isinstance(setting.value, list):
        value = f"{len(setting.value)} item{'' if len(setting.value) == 1 else 's'}"
    if before is not None and before.how == "appended":
        return f"to {value}, {by}"
    if setting.how == "appended":
        return f"{'' if before is None else 'hid '}{value} {by}"
    if before is None or setting.how == "excluded":
        return by
    if setting.how == "deleted":
        return f"hid what was {by}"
    return f"hid {_cut(_value(setting.value))}, {by}"


def _by(setting: Setting) -> str:
    if setting.layer == BUILT_IN:
        return "built in"
    if setting.layer == "BPS default":
        return "the default of BPS"
    layer, at = setting.layer, ""
    if setting.span is not None:
        layer, at = layer.removesuffix(f" {setting.span.file}"), f" at {setting.span}"
    because = f", because {setting.because}" if setting.because else ""
    verb = "taken out" if setting.how == "excluded" else setting.how
    return visible(f"{verb} by {layer}{at}{because}")


def _value(value: object) -> str:
    if isinstance(value, str):
        return visible(value) if value else '""'
    if isinstance(value, list):
        return _list(value)
    return visible(json.dumps(value, ensure_ascii=False))


def _list(values: list[object]) -> str:
    ids = [v for v in values if isinstance(v, int | str) and not isinstance(v, bool)]
    numbers = all(isinstance(v, int) for v in ids)
    if len(ids) == len(values) and len(ids) > (2 if numbers else _TEXTS):
        return visible(f"{in_words(ids)} ({len(ids)})")
    return ", ".join(_value(v) for v in values) or "none"


def _cut(text: str) -> str:
    return text if width(text) <= _HIDDEN else text[: _HIDDEN - 1] + "…"


def _document(found: Explanation) -> Iterator[str]:
    """Yield a mapping as YAML with a comment per value; of what is hidden only how much."""
    head = f"{visible(found.key)}:" if found.key else ""
    if head:
        yield head
    rows = list(_rows(found, _INDENT if head else ""))
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
