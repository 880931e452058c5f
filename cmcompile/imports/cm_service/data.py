"""The data of a step of cm-service as keys of BPS and commands of an environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cmcompile.bps.keys import JOB_KEYS, ROOT_KEYS
from cmcompile.imports.cm_service.fields import DATA
from cmcompile.imports.cm_service.settings import Settings
from cmcompile.imports.fields import list_of, mapping_of, text_of
from cmcompile.imports.imported import Fate, Note
from cmcompile.imports.tree import mapped

_OPTIONS = {
    "extra_init_options": "extraInitOptions",
    "extra_qgraph_options": "extraQgraphOptions",
    "extra_run_quantum_options": "extraRunQuantumOptions",
    "extra_update_qgraph_options": "extraUpdateQgraphOptions",
}
_INCLUDES = ("bps_wms_yaml_file", "bps_wms_clustering_file", "bps_wms_resources_file", "bps_wms_extra_files")
_SITE = ("computeSite", "computeCloud")
#: Names that stand among data here, and that no field has.
WMS_CLASS, CLUSTER = "\x05service", "\x05cluster"
#: A folder of a package goes on without a slash: `${DRP_PIPE_DIR}pipelines`.
_NO_SLASH = re.compile(r"(\$\{\w+_DIR\})(?=[A-Za-z0-9_])")


def to_bps(data: Mapping[str, Any], subject: str, settings: Settings, notes: list[Note]) -> dict[str, Any]:
    """Return the keys of BPS that some data come to; what is not mapped, or was wrong, is noted."""
    bps: dict[str, Any] = {}
    if text_of(data.get("lsst_version")):
        bps["LSST_VERSION"] = "${{ release }}"
    if data.get(WMS_CLASS):
        bps["wmsServiceClass"] = data[WMS_CLASS]
    for key in ("project", "campaign"):
        if text_of(data.get(key)):
            bps[key] = data[key]
    if pipeline := text_of(data.get("pipeline_yaml")):
        bps["pipelineYaml"] = _path(pipeline, f"{subject}: pipeline_yaml", notes)
    includes = [str(name) for key in _INCLUDES for name in list_of(data.get(key))]
    if includes:
        bps["includeConfigs"] = list(dict.fromkeys(includes))
    payload = {
        "payloadName": data.get("campaign"),
        "butlerConfig": data.get("butler_repo"),
        "s3EndpointUrl": data.get("s3EndpointUrl"),
    }
    bps["payload"] = {key: value for key, value in payload.items() if text_of(value)}
    bps.update(mapping_of(data.get("bps_variables")))
    for theirs, ours in _OPTIONS.items():
        if options := " ".join(text_of(data.get(theirs)).split("\n")).strip():
            bps[ours] = options
    if environment := mapping_of(data.get("bps_environment")):
        bps["environment"] = environment
    site = mapping_of(data.get("compute_site"))
    bps |= {key: site[key] for key in _SITE if site.get(key)}
    odd = [key for key in site if key not in _SITE]
    notes += [Note(Fate.LEFT, f"{subject}: compute_site.{key}", "not a field that is known") for key in odd]
    if cluster := mapping_of(data.get("cluster")):
        bps["cluster"] = cluster
        text = "cm-service writes it as `clustering`, which BPS never reads; here it is `cluster`"
        notes.append(Note(Fate.DEFECT, f"{subject}: cluster", text))
    elif cluster := mapping_of(data.get(CLUSTER)):
        bps["cluster"] = cluster
    for key, value in mapping_of(data.get("bps_literals")).items():
        below = bps.get(key)
        bps[key] = {**below, **value} if isinstance(below, dict) and isinstance(value, dict) else value
    bps.update(_strays(data, subject, notes))
    made: dict[str, Any] = mapped({k: v for k, v in bps.items() if v != {}}, settings.expressed)
    if "LSST_VERSION" in bps:
        made["LSST_VERSION"] = "${{ release }}"
    return made


def _path(text: str, subject: str, notes: list[Note]) -> str:
    mended = _NO_SLASH.sub(r"\1/", text)
    if mended != text:
        said = "there is no slash after the variable, so no such file is found; one was put in"
        notes.append(Note(Fate.DEFECT, subject, said))
    return mended


def _strays(data: Mapping[str, Any], subject: str, notes: list[Note]) -> dict[str, Any]:
    """Return keys of BPS that stand in data by themselves, where cm-service passes over them."""
    found = {}
    for key, value in data.items():
        if DATA.find(key) is not None or key in (WMS_CLASS, CLUSTER):
            continue
        if key in JOB_KEYS or key in ROOT_KEYS:
            found[key] = value
            text = f"cm-service reads keys of BPS under bps_literals only; here it is `bps.{key}`"
            notes.append(Note(Fate.DEFECT, f"{subject}: {key}", text))
        else:
            notes.append(DATA.note(key, subject))
    return found


def to_setup(data: Mapping[str, Any], settings: Settings) -> list[str]:
    """Return the commands that set up an environment, in the order of cm-service's scripts."""
    commands = _commands(data.get("prepend"))
    version, folder = text_of(data.get("lsst_version")), text_of(data.get("lsst_distrib_dir"))
    if version and folder:
        commands += [f"source {folder.rstrip('/')}/\x03/loadLSST.bash", "setup lsst_distrib"]
    commands += _commands(data.get("custom_lsst_setup"))
    commands += _commands(data.get("custom_wms_setup"))
    return [settings.expressed(command).replace("\x03", "${{ release }}") for command in commands]


def _commands(value: object) -> list[str]:
    """Return the commands of a text; one that goes on over lines stays whole."""
    text = "\n".join(map(str, value)) if isinstance(value, list) else text_of(value)
    if "\\\n" in text or "<<" in text:
        return [text.strip()] if text.strip() else []
    return [line.strip() for line in text.split("\n") if line.strip()]
