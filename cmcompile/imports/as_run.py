"""Files as they were run, held against those that an imported spec gives: what was edited by hand.

An edit becomes an override of its group, so that the spec gives the file that was run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmcompile.imports.foreign import ForeignError, documents
from cmcompile.imports.imported import Fate, Imported, Note, few
from cmcompile.imports.tree import NULL, literal, mapped, same

_QUERY = ("payload", "dataQuery")
_BECAUSE = "edited by hand before it was run"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Made:
    """A file that a spec gives.

    Attributes
    ----------
    parts
        What chooses its group: axes with the number or value of its part.
    """

    step: str
    parts: Mapping[str, object]
    path: str
    data: bytes


def with_edits(imported: Imported, made: Iterable[Made], run: Mapping[str, bytes]) -> Imported:
    """Return an import with an override for each file that was run otherwise than the spec gives it.

    Parameters
    ----------
    run
        The files as they were run, by name.

    Raises
    ------
    ForeignError
        When such a file can't be read.
    """
    overrides: dict[str, list[dict[str, Any]]] = {}
    names: set[str] = set()
    lacking = []
    for one in made:
        name = one.path.rpartition("/")[2]
        if name not in run:
            lacking.append(name)
            continue
        names.add(name)
        entry = _override(_tree(name, one.data), _tree(name, run[name]))
        if entry:
            chosen = dict(one.parts) if len(one.parts) != 1 else next(iter(one.parts.values()))
            full: dict[str, Any] = {"groups": chosen, "because": _BECAUSE, **entry}
            overrides.setdefault(one.step, []).append(full if one.parts else {"because": _BECAUSE, **entry})
    notes = _notes(overrides, lacking, [name for name in run if name not in names])
    steps = dict(imported.tree["steps"])
    for step, entries in overrides.items():
        steps[step] = {**steps[step], "overrides": [*steps[step].get("overrides", []), *entries]}
    return replace(imported, tree={**imported.tree, "steps": steps}, notes=(*imported.notes, *notes))


def _notes(
    overrides: Mapping[str, list[dict[str, Any]]], lacking: list[str], unknown: list[str]
) -> list[Note]:
    notes = []
    for step, entries in overrides.items():
        for entry in entries:
            keys = ", ".join(key for key in entry if key not in ("groups", "because"))
            text = f"group {entry.get('groups', 'all')} was run with another {keys}: an override of it"
            notes.append(Note(Fate.MAPPED, f"step {step}", text))
        notes.append(Note(Fate.TO_DO, f"step {step}", "say in `because` why groups were edited by hand"))
    if lacking:
        text = f"{few(sorted(lacking), _SHOWN)}: groups of the spec that were not run so"
        notes.append(Note(Fate.DIFFERENT, "files as run", text))
    if unknown:
        text = f"{few(sorted(unknown), _SHOWN)}: no group of the spec gives them; `import bps` takes them in"
        notes.append(Note(Fate.LEFT, "files as run", text))
    return notes


def _tree(name: str, data: bytes) -> dict[str, Any]:
    found, _ = documents(name, data)
    if len(found) != 1 or not isinstance(found[0], dict):
        raise ForeignError(f"{name}: a submit file is one mapping")
    return {str(key): value for key, value in found[0].items()}


def _override(ours: dict[str, Any], run: dict[str, Any]) -> dict[str, Any]:
    """Return what an override says so that one tree becomes the other: a clause more, keys of BPS."""
    entry: dict[str, Any] = {}
    wanted, got = _query(run), _query(ours)
    bps = _laid_over(ours, run)
    if wanted != got and wanted.startswith(f"{got} and "):
        entry["where"] = literal(wanted[len(got) + len(" and ") :])
        payload = {key: value for key, value in bps.get("payload", {}).items() if key != _QUERY[1]}
        bps = {**bps, "payload": payload}
        if not payload:
            del bps["payload"]
    return {**entry, "bps": mapped(bps, lambda text: text)} if bps else entry


def _query(tree: Mapping[str, Any]) -> str:
    payload = tree.get(_QUERY[0])
    found = payload.get(_QUERY[1]) if isinstance(payload, dict) else None
    return found if isinstance(found, str) else ""


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return what must be laid over one tree to get another: null deletes."""
    found: dict[str, Any] = {}
    for key, value in above.items():
        old = below.get(key)
        if isinstance(value, dict) and isinstance(old, dict):
            if inner := _laid_over(old, value):
                found[key] = inner
        elif key not in below or not same(old, value):
            found[key] = NULL if value is None else mapped(value, literal)
    return {**found, **{key: None for key in below if key not in above}}
