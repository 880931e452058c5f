"""The fields of cm-service's first generation, and what they become."""

from __future__ import annotations

from cmcompile.imports.fields import Field, Table

CAMPAIGN = Table(
    "a campaign of cm-service",
    (
        Field("name", "`campaign`"),
        Field("spec_name", "which specification counts"),
        Field("spec_block", "", "the specification names it, under `campaign`"),
        Field("collections", "`collect`, `inputs`"),
        Field("data", "the lowest layer of `data`"),
        Field("child_config", "the highest layer of a step, by its name"),
        Field("steps", "`steps`"),
        Field("due_date", "`due`"),
    ),
)

BLOCK = Table(
    "a spec block",
    (
        Field("name", "how others name it"),
        Field("handler", "what its kind is"),
        Field("includes", "laid below it, merged by one level"),
        Field("data", "layers of `data`"),
        Field("collections", "`collect`, `inputs`"),
        Field("child_config", "`split` and `where` of a step"),
        Field("scripts", "what cmcompile does by itself", "by handler, see below"),
        Field("steps", "`steps`"),
    ),
)

STEP = Table(
    "a step of cm-service",
    (
        Field("name", "the name of the step"),
        Field("spec_block", "layers of the step"),
        Field("prerequisites", "`needs`"),
        Field("child_config", "`split` and `where`"),
        Field("data", "layers of the step"),
        Field("collections", "`collect`"),
    ),
)

CHILD = Table(
    "child_config",
    (
        Field("spec_block", "a group"),
        Field("base_query", "`where` of the step"),
        Field(
            "split_method", "`split`", "`no_split`: none; `split_by_vals`: `values`; `split_by_query`: `list`"
        ),
        Field("split_field", "`by` of the axis"),
        Field("split_vals", "`values` of the axis"),
        Field("split_dataset", "`datasets` of the list's query"),
        Field("split_min_groups", "`count` of the axis"),
        Field("split_max_group_size", "`size` of the axis"),
    ),
)

#: Of campaigns, steps and the scripts that submit; higher levels count.
DATA = Table(
    "data",
    (
        Field("lsst_version", "`vars.release`, `bps.LSST_VERSION`, `setup` of the environment"),
        Field("lsst_distrib_dir", "`setup` of the environment"),
        Field("prepend", "`setup` of the environment", "before the stack"),
        Field("custom_lsst_setup", "`setup` of the environment", "after the stack"),
        Field("custom_wms_setup", "`setup` of the environment", "last"),
        Field("append", "", "commands after a submission: a group has none"),
        Field("prod_area", "", "submit files are compiled, and kept in the ledger"),
        Field("butler_repo", "`bps.payload.butlerConfig`"),
        Field("data_query", "`where`", "of groups without a `base_query`, and of the tagged input"),
        Field("pipeline_yaml", "`bps.pipelineYaml`"),
        Field("project", "`bps.project`"),
        Field("campaign", "`bps.payload.payloadName`, `bps.campaign`"),
        Field("ticket", "`ticket`"),
        Field("description", "`about`"),
        Field("bps_variables", "keys of `bps`"),
        Field("bps_literals", "keys of `bps`"),
        Field("bps_environment", "`bps.environment`"),
        Field("bps_wms_yaml_file", "`bps.includeConfigs`", "first"),
        Field("bps_wms_clustering_file", "`bps.includeConfigs`"),
        Field("bps_wms_resources_file", "`bps.includeConfigs`"),
        Field("bps_wms_extra_files", "`bps.includeConfigs`", "last"),
        Field("cluster", "`bps.cluster`", "cm-service writes `clustering`, which BPS never reads"),
        Field("compute_site", "`bps.computeSite`, `bps.computeCloud`"),
        Field("s3EndpointUrl", "`bps.payload.s3EndpointUrl`"),
        Field("extra_init_options", "`bps.extraInitOptions`"),
        Field("extra_qgraph_options", "`bps.extraQgraphOptions`"),
        Field("extra_run_quantum_options", "`bps.extraRunQuantumOptions`"),
        Field("extra_update_qgraph_options", "`bps.extraUpdateQgraphOptions`"),
        Field("hips_pipeline_yaml_path", "", "HiPS maps are no groups of theirs: add a step for them"),
        Field("hips_pipeline_config_path", "", "HiPS maps are no groups of theirs: add a step for them"),
        Field("rescue", "", "`rescues` of the step; theirs is `payload.extra_args`, which BPS never reads"),
        Field("skip_colls", "", "`skip_existing_in` of a rescue"),
        Field("collect", "", "what a script collects is the `collect` of its level"),
        Field("notify_on_start", "", "who is told is in `tell`"),
    ),
)

#: Scripts by the last part of their handler.
HANDLERS = Table(
    "the handlers of scripts",
    (
        Field("NullScriptHandler", "", "does nothing"),
        Field("ChainCreateScriptHandler", "`collect`, `inputs`"),
        Field("ChainPrependScriptHandler", "`collect`"),
        Field("ChainCollectScriptHandler", "`collect`"),
        Field("TagInputsScriptHandler", "an entry of `inputs` with `tagged`"),
        Field("TagCreateScriptHandler", "an entry of `inputs` with `tagged`"),
        Field("TagAssociateScriptHandler", "an entry of `inputs` with `tagged`"),
        Field("PrepareStepScriptHandler", "`needs` and `inputs`"),
        Field("PandaScriptHandler", "`apply`, `bps.wmsServiceClass`"),
        Field("HTCondorScriptHandler", "`apply`, `bps.wmsServiceClass`"),
        Field("PandaReportHandler", "`reconcile`"),
        Field("HTCondorReportHandler", "`reconcile`"),
        Field("ManifestReportScriptHandler", "`reconcile`"),
        Field("ManifestReportLoadHandler", "`reconcile`"),
        Field("RunJobsScriptHandler", "`apply`"),
        Field("RunGroupsScriptHandler", "`apply`"),
        Field("RunStepsScriptHandler", "`apply`"),
        Field("ResourceUsageScriptHandler", "`stats`", "no collection is made of it"),
        Field("ValidateScriptHandler", "", "what is checked after a step stands in `accept`, or is a step"),
        Field("HipsMapsScriptHandler", "", "add a step with `pipelineYaml` for the HiPS maps"),
    ),
)

TABLES = (CAMPAIGN, BLOCK, STEP, CHILD, DATA, HANDLERS)
