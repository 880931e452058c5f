"""A campaign of cm-service's second generation as a spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cmcompile.imports.clauses import joined
from cmcompile.imports.cm_service import manifest_fields as fields
from cmcompile.imports.cm_service.assembled import Step, assembled
from cmcompile.imports.cm_service.data import CLUSTER, to_bps, to_setup
from cmcompile.imports.cm_service.groups import axes
from cmcompile.imports.cm_service.loading import Loaded
from cmcompile.imports.cm_service.manifests import Node, configs, layered, needs, nodes
from cmcompile.imports.cm_service.settings import Settings
from cmcompile.imports.cm_service.splits import Asked, Lists
from cmcompile.imports.fields import list_of, mapping_of, text_of
from cmcompile.imports.foreign import ForeignError
from cmcompile.imports.imported import Fate, Imported, Note
from cmcompile.imports.names import step_name

_PROVISIONING = {
    "platform": "provisioningPlatform",
    "queue": "provisioningQueue",
    "account": "provisioningAccountingUser",
}


def imported(loaded: Loaded, settings: Settings, name: str) -> Imported:
    """Return the campaign of some manifests.

    Raises
    ------
    ForeignError
        When there is not one campaign, or its graph names what is not there.
    """
    campaigns = loaded.of("campaign")
    if len(campaigns) > 1:
        raise ForeignError(f"there are {len(campaigns)} campaigns in these files; name those of one")
    notes: list[Note] = [*loaded.notes]
    notes += [fields.KINDS.note(e.kind, "manifest") for e in loaded.entries]
    given = configs(loaded, notes)
    listed = nodes(loaded)
    notes += [n for n in (_kind_note(node) for node in listed) if n is not None]
    before, stops = needs(loaded, listed)
    for stop, step in stops:
        text = (
            f"stands before {step}: `cmcompile hold {name}/{step_name(step)}` keeps it back until `release`"
        )
        notes.append(Note(Fate.TO_DO, f"breakpoint {stop}", text))
    collections = mapping_of(given.get("butler", {}).get("collections"))
    notes += fields.COLLECTIONS.notes(collections, "butler: collections")
    public = text_of(collections.get("campaign_public_output"))
    inputs = [settings.expressed(str(c)) for c in list_of(collections.get("campaign_input"))]
    lists = Lists()
    steps = [
        _step(node, given, before[node.name], public, lists, settings, notes)
        for node in listed
        if node.kind == "step"
    ]
    data = given.get("lsst", {})
    return assembled(name, settings, lists, data, steps, inputs, public, notes)


def _kind_note(node: Node) -> Note | None:
    if node.kind in ("step", "breakpoint"):
        return None
    return fields.KINDS.note(node.kind, f"node {node.name}")


def _step(
    node: Node,
    below: Mapping[str, Mapping[str, object]],
    before: list[str],
    public: str,
    lists: Lists,
    settings: Settings,
    notes: list[Note],
) -> Step:
    subject = f"step {node.name}"
    notes += fields.STEP.notes(node.spec, subject)
    for kind, table in fields.CONFIGS.items():
        notes += table.notes(mapping_of(node.spec.get(kind)), f"{subject}: {kind}")
    kinds = layered(below, node)
    predicates = [*list_of(kinds["butler"].get("predicates")), *list_of(node.spec.get("predicates"))]
    where = settings.expressed(joined(dict.fromkeys(map(str, predicates))))
    collections = mapping_of(kinds["butler"].get("collections"))
    read = tuple(f"{public}/{step_name(other)}" for other in before) if public else ()
    first = tuple(str(c) for c in list_of(collections.get("campaign_input")))
    asked = Asked(
        node.name,
        mapping_of(node.spec.get("groups")),
        where,
        tuple(map(settings.expressed, read or first)),
    )
    data = _flat(kinds, subject, notes)
    return Step(
        name=node.name,
        needs=tuple(before),
        where=where,
        split=axes(asked, lists, settings, notes),
        bps=to_bps(data, subject, settings, notes),
        setup=to_setup(data, settings),
        collect=f"{settings.expressed(public)}/${{{{ step.name }}}}" if public else "",
        env={k: settings.expressed(v) for k, v in _env(kinds).items()},
    )


def _env(kinds: Mapping[str, Mapping[str, object]]) -> dict[str, str]:
    every = {**mapping_of(kinds["lsst"].get("environment")), **mapping_of(kinds["wms"].get("environment"))}
    return {key: text_of(value) for key, value in every.items()}


def _flat(kinds: Mapping[str, Mapping[str, object]], subject: str, notes: list[Note]) -> dict[str, Any]:
    """Return what all kinds say of a step, named as the first generation names it."""
    lsst, bps, butler, wms, site = (kinds[kind] for kind in ("lsst", "bps", "butler", "wms", "site"))
    includes = [f for kind in (lsst, bps, butler, wms, site) for f in list_of(kind.get("include_files"))]
    literals = {**mapping_of(bps.get("literals")), **mapping_of(site.get("literals"))}
    named = {
        "wmsServiceClass": wms.get("service_class"),
        "computeSite": site.get("facility"),
        "operator": bps.get("operator"),
        "qgraphFile": bps.get("qgraph_file"),
        "provisionResources": wms.get("auto_provision"),
        "payload": mapping_of(bps.get("payload")),
    }
    literals = {**{k: v for k, v in named.items() if v not in (None, "", {})}, **literals}
    if provisioning := mapping_of(site.get("provisioning")):
        literals["provisioning"] = {_PROVISIONING.get(k, k): v for k, v in provisioning.items()}
    if any("{{" in str(value) for kind in kinds.values() for value in kind.values()):
        text = "a value has {{ }} in it, which cm-service fills in and nobody does here: write the value"
        notes.append(Note(Fate.TO_DO, subject, text))
    same = ("extra_init_options", "extra_qgraph_options", "extra_run_quantum_options")
    return {
        **{key: lsst.get(key) for key in ("lsst_version", "lsst_distrib_dir", "project", "campaign")},
        **{key: lsst.get(key) for key in ("prepend", "custom_lsst_setup")},
        **{key: bps.get(key) for key in (*same, "extra_update_qgraph_options", "pipeline_yaml")},
        "custom_wms_setup": wms.get("custom_setup"),
        "butler_repo": butler.get("repo"),
        "bps_variables": bps.get("variables"),
        "bps_environment": bps.get("environment"),
        "bps_wms_extra_files": includes,
        CLUSTER: bps.get("clustering"),
        "bps_literals": literals,
    }
