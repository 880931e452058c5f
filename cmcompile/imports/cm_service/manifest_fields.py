"""The fields of cm-service's manifests, and what they become."""

from __future__ import annotations

from cmcompile.imports.fields import Field, Table

_LAUNCHER = "what the job that runs `bps submit` asks for; there is none here"
_NAMED = "names follow from `collect`"

LSST = Table(
    "a manifest lsst",
    (
        Field("lsst_version", "`vars.release`, `bps.LSST_VERSION`, `setup` of the environment"),
        Field("lsst_distrib_dir", "`setup` of the environment"),
        Field("prepend", "`setup` of the environment", "before the stack"),
        Field("custom_lsst_setup", "`setup` of the environment", "after the stack"),
        Field("environment", "`env` of the environment"),
        Field("ticket", "`ticket`"),
        Field("description", "`about`"),
        Field("campaign", "`bps.campaign`, `bps.payload.payloadName`"),
        Field("project", "`bps.project`"),
        Field("append", "", "commands after a submission: a group has none"),
        Field("custom_payload", "", "commands in place of `bps submit`: cmcompile calls BPS itself"),
        Field("custom_group_payload", "", "commands in place of `bps submit`: cmcompile calls BPS itself"),
        Field("artifact_path", "", "submit files are compiled, and kept in the ledger"),
    ),
)

BPS = Table(
    "a manifest bps",
    (
        Field("pipeline_yaml", "`bps.pipelineYaml`"),
        Field("qgraph_file", "`bps.qgraphFile`"),
        Field("variables", "keys of `bps`"),
        Field("literals", "keys of `bps`"),
        Field("environment", "`bps.environment`"),
        Field("payload", "`bps.payload`"),
        Field("include_files", "`bps.includeConfigs`"),
        Field("extra_init_options", "`bps.extraInitOptions`"),
        Field("extra_qgraph_options", "`bps.extraQgraphOptions`"),
        Field("extra_run_quantum_options", "`bps.extraRunQuantumOptions`"),
        Field("extra_update_qgraph_options", "`bps.extraUpdateQgraphOptions`"),
        Field("clustering", "`bps.cluster`"),
        Field("operator", "`bps.operator`"),
    ),
)

BUTLER = Table(
    "a manifest butler",
    (
        Field("repo", "`bps.payload.butlerConfig`"),
        Field("predicates", "`where`"),
        Field("include_files", "`bps.includeConfigs`"),
        Field("collections", "`collect`, `inputs`"),
    ),
)

COLLECTIONS = Table(
    "the collections of a manifest butler",
    (
        Field("campaign_input", "`inputs`"),
        Field("campaign_public_output", "`collect`"),
        Field("campaign_output", "", _NAMED),
        Field("step_input", "", _NAMED),
        Field("step_output", "", _NAMED),
        Field("step_public_output", "", _NAMED),
        Field("group_output", "", _NAMED),
        Field("run", "", "the run of a workflow is named when it is sent"),
    ),
)

WMS = Table(
    "a manifest wms",
    (
        Field("service_class", "`bps.wmsServiceClass`"),
        Field("include_files", "`bps.includeConfigs`"),
        Field("custom_setup", "`setup` of the environment", "last"),
        Field("environment", "`env` of the environment"),
        Field("auto_provision", "`bps.provisionResources`"),
        Field("batch_system", "", "`bps.wmsServiceClass` says it"),
        Field("batch_name", "", "a run is named by its output collection"),
        Field("request_cpus", "", _LAUNCHER),
        Field("request_mem", "", _LAUNCHER),
        Field("request_disk", "", _LAUNCHER),
    ),
)

SITE = Table(
    "a manifest site",
    (
        Field("facility", "`bps.computeSite`"),
        Field("literals", "keys of `bps`"),
        Field("include_files", "`bps.includeConfigs`"),
        Field("provisioning", "`bps.provisioning`"),
    ),
)

STEP = Table(
    "a node step",
    (
        Field("predicates", "`where` of the step"),
        Field("groups", "`split` of the step", "`split_by: values` or `query`; null: none"),
        Field("bps", "`bps` of the step"),
        Field("butler", "`bps`, `where`, `collect` of the step"),
        Field("lsst", "`environment` of the step"),
        Field("wms", "`bps` of the step"),
        Field("site", "`bps` of the step"),
        Field("group_nonce", "", "a group is named by its number or value; theirs differs from load to load"),
        Field("artifact", "", "files stand beside the spec, and `includeConfigs` names them"),
    ),
)

GROUPS = Table(
    "the groups of a step",
    (
        Field("split_by", "`split` of the step"),
        Field("dimension", "`by` of the axis"),
        Field("values", "`values` of the axis"),
        Field("dataset", "`datasets` of the list's query"),
        Field("min_groups", "`count` of the axis"),
        Field("max_size", "`size` of the axis"),
    ),
)

KINDS = Table(
    "cm-service's second generation",
    (
        Field("campaign", "`campaign`"),
        Field("lsst", "see there"),
        Field("bps", "see there"),
        Field("butler", "see there"),
        Field("wms", "see there"),
        Field("site", "see there"),
        Field("node", "`steps`", "start and end are none; for a breakpoint see `hold`"),
        Field("step", "`steps`"),
        Field("edge", "`needs`"),
        Field("start", "", "what needs nothing begins"),
        Field("end", "", "the campaign ends with its last step"),
        Field("breakpoint", "", "`cmcompile hold` keeps a step back until `release`"),
        Field("group", "", "groups are made by `split`"),
        Field("collect_groups", "", "`collect` of the step"),
        Field("artifact", "", "files stand beside the spec, and `includeConfigs` names them"),
        Field("schedule", "", "a job of the CI system makes a campaign: `new --from`"),
        Field("template", "", "a library file is what campaigns share: `extends`, `params`"),
    ),
)

TABLES = (KINDS, LSST, BPS, BUTLER, COLLECTIONS, WMS, SITE, STEP, GROUPS)
#: By the kind of a manifest whose fields a step inherits.
CONFIGS = {"lsst": LSST, "bps": BPS, "butler": BUTLER, "wms": WMS, "site": SITE}
