"""Templates, list and size of make-prod-groups, as a step of a spec."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.clauses import joined
from cmcompile.imports.fields import mapping_of
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Imported, Note
from cmcompile.imports.names import step_name
from cmcompile.imports.prodstatus.family import Family, cut, family
from cmcompile.imports.prodstatus.rows import EVERY, Row, Rows, read_rows, rows_text
from cmcompile.imports.prodstatus.template import Template, read_template
from cmcompile.imports.tree import common, without

LIST = "lists/exposures.txt"


@dataclass(frozen=True, slots=True)
class Request:
    """What make-prod-groups was called with.

    Attributes
    ----------
    templates
        Their bytes by file name.
    size
        Exposures in a group.
    skip, count
        Groups at the beginning that are left out, and how many are made after them; None for the rest.
    step
        The name of the step; empty for one made from the names of the templates.
    """

    name: str
    templates: Mapping[str, bytes]
    list_name: str
    rows: bytes
    size: int
    band: str = "all"
    skip: int = 0
    count: int | None = None
    step: str = ""
    ticket: str = ""


@dataclass(slots=True)
class _Made:
    """What is gathered on the way."""

    notes: list[Note] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)


def from_templates(request: Request) -> Imported:
    """Return a campaign whose groups are the files that make-prod-groups writes.

    Raises
    ------
    ForeignError
        When a template can't be read, or no exposure is left.
    """
    rows = read_rows(request.list_name, request.rows)
    made = _Made(notes=list(rows.notes))
    templates = [read_template(name, data, request.band) for name, data in request.templates.items()]
    taken = rows.of(request.band)[request.skip * request.size :]
    if not taken:
        raise ForeignError(
            f"{request.list_name}: no exposure of band {request.band} is left after {request.skip} groups of"
            f" {request.size}; make-prod-groups writes files with `nan` in them then"
        )
    lists = {"exposures": _listed(request, rows, taken, made)}
    one = family(templates)
    units = [(one.template, one)] if one is not None else [(t, None) for t in templates]
    steps: dict[str, dict[str, Any]] = {}
    for template, of_family in units:
        made.notes += template.notes
        name = request.step if request.step and len(units) == 1 else _step_of(request, template, of_family)
        if name in steps:
            raise ForeignError(f"two templates would be step {name}: rename one, or import them one by one")
        steps[name] = _step(request, template, of_family, len(taken), made)
    spec: dict[str, Any] = {"cmcompile": 1, "campaign": request.name}
    if request.ticket:
        spec["ticket"] = request.ticket
    spec["lists"] = lists
    shared = common([step["bps"] for step in steps.values()])
    if len(steps) > 1 and shared:
        spec["bps"] = shared
        for step in steps.values():
            step["bps"] = without(step["bps"], shared)
    spec["steps"] = {name: {k: v for k, v in step.items() if v} for name, step in steps.items()}
    _notes(request, made)
    return Imported(request.name, spec, made.files, tuple(made.notes))


def _listed(request: Request, rows: Rows, taken: Sequence[Row], made: _Made) -> dict[str, Any]:
    """Return the entry of the list; its file goes to the others."""
    entry: dict[str, Any] = {"file": LIST, "columns": ["band", "exposure"]}
    kept = rows.rows
    if request.skip:
        ids = {row.id for row in taken}
        kept = tuple(row for row in rows.rows if row.id in ids)
        text = (
            f"{len(rows.of(request.band)) - len(taken)} exposures of groups 1 to {request.skip} are left out"
        )
        made.notes.append(
            Note(Fate.DIFFERENT, f"SKIP {request.skip}", f"{text} of the list; `first` numbers on")
        )
    elif request.band not in EVERY:
        entry["only"] = {"band": request.band}
    made.files[LIST] = request.rows if rows.plain and not request.skip else rows_text(kept)
    return entry


def _step_of(request: Request, template: Template, of_family: Family | None) -> str:
    """Return the name of a step: what stands before the part that differs, or the name of the template."""
    if of_family is None:
        return step_name(template.stem)
    stem = of_family.stem.split("${{")[0].rstrip("_-0123456789") or template.stem
    shorter = re.sub(rf"[_-]*{re.escape(of_family.dimension)}s?\Z", "", stem)
    return step_name(shorter or stem)


def _step(
    request: Request, template: Template, of_family: Family | None, exposures: int, made: _Made
) -> dict[str, Any]:
    axis = template.dimension or "exposure"
    split: list[dict[str, Any]] = [] if of_family is None else [dict(cut(of_family))]
    own: dict[str, Any] = {"by" if template.dimension else "name": axis, "list": "exposures"}
    if axis != "exposure":
        own["column"] = "exposure"
    own["size"] = request.size
    if request.skip:
        own["first"] = request.skip + 1
    every = -(-exposures // request.size)
    if request.count is not None and request.count < every:
        own["limit"] = request.count
    bps = dict(template.bps)
    payload = mapping_of(bps.get("payload"))
    where = joined(template.before)
    if template.bounds is not None and template.dimension:
        own["where"] = template.bounds
        made.notes += _ranges(template)
    else:
        where = ""
        bps["payload"] = {**payload, "dataQuery": template.query}
        text = "the clauses of the bounds can't be cut off, so the query stands as a whole in `bps`"
        made.notes.append(Note(Fate.DIFFERENT, f"{template.stem}: payload.dataQuery", text))
    split.append(own)
    stem = template.stem if of_family is None else of_family.stem
    folder = request.step or _step_of(request, template, of_family)
    file = f"{folder}/{stem}_{request.band}_${{{{ {axis}.n }}}}.yaml"
    return {"where": where, "split": split, "file": file, "bps": bps}


def _ranges(template: Template) -> list[Note]:
    """Return a note on the bounds, where they are a range and not the list."""
    if template.bounds is None or " in " in template.bounds:
        return []
    text = (
        "the query is a range: it takes every exposure of the Butler between the bounds, listed or not, of"
        " any band; kept as it was run. Without the `where` of the axis a group would take its ids alone"
    )
    return [Note(Fate.DIFFERENT, "LOWEXP, HIGHEXP", text)]


def _notes(request: Request, made: _Made) -> None:
    if request.band == "f":
        text = "switches the filter off, and is no band of the list; it stays in the names of files"
        made.notes.append(Note(Fate.DIFFERENT, "BAND f", text))
    elif request.band not in EVERY:
        text = "narrows the list; the query of a group takes all bands between its bounds"
        made.notes.append(Note(Fate.DIFFERENT, f"BAND {request.band}", text))
