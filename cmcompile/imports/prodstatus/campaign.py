"""A campaign of prodstatus, its steps, and their templates, as a spec."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.clauses import joined
from cmcompile.imports.fields import list_of, mapping_of, text_of
from cmcompile.imports.foreign import ForeignError, documents
from cmcompile.imports.imported import Fate, Imported, Note
from cmcompile.imports.names import is_ticket, step_names
from cmcompile.imports.prodstatus import fields
from cmcompile.imports.prodstatus.groups import LIST
from cmcompile.imports.prodstatus.rows import Row, read_rows, rows_text
from cmcompile.imports.prodstatus.template import BOUNDS, Template, read_template
from cmcompile.imports.tree import usual, without

_ISSUES = ("issue", "issue_name", "campaign_issue")


@dataclass(frozen=True, slots=True)
class Request:
    """What is imported.

    Attributes
    ----------
    templates
        Their bytes by file name; a step names its own, or has one whose name begins with its own.
    rows
        The list of exposures; empty where no step is cut.
    size
        Exposures in a group of a step that does not say.
    steps
        Files of single steps, by name; what they say goes before what the campaign says of the step.
    """

    name: str
    path: str
    campaign: bytes
    templates: Mapping[str, bytes]
    rows: bytes = b""
    size: int | None = None
    steps: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(slots=True)
class _Made:
    """What is gathered on the way."""

    rows: tuple[Row, ...]
    notes: list[Note] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)


def is_campaign(path: str, data: bytes) -> bool:
    """Tell whether a file is a campaign of prodstatus, and not a template."""
    found, _ = documents(path, data)
    return (
        len(found) == 1 and isinstance(found[0], dict) and "steps" in found[0] and "payload" not in found[0]
    )


def is_step(path: str, data: bytes) -> bool:
    """Tell whether a file is a step of prodstatus, as `create-step-yaml` makes it."""
    found, _ = documents(path, data)
    body = found[0] if len(found) == 1 else None
    return isinstance(body, dict) and "workflows" in body and "payload" not in body


def from_campaign(request: Request) -> Imported:
    """Return a campaign with a step for each of those of prodstatus that has a template.

    Raises
    ------
    ForeignError
        When it can't be read, no step has a template, or two steps would be one.
    """
    found, notes = documents(request.path, request.campaign)
    body = mapping_of(found[0] if found else None)
    rows = read_rows("the list", request.rows)
    made = _Made(rows.of("all"), [*notes, *rows.notes])
    made.notes += fields.CAMPAIGN.notes(body, "campaign")
    steps: dict[str, dict[str, Any]] = {}
    entries = _with_files(request, made, _steps(request.path, body))
    names = step_names(entries)
    for name, entry in entries.items():
        step = _step(request, made, name, entry)
        if step is None:
            continue
        if steps:
            step = {"needs": next(reversed(steps)), **step}
        steps[names[name]] = step
    if not steps:
        raise ForeignError(f"{request.path}: no step has a template among the files given: name them too")
    if len(steps) > 1:
        text = "each step needs the one before it, by number; edit `needs` where that is not so"
        made.notes.append(Note(Fate.DIFFERENT, "steps", text))
    return Imported(request.name, _spec(request, body, steps), _files(steps, made), tuple(made.notes))


def _files(steps: Mapping[str, Mapping[str, Any]], made: _Made) -> dict[str, bytes]:
    cut = any("split" in step for step in steps.values())
    return {LIST: rows_text(made.rows)} if cut else {}


def _spec(request: Request, body: Mapping[str, Any], steps: dict[str, dict[str, Any]]) -> dict[str, Any]:
    spec: dict[str, Any] = {"cmcompile": 1, "campaign": request.name}
    ticket = next((body[key] for key in _ISSUES if is_ticket(body.get(key))), "")
    spec |= {"ticket": ticket, "about": text_of(body.get("name"))}
    if any("split" in step for step in steps.values()):
        spec["lists"] = {"exposures": {"file": LIST, "columns": ["band", "exposure"]}}
    shared = usual([step["bps"] for step in steps.values()]) if len(steps) > 1 else {}
    spec["bps"] = shared
    left = {name: {**step, "bps": without(step["bps"], shared)} for name, step in steps.items()}
    spec["steps"] = {name: {k: v for k, v in step.items() if v} for name, step in left.items()}
    return {key: value for key, value in spec.items() if value}


def _steps(path: str, body: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the steps by their names: they are a list, or stand under their names."""
    listed = body.get("steps")
    if isinstance(listed, Mapping):
        return {str(name): mapping_of(entry) for name, entry in listed.items()}
    found: dict[str, dict[str, Any]] = {}
    for entry in list_of(listed):
        inner = mapping_of(entry)
        name = text_of(inner.get("name")) if inner else str(entry)
        if name in found:
            raise ForeignError(f"{path}: step {name or 'without a name'} stands twice: rename one")
        found[name] = inner
    return found


def _with_files(
    request: Request, made: _Made, steps: Mapping[str, dict[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return the steps with what their own files say; one that the campaign does not have comes last."""
    entries = {**steps}
    for path, data in request.steps.items():
        found, notes = documents(path, data)
        made.notes += notes
        body = mapping_of(found[0] if found else None)
        name = text_of(body.get("name")) or path.rpartition(".")[0]
        entries[name] = {**entries.get(name, {}), **body}
    return entries


def _step(request: Request, made: _Made, name: str, entry: Mapping[str, Any]) -> dict[str, Any] | None:
    subject = f"step {name}"
    made.notes += fields.STEP.notes([key for key, value in entry.items() if value not in (None, "")], subject)
    file = _template_of(request, name, text_of(entry.get("base_bps_config")))
    if file is None:
        text = "has no template among the files given, and is left out"
        made.notes.append(Note(Fate.TO_DO, subject, text))
        return None
    template = read_template(file, request.templates[file], "all")
    made.notes += template.notes
    groups = mapping_of(entry.get("exposure_groups"))
    made.notes += fields.EXPOSURE_GROUPS.notes(groups, f"{subject}, exposure_groups")
    split = _split(request, made, template, entry, groups)
    step: dict[str, Any] = {}
    issue = next((text_of(entry[key]) for key in ("issue", "issue_name") if entry.get(key)), "")
    if issue:
        step["about"] = issue
    if not split and any(token in template.query for token in ("exposure.lo", "exposure.hi")):
        raise ForeignError(
            f"{subject}: the template has bounds, and there are no exposures to cut: --list, --size"
        )
    whole = template.bounds is None and any(word in template.query for word in BOUNDS)
    bps = dict(template.bps)
    if whole:
        bps["payload"] = {**mapping_of(bps.get("payload")), "dataQuery": template.query}
    where = joined(template.before) if template.bounds is not None else "" if whole else template.query
    return {**step, "where": where, "split": split, "bps": bps}


def _template_of(request: Request, name: str, base: str) -> str | None:
    """Return the file of a step's template: the one that it names, else one that has its name."""
    wanted = base.rpartition("/")[2]
    if wanted:
        return wanted if wanted in request.templates else None
    stems = {file: file.rpartition(".")[0] for file in request.templates}
    return next((file for file, stem in stems.items() if stem == name or stem.startswith(f"{name}_")), None)


def _split(
    request: Request,
    made: _Made,
    template: Template,
    entry: Mapping[str, Any],
    groups: Mapping[str, Any],
) -> list[dict[str, Any]]:
    given = groups.get("group_size")
    size = given if isinstance(given, int) else request.size
    if not made.rows or not size or size < 1:
        return []
    axis: dict[str, Any] = {"by": template.dimension or "exposure", "list": "exposures", "column": "exposure"}
    if template.bounds is not None:
        axis["where"] = template.bounds
    if isinstance(groups.get("num_groups"), int) and groups["num_groups"] > 0:
        axis["limit"] = groups["num_groups"]
    if entry.get("split_bands"):
        text = "each group but the last of a band has the size; prodstatus makes them nearly equal"
        made.notes.append(Note(Fate.DIFFERENT, f"{template.stem}: split_bands", text))
        return [{"by": "band", "list": "exposures"}, {**axis, "size": size}]
    if isinstance(given, int):
        return [{**axis, "count": -(-len(made.rows) // size)}]
    return [{**axis, "size": size}]
