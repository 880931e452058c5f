"""Stages of POMS as batch steps."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmcompile.imports.fields import whole
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Imported, Note
from cmcompile.imports.names import step_names, var_name
from cmcompile.imports.poms import fields
from cmcompile.imports.poms.ini import Ini, pairs, parsed, read_ini
from cmcompile.imports.poms.splits import cut
from cmcompile.imports.tree import literal, mapped, usual, without

_MERGED = ("engine", "environment", "vars", "recovery")
_WHOLE = ("accept", "review")
_SLOT = re.compile(r"%\((\w+)\)s")


@dataclass(slots=True)
class _Made:
    """What is gathered on the way.

    Attributes
    ----------
    names
        The names of steps, by those of stages.
    keywords
        The vars of the campaign.
    """

    ini: Ini
    names: dict[str, str]
    notes: list[Note]
    files: dict[str, bytes] = field(default_factory=dict)
    samples: dict[str, bytes] = field(default_factory=dict)
    lists: dict[str, dict[str, Any]] = field(default_factory=dict)
    environments: dict[str, dict[str, Any]] = field(default_factory=dict)
    keywords: dict[str, Any] = field(default_factory=dict)


def from_ini(name: str, path: str, data: bytes) -> Imported:
    """Return a campaign whose steps are the stages of an ini file.

    Raises
    ------
    ForeignError
        When it can't be read, names a stage or a job type that is not there, or two stages would be one step.
    """
    ini = read_ini(path, data)
    made = _Made(ini, step_names(_stages(ini)), [*ini.notes])
    campaign = ini.of("campaign")
    made.notes += fields.CAMPAIGN.notes(campaign, "[campaign]")
    made.notes += fields.STAGE.notes(ini.of("campaign_defaults"), "[campaign_defaults]")
    keywords = parsed(campaign.get("campaign_keywords", ""), "campaign_keywords", made.notes)
    if isinstance(keywords, dict):
        made.keywords = {var_name(str(key)): mapped(value, literal) for key, value in keywords.items()}
    if campaign.get("experiment"):
        made.keywords.setdefault("experiment", literal(campaign["experiment"]))
    steps = {step: _step(made, stage) for stage, step in made.names.items()}
    spec: dict[str, Any] = {"cmcompile": 1, "campaign": name, "batch": {"system": "slurm"}}
    if campaign.get("name") and campaign["name"] != name:
        spec["about"] = campaign["name"]
    spec |= {"vars": made.keywords, "environments": made.environments, "lists": made.lists}
    shared = _shared(list(steps.values())) if len(steps) > 1 else {}
    spec["step_defaults"] = shared
    spec["steps"] = {stage: without(step, shared) for stage, step in steps.items()}
    text = "POMS launches scripts that submit; here a launch is a job: choose `batch.system`"
    made.notes.append(Note(Fate.TO_DO, "batch", text))
    kept = {key: value for key, value in spec.items() if value}
    return Imported(name, kept, made.files, tuple(made.notes), made.samples)


def _shared(steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what most stages have; of what a step replaces as a whole, what all have."""
    found = usual([{key: step[key] for key in _MERGED if key in step} for step in steps])
    whole = {
        key: steps[0].get(key) for key in _WHOLE if all(step.get(key) == steps[0].get(key) for step in steps)
    }
    return {**found, **{key: value for key, value in whole.items() if value}}


def _stages(ini: Ini) -> list[str]:
    listed = [s.strip() for s in ini.of("campaign").get("campaign_stage_list", "").split(",") if s.strip()]
    known = ini.named["campaign_stage"]
    for stage in listed:
        if stage not in known:
            raise ForeignError(f"campaign_stage_list names {stage}, and there is no [campaign_stage {stage}]")
    return list(dict.fromkeys([*listed, *known]))


def _step(made: _Made, stage: str) -> dict[str, Any]:
    own = made.ini.of("campaign_stage", stage)
    made.notes += fields.STAGE.notes(own, f"stage {stage}")
    body = {**made.ini.of("campaign_defaults"), **own}
    dataset = _given(body, "dataset_or_split_data", "dataset")
    name = made.names[stage]
    cutting = cut(body.get("cs_split_type", ""), dataset, name)
    made.notes += cutting.notes
    for listed, (column, about) in cutting.lists.items():
        path = f"lists/{listed}.txt"
        made.lists[listed] = {"file": path, "columns": [column], "about": about}
        made.files[path] = b""
        made.samples[path] = b"1\n" if column != "day" else b"20260101\n"
        text = f"has no rows: put {about} into {path}, or give it a `query`"
        made.notes.append(Note(Fate.TO_DO, f"list {listed}", text))
    variables: dict[str, Any] = {"dataset": literal(dataset) or "None"}
    if body.get("software_version"):
        variables["version"] = literal(body["software_version"])
    step: dict[str, Any] = {"engine": "batch"}
    if needs := _needs(made, stage):
        step["needs"] = needs[0] if len(needs) == 1 else needs
    if cutting.axes:
        step["split"] = cutting.axes
    step["vars"] = variables
    step["collect"] = name
    if environment := _environment(made, stage, body.get("login_setup", ""), variables):
        step["environment"] = environment
    step["jobs"] = {"command": _command(made, stage, body, cutting.argument or "${{ dataset }}", variables)}
    step |= _rest(made, stage, body)
    return {key: value for key, value in step.items() if value}


def _given(body: Mapping[str, str], *keys: str) -> str:
    value = next((body[key] for key in keys if body.get(key)), "")
    return "" if value == "None" else value


def _needs(made: _Made, stage: str) -> list[str]:
    section = made.ini.of("dependencies", stage)
    made.notes += fields.DEPENDENCY.notes([k for k in section if not _numbered(k)], f"[dependencies {stage}]")
    found = []
    for key, value in section.items():
        kind = _numbered(key)
        if kind == "campaign_stage" and value.strip():
            if value.strip() not in made.names:
                raise ForeignError(f"[dependencies {stage}] names {value}, which is no stage")
            if value.strip() == stage:
                text = "a stage that launches itself again: a loop of `reconcile` goes on by itself"
                made.notes.append(Note(Fate.LEFT, f"[dependencies {stage}]: {key}", text))
            else:
                found.append(made.names[value.strip()])
                made.notes.append(Note(Fate.MAPPED, f"[dependencies {stage}]: {key}", "`needs`"))
        elif kind == "file_pattern":
            text = f"{value}: a step reads the outputs of the steps that it needs"
            made.notes.append(Note(Fate.LEFT, f"[dependencies {stage}]: {key}", text))
    return list(dict.fromkeys(found))


def _numbered(key: str) -> str:
    found = re.fullmatch(r"(campaign_stage|file_pattern)_\d+", key)
    return found[1] if found else ""


def _environment(made: _Made, stage: str, login: str, variables: Mapping[str, object]) -> str:
    section = made.ini.of("login_setup", login) if login else {}
    if not section:
        return ""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", login).strip("-.") or "login"
    if name not in made.environments:
        made.notes += fields.LOGIN.notes(section, f"login setup {login}")
        parts = section.get("setup", "").replace("\n", ";").split(";")
        lines = [literal(part.strip()) for part in parts if part.strip()]
        lines = [_filled(made, line, stage, "${{ dataset }}", variables) for line in lines]
        made.environments[name] = {"setup": lines} if lines else {"about": login}
    return name


def _command(
    made: _Made, stage: str, body: Mapping[str, str], argument: str, variables: Mapping[str, object]
) -> str:
    kind = body.get("job_type", "")
    job = made.ini.of("job_type", kind) if kind else {}
    if not job:
        raise ForeignError(f"stage {stage}: there is no [job_type {kind}]")
    made.notes += fields.JOB.notes(job, f"job type {kind}")
    given = pairs(job.get("parameters", ""), f"job type {kind}: parameters", made.notes)
    defaults = made.ini.of("campaign_defaults").get("param_overrides", "")
    levels = [given]
    if body.get("merge_overrides", "").lower() in ("true", "1", "yes"):
        levels.append(pairs(defaults, "[campaign_defaults]: param_overrides", made.notes))
    levels.append(pairs(body.get("param_overrides", ""), f"stage {stage}: param_overrides", made.notes))
    merged: dict[str, str] = {}
    for level in levels:
        merged.update(level)
    words = [job.get("launch_script", "").strip(), *(f"{key}{value}" for key, value in merged.items())]
    text = literal(" ".join(word for word in words if word))
    return " ".join(_filled(made, text, stage, argument, variables).split())


def _filled(made: _Made, text: str, stage: str, argument: str, variables: Mapping[str, object]) -> str:
    """Return a text with an expression for each ``%(name)s``."""
    return _SLOT.sub(lambda found: _slot(made, found[1], stage, argument, variables), text)


def _slot(made: _Made, name: str, stage: str, argument: str, variables: Mapping[str, object]) -> str:
    if name == "dataset":
        return argument
    var = var_name(name)
    if var not in variables and var not in made.keywords:
        if name == "experimenter":
            return "$USER"
        made.notes.append(Note(Fate.TO_DO, f"stage {stage}: %({name})s", f"set the var `{var}`"))
        made.keywords[var] = name.upper()
    return f"${{{{ {var} }}}}"


_OF = {
    "consumed_status": "unconsumed",
    "process_status": "failed",
    "proj_status": "failed",
    "added_files": "added_inputs",
    "delivered_not_consumed": "unconsumed",
    "pending_files": "missing_outputs",
}


def _rest(made: _Made, stage: str, body: Mapping[str, str]) -> dict[str, Any]:
    """Return when a group is accepted, what is approved, and how outputs are made good."""
    found: dict[str, Any] = {}
    percent = whole(body.get("completion_pct", "").strip())
    if percent is not None and percent < 100:
        found["accept"] = {"failed": f"{100 - percent}%"}
    elif percent is None and body.get("completion_pct"):
        text = f"{body['completion_pct']} is no whole number: set `accept.failed`"
        made.notes.append(Note(Fate.TO_DO, f"stage {stage}: completion_pct", text))
    if "approval" in (body.get("stage_type", ""), body.get("campaign_stage_type", "")):
        found["review"] = {"approvals": 1}
    subject = f"stage {stage}: recoveries"
    job = made.ini.of("job_type", body.get("job_type", ""))
    listed = parsed(job.get("recoveries", ""), subject, made.notes)
    recovery = []
    for entry in listed if isinstance(listed, list) else []:
        kind, overrides = (entry[0], entry[1:]) if isinstance(entry, list) and entry else (entry, [])
        made.notes.append(fields.RECOVERIES.note(str(kind), subject))
        if str(kind) in _OF:
            recovery.append({"of": _OF[str(kind)], "name": str(kind).replace("_", "-")})
        if any(overrides):
            text = f"{kind} has parameters of its own: set them as `vars` of the recovery"
            made.notes.append(Note(Fate.TO_DO, subject, text))
    if recovery:
        found["recovery"] = recovery
    return found
