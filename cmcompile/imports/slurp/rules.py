"""Rules of SLURP as batch steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmcompile.imports.fields import mapping_of, text_of
from cmcompile.imports.foreign import ForeignError, documents
from cmcompile.imports.imported import Fate, Imported, Note
from cmcompile.imports.names import step_name, var_name
from cmcompile.imports.slurp import fields, sphenixprod
from cmcompile.imports.slurp.jobs import program, resources, step
from cmcompile.imports.slurp.made import Made, Request
from cmcompile.imports.slurp.payload import find_payload, plain_folder
from cmcompile.imports.slurp.query import made_from, sql_of
from cmcompile.imports.slurp.texts import (
    ENDING,
    LOGBASE,
    RUN_GROUP,
    arguments,
    columns,
    expressed_all,
)
from cmcompile.imports.tree import usual, without

_PARAMS = ("nevents", "neventsper", "noverflow", "comment", "rsync", "version")
_FOLDERS = ("outdir", "logdir", "histdir", "calibdir")
#: What steps have in common, and may stand once for all of them.
_SHARED = ("engine", "vars", "collect", "batch", "jobs")
_DATABASE = "production"


def from_rules(request: Request) -> Imported:
    """Return a campaign whose steps are the rules of some files.

    Raises
    ------
    ForeignError
        When a file can't be read, or a rule is not there or has no query and no type.
    """
    made = Made()
    rules = _rules(request, made)
    outputs = {name: _identity(rule) for name, rule in rules.items()}
    for name, rule in rules.items():
        if "dsttype" in mapping_of(rule.get("params")):
            sphenixprod.add(made, name, rule, request, rules)
        else:
            _add(made, name, rule, request, outputs)
    given = {var_name(key): value for key, value in request.settings.items()}
    for key in made.unknown:
        made.variables[key] = given.get(key, key.upper())
        if key not in given:
            text = f"nothing says what it is: set the var `{key}`, or import with --set {key}=…"
            made.notes.append(Note(Fate.TO_DO, f"{{{key}}}", text))
    idle = [key for key in request.settings if var_name(key) not in made.unknown]
    made.notes += [Note(Fate.LEFT, f"--set {key}", "no rule asks for it") for key in idle]
    return Imported(request.name, _spec(request, made), made.files, tuple(made.notes), made.samples)


def _rules(request: Request, made: Made) -> dict[str, dict[str, Any]]:
    """Return the rules by the name of their step."""
    found: dict[str, dict[str, Any]] = {}
    for path, data in request.sources.items():
        listed, notes = documents(path, data)
        made.notes += notes
        for document in listed:
            for name, rule in mapping_of(document).items():
                if request.only and name not in request.only:
                    continue
                if not isinstance(rule, dict) or not isinstance(rule.get("params"), dict):
                    raise ForeignError(f"{path}: {name} is no rule: it has no params")
                step = step_name(name)
                if step in found:
                    raise ForeignError(f"{path}: rule {name} stands in another file too")
                if step != name:
                    made.notes.append(Note(Fate.DIFFERENT, f"rule {name}", f"is step {step}"))
                found[step] = rule
    if not found:
        what = f"named {', '.join(request.only)}" if request.only else "in these files"
        raise ForeignError(f"there is no rule {what}")
    return found


def _identity(rule: Mapping[str, Any]) -> str:
    """Return how the outputs of a rule begin, as the query of another rule names them."""
    params = mapping_of(rule.get("params"))
    if "dsttype" in params:
        return sphenixprod.identity(params)
    return f"{text_of(params.get('name'))}_{_build(params)}_{text_of(params.get('dbtag'))}"


def _build(params: Mapping[str, object]) -> str:
    return text_of(params.get("build_name")) or text_of(params.get("build")).replace(".", "")


def _add(
    made: Made, name: str, rule: Mapping[str, Any], request: Request, outputs: Mapping[str, str]
) -> None:
    params, given = mapping_of(rule.get("params")), mapping_of(rule.get("input"))
    folders, job = mapping_of(rule.get("filesystem")), mapping_of(rule.get("job"))
    for table, part, of in (
        (fields.RULE, rule, name),
        (fields.PARAMS, params, f"{name}, params"),
        (fields.INPUT, given, f"{name}, input"),
        (fields.FILESYSTEM, folders, f"{name}, filesystem"),
        (fields.JOB, job, f"{name}, job"),
    ):
        made.notes += table.notes(part, of)
    variables = _variables(params, given, folders, made)
    payload = plain_folder(text_of(params.get("payload")))
    files = find_payload([payload], request.payloads, name)
    made.files.update(files)
    if payload and not files and not payload.startswith("/"):
        text = f"{payload} was not found: -I DIR takes it in, or set the var `payload` to where jobs see it"
        made.notes.append(Note(Fate.TO_DO, f"{name}: payload", text))
    command = _command(params, job, variables, made, name, is_shipped=bool(files))
    jobs: dict[str, Any] = {"each": [], "command": command}
    if files:
        jobs["payload"] = sorted(files)
    if asked := resources(params, job, name, made.notes):
        jobs["resources"] = asked
    if "outdir" in variables:
        jobs["outputs"] = f"${{{{ outdir }}}}/${{{{ outbase }}}}{ENDING}"
    if "logdir" in variables:
        jobs["log"] = "${{ logdir | replace('file://', '') }}/${{ logbase }}.out"
    jobs["each"] = columns([command, *map(str, variables.values())])
    listed = _list(made, name, given, request, jobs["each"])
    needs = [other for other in made_from(text_of(given.get("query")), outputs) if other != name]
    made.steps[name] = step(job, needs, listed, variables, "${{ name }}_${{ build }}_${{ tag }}", jobs)


def _variables(
    params: Mapping[str, object], given: Mapping[str, object], folders: Mapping[str, object], made: Made
) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "name": text_of(params.get("name")),
        "build": _build(params),
        "buildarg": text_of(params.get("build")),
        "tag": text_of(params.get("dbtag")),
    }
    raw |= {key: params[key] for key in _PARAMS if key in params}
    raw.setdefault("nevents", 0)
    if params.get("payload"):
        raw["payload"] = text_of(params["payload"]).rstrip("/")
    raw |= {key: text_of(params[key]) for key in ("outbase", "logbase") if key in params}
    raw["rungroup"] = RUN_GROUP
    raw.setdefault("outbase", "$(name)_$(build)_$(tag)")
    raw.setdefault("logbase", LOGBASE)
    raw |= {key: text_of(folders[key]) for key in _FOLDERS if key in folders}
    if "direct_path" in given:
        raw["direct_path"] = text_of(given["direct_path"])
    return expressed_all(raw, made.unknown)


def _command(
    params: Mapping[str, object],
    job: Mapping[str, object],
    variables: Mapping[str, Any],
    made: Made,
    name: str,
    *,
    is_shipped: bool,
) -> str:
    script = text_of(job.get("executable")) or text_of(params.get("script"))
    script = script.removeprefix("{payload}").rpartition("/")[2]
    own = f"${{{{ payload }}}}/{script}" if "payload" in variables else script
    words = arguments(text_of(job.get("arguments")), variables, made.unknown)
    return " ".join([program(script, name, is_shipped=is_shipped, otherwise=own), *words])


def _list(made: Made, name: str, given: Mapping[str, object], request: Request, each: list[str]) -> str:
    sql = sql_of(text_of(given.get("query")), request.runs, made.unknown)
    if not sql:
        raise ForeignError(f"rule {name} has no query, so what it takes can't be told")
    path = f"lists/{name}.csv"
    database = var_name(text_of(given.get("db")) or _DATABASE).upper()
    query = {"sql": sql, "database": database}
    columns_ = ["runnumber", *(column for column in each if column != "run")]
    made.lists[name] = {"file": path, "columns": columns_, "query": query}
    made.files[path] = b""
    made.samples[path] = f"{','.join('1' for _ in columns_)}\n".encode()
    variable = f"CMCOMPILE_DATABASE_{query['database']}"
    text = f"has no rows yet: `cmcompile lists update` asks the database whose address is in {variable}"
    made.notes.append(Note(Fate.TO_DO, f"list {name}", text))
    return name


def _spec(request: Request, made: Made) -> dict[str, Any]:
    spec: dict[str, Any] = {"cmcompile": 1, "campaign": request.name, "batch": {"system": "htcondor"}}
    parts = [{key: step[key] for key in _SHARED if key in step} for step in made.steps.values()]
    shared = usual(parts) if len(parts) > 1 else {}
    steps = {name: without(step, shared) for name, step in made.steps.items()}
    spec |= {"vars": made.variables, "lists": made.lists, "step_defaults": shared, "steps": steps}
    return {key: value for key, value in spec.items() if value}
