"""A difference as text that a person reads, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cmcompile.model.difference import AxisIds, Difference, Edit, GroupRun, Move, Regrouping
from cmcompile.model.ids import in_words
from cmcompile.model.source import Span
from cmcompile.report.terminal import visible, width

FORMAT = 1

_VALUE = 60
_LEAD = 14
_SIGNS = {"changed": "~", "added": "+", "removed": "-"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is shown; None shows all.

    Attributes
    ----------
    edits
        Lines of edits.
    pieces
        Runs of groups, moves and keys per line.
    value
        Characters of a value.
    """

    edits: int | None = 60
    pieces: int | None = 3
    value: int | None = _VALUE


SHORT = Bounds()
ALL = Bounds(None, None, None)


def difference_text(found: Difference, sides: tuple[str, str], bounds: Bounds = SHORT) -> str:
    """Return the difference as text, ending with a newline.

    Parameters
    ----------
    sides
        What is compared, as a person would call it: ``HEAD (3f2a1b9)``, ``the working tree``.
    """
    lines = [_head(found, sides)]
    for regrouping in found.regroupings:
        lines += ["  " + line for line in regrouping_lines(regrouping, bounds)]
    lines += _edits(found.edits, bounds)
    if found.unpaired:
        lines.append(f"  files of no group: {_some(found.unpaired, bounds)}")
    return "".join(visible(line) + "\n" for line in lines)


def _head(found: Difference, sides: tuple[str, str]) -> str:
    start = f"{found.campaign}: {sides[0]} → {sides[1]}: "
    if not (found.edits or found.regroupings or found.changed):
        return start + f"no difference in {_count(found.new, 'group')}"
    said = [f"{_count(len(found.edits), 'edit')}, {found.changed} of {_count(found.new, 'group')} changed"]
    said += [f"{found.added} added"] if found.added else []
    said += [f"{found.removed} removed"] if found.removed else []
    return start + ", ".join(said)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def regrouping_lines(found: Regrouping, bounds: Bounds) -> Iterator[str]:
    """Yield how the groups of a step or a rescue differ; lines after the first are set in."""
    name = found.step + (f" rescue {found.rescue}" if found.rescue else "")
    counts = (f"{found.old} → " if found.old != found.new else "") + _count(found.new, "group")
    said = [f"added {runs_text(found.added, bounds, step=False)}"] if found.added else []
    said += [f"removed {runs_text(found.removed, bounds, step=False)}"] if found.removed else []
    yield f"{name}: {counts}" + (f", {'; '.join(said)}" if said else "")
    axes = dict.fromkeys([*(m.axis for m in found.moves), *(a.axis for a in (*found.come, *found.gone))])
    for axis in axes:
        moves = [m for m in found.moves if m.axis == axis]
        said = [_moves(axis, moves, bounds)] if moves else []
        for ids, what in ((found.come, "new"), (found.gone, "gone")):
            said += [f"{what} {_ids(i, bounds)}" for i in ids if i.axis == axis]
        yield f"  {'; '.join(said)}"


def _moves(axis: str, moves: Sequence[Move], bounds: Bounds) -> str:
    total = sum(len(m.ids) for m in moves)
    shown = [f"{in_words(m.ids, 3)} from {m.old} to {m.new}" for m in moves[: bounds.pieces]]
    more = [f"{len(moves) - len(shown)} more moves"] if len(moves) > len(shown) else []
    return f"{_count(total, axis)} moved: {', '.join(shown + more)}"


def _ids(found: AxisIds, bounds: Bounds) -> str:
    return f"{found.axis} {in_words(found.ids, bounds.pieces or len(found.ids))} ({len(found.ids)})"


def _edits(edits: Sequence[Edit], bounds: Bounds) -> Iterator[str]:
    shown = edits[: bounds.edits]
    places = [_place(edit.span) for edit in shown]
    space = max((width(p) for p in places), default=0)
    for edit, place in zip(shown, places, strict=True):
        yield f"{_SIGNS[edit.kind]} {place}{' ' * (space - width(place))}  {_edit(edit, bounds)}"
    if len(edits) > len(shown):
        yield f"  and {len(edits) - len(shown)} more edits (--all shows them)"


def _place(span: Span | None) -> str:
    return f"{span.file}:{span.line}" if span else "(built in)"


def _edit(edit: Edit, bounds: Bounds) -> str:
    said = f"{edit.key}: {edit_values(edit, bounds)}  {runs_text(edit.runs, bounds)}"
    if edit.reaches:
        said += f"  in {_some(edit.reaches, bounds)}"
    elif edit.steering:
        said += "  sending only"
    if edit.was is not None and edit.span is not None and edit.was.file != edit.span.file:
        said += f"  was {_place(edit.was)}"
    return said


def edit_values(edit: Edit, bounds: Bounds) -> str:
    """Return the old and the new value of an edit, or the one that there is."""
    if edit.kind == "added":
        return _short(_text(edit.new), bounds.value)
    if edit.kind == "removed":
        return _short(_text(edit.old), bounds.value)
    texts = (_text(edit.old), _text(edit.new))
    if texts[0] == texts[1] and type(edit.old) is type(edit.new):
        return _short(texts[1], bounds.value)
    if texts[0] == texts[1]:
        texts = (json.dumps(edit.old), json.dumps(edit.new))
    return " → ".join(_apart(*texts, bounds.value))


def _text(value: object) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _apart(old: str, new: str, most: int | None) -> tuple[str, str]:
    """Return two texts, shortened so that what differs is seen."""
    if most is None or max(len(old), len(new)) <= most:
        return old, new
    at = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, at - _LEAD)
    lead = "…" if start else ""
    return lead + _short(old[start:], most), lead + _short(new[start:], most)


def _short(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else text[: most - 1] + "…"


def runs_text(runs: Sequence[GroupRun], bounds: Bounds, *, step: bool = True) -> str:
    """Return runs of groups in few words; ``step`` says whether the step is named."""
    shown = [_run(run, step=step) for run in runs[: bounds.pieces]]
    rest = runs[len(shown) :]
    more = [f"{_count(sum(r.count for r in rest), 'more group')}"] if rest else []
    return ", ".join(shown + more)


def _run(run: GroupRun, *, step: bool) -> str:
    lead = f"{run.step}/" if step else ""
    if run.count == 1:
        return f"{lead}{run.first}"
    between = " … " if run.count > 2 else ", "
    return f"{lead}{run.first}{between}{run.last} ({'all ' if run.whole else ''}{run.count} groups)"


def _some(texts: Sequence[str], bounds: Bounds) -> str:
    shown = list(texts[: bounds.pieces])
    more = [f"{len(texts) - len(shown)} more"] if len(texts) > len(shown) else []
    return ", ".join(shown + more)


def difference_json(found: Difference, sides: tuple[str, str]) -> dict[str, object]:
    """Return the difference as JSON values."""
    return {
        "campaign": found.campaign,
        "old": {"name": sides[0], "groups": found.old},
        "new": {"name": sides[1], "groups": found.new},
        "groups": {"changed": found.changed, "added": found.added, "removed": found.removed},
        "regroupings": [_json_of_regrouping(r) for r in found.regroupings],
        "edits": [_json_of_edit(e) for e in found.edits],
        "unpaired": list(found.unpaired),
    }


def _json_of_regrouping(found: Regrouping) -> dict[str, object]:
    return {
        "step": found.step,
        "rescue": found.rescue,
        "old": found.old,
        "new": found.new,
        "added": [_json_of_run(r) for r in found.added],
        "removed": [_json_of_run(r) for r in found.removed],
        "moves": [{"axis": m.axis, "old": m.old, "new": m.new, "ids": list(m.ids)} for m in found.moves],
        "come": [{"axis": a.axis, "ids": list(a.ids)} for a in found.come],
        "gone": [{"axis": a.axis, "ids": list(a.ids)} for a in found.gone],
    }


def _json_of_run(run: GroupRun) -> dict[str, object]:
    return {"first": run.first, "last": run.last, "count": run.count}


def _json_of_edit(edit: Edit) -> dict[str, object]:
    made: dict[str, object] = {"key": edit.key, "kind": edit.kind, "place": _json_of_place(edit.span)}
    if edit.kind != "added":
        made["old"] = edit.old
    if edit.kind != "removed":
        made["new"] = edit.new
    if edit.was is not None:
        made["was"] = _json_of_place(edit.was)
    return {
        **made,
        "varies": edit.varies,
        "sending_only": edit.steering,
        "reaches": list(edit.reaches),
        "groups": list(edit.groups),
    }


def _json_of_place(span: Span | None) -> dict[str, object] | None:
    return None if span is None else {"file": span.file, "line": span.line, "column": span.column}
