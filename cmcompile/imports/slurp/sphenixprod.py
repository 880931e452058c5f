"""Rules of sphenixprod as batch steps: their inputs are found by the type of their outputs, not by SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmcompile.imports.fields import list_of, mapping_of, text_of, whole
from cmcompile.imports.imported import Fate, Note
from cmcompile.imports.slurp import fields
from cmcompile.imports.slurp.jobs import program, resources, step
from cmcompile.imports.slurp.made import Made, Request
from cmcompile.imports.slurp.payload import find_payload
from cmcompile.imports.slurp.texts import (
    ENDING,
    LOGBASE,
    RUN_GROUP,
    arguments,
    columns,
    expressed,
    expressed_all,
)

#: What is required of a run where a rule does not say.
_EVENTS, _SECONDS = 100_000, 300
_FOLDERS = ("outdir", "finaldir", "logdir", "histdir", "condor")


def triplet(params: Mapping[str, object]) -> str:
    """Return build, tag and version, as another rule names them under ``intriplet``."""
    build = text_of(params.get("build")).replace(".", "")
    version = text_of(params.get("version")) or "0"
    number = whole(version)
    version = version if number is None else f"v{number:03d}"
    return f"{build}_{text_of(params.get('dbtag'))}_{version}"


def identity(params: Mapping[str, object]) -> str:
    """Return how the outputs of a rule begin."""
    dataset = text_of(params.get("dataset")) or text_of(params.get("period"))
    return f"{text_of(params.get('dsttype'))}_{dataset}_{triplet(params)}"


def add(made: Made, name: str, rule: Mapping[str, Any], request: Request, rules: Mapping[str, Any]) -> None:
    """Add the step of a rule."""
    params, given = mapping_of(rule.get("params")), mapping_of(rule.get("input"))
    job = mapping_of(rule.get("job"))
    folders = {**mapping_of(rule.get("filesystem")), **mapping_of(job.get("filesystem"))}
    for table, part, of in (
        (fields.RULE, rule, name),
        (fields.NEW_PARAMS, params, f"{name}, params"),
        (fields.NEW_INPUT, given, f"{name}, input"),
        (fields.NEW_JOB, job, f"{name}, job"),
    ):
        made.notes += table.notes(part, of)
    variables = _variables(params, given, job, folders, made)
    shipped = find_payload(map(text_of, list_of(job.get("payload"))), request.payloads, name)
    made.files.update(shipped)
    script = text_of(job.get("script"))
    own = script if "/" in script else f"./{script}"
    words = arguments(text_of(job.get("arguments")), variables, made.unknown)
    command = " ".join([program(script, name, is_shipped=bool(shipped), otherwise=own), *words])
    jobs: dict[str, Any] = {"each": [], "command": command}
    if shipped:
        jobs["payload"] = sorted(shipped)
    if asked := resources({}, job, name, made.notes):
        jobs["resources"] = asked
    target = next((key for key in ("finaldir", "outdir") if key in variables), "")
    if target:
        jobs["outputs"] = f"${{{{ {target} }}}}/${{{{ outbase }}}}{ENDING}"
    if log := text_of(job.get("log")):
        jobs["log"] = expressed(log, variables, made.unknown)
    jobs["each"] = columns([command, *map(str, variables.values())])
    listed, needs = _list(made, name, given), _needs(given, name, rules)
    about = " ".join(text_of(job.get("comment")).split())
    made.steps[name] = step(job, needs, listed, variables, identity(params), jobs, about)


def _needs(given: Mapping[str, object], name: str, rules: Mapping[str, Any]) -> list[str]:
    """Return the rules whose outputs have the identity that a rule reads."""
    wanted = text_of(given.get("intriplet"))
    known = {other: mapping_of(rule.get("params")) for other, rule in rules.items() if other != name}
    return [other for other, params in known.items() if wanted and triplet(params) == wanted]


def _variables(
    params: Mapping[str, object],
    given: Mapping[str, object],
    job: Mapping[str, object],
    folders: Mapping[str, object],
    made: Made,
) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "name": text_of(params.get("dsttype")),
        "build": text_of(params.get("build")).replace(".", ""),
        "buildarg": text_of(params.get("build")),
        "tag": text_of(params.get("dbtag")),
        "version": params.get("version"),
        "period": params.get("period"),
        "dataset": params.get("dataset"),
        "mode": params.get("physicsmode"),
        "intriplet": given.get("intriplet"),
        "direct_path": given.get("direct_path"),
        "neventsper": job.get("neventsper"),
        "nevents": 0,
        "outbase": identity(params),
        "logbase": LOGBASE,
    }
    raw["rungroup"] = RUN_GROUP
    raw |= {key: text_of(folders[key]) for key in _FOLDERS if key in folders}
    kept = {key: value for key, value in raw.items() if value is not None}
    return expressed_all(kept, made.unknown)


def _list(made: Made, name: str, given: Mapping[str, object]) -> str:
    path = f"lists/{name}.txt"
    events, seconds = given.get("min_run_events", _EVENTS), given.get("min_run_time", _SECONDS)
    only: dict[str, Any] = {"events": f">={events}", "run_time": f">={seconds}"}
    if given.get("combine_seg0_only"):
        only["segment"] = 0
    columns_ = ["runnumber", "segment", "events", "run_time"]
    made.lists[name] = {"file": path, "columns": columns_, "only": only}
    made.files[path] = b""
    made.samples[path] = f"1 0 {events} {seconds}\n".encode()
    text = (
        f"has no rows: sphenixprod finds inputs by a map of types that stands in its code. Give the list a"
        f" `query` with `sql`, or fill {path} with {', '.join(columns_)}"
    )
    made.notes.append(Note(Fate.TO_DO, f"list {name}", text))
    return name
