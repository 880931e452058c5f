"""The fields of POMS's ini files, and what they become."""

from __future__ import annotations

from cmcompile.imports.fields import Field, Table

_SAM = "cmcompile asks no SAM"

CAMPAIGN = Table(
    "[campaign]",
    (
        Field("name", "`campaign`, `about`"),
        Field("experiment", "`vars.experiment`"),
        Field("poms_role", "", "who may merge and run is for the repository to say"),
        Field("state", "", "`hold` and `release` are decisions"),
        Field("campaign_keywords", "`vars`"),
        Field("campaign_stage_list", "`steps`, in this order"),
        Field("campaign_type", "", "a campaign has no type"),
    ),
)

STAGE = Table(
    "[campaign_stage …] and [campaign_defaults]",
    (
        Field("dataset_or_split_data", "`vars.dataset`, `lists`", "a split over names has them as `values`"),
        Field("dataset", "`vars.dataset`, `lists`"),
        Field("cs_split_type", "`split`", "by its kind, see below"),
        Field("software_version", "`vars.version`"),
        Field("vo_role", "", "the identity under which a process runs"),
        Field("param_overrides", "arguments of `jobs.command`", "over those of the job type"),
        Field("test_param_overrides", "", "`new --from` makes a test campaign; set them there"),
        Field("test_split_type", "", "`limit` of an axis makes the first groups only"),
        Field("merge_overrides", "whether campaign defaults count too"),
        Field("completion_type", "", "a group is judged by its jobs and the files that they leave"),
        Field("completion_pct", "`accept.failed`"),
        Field("output_ancestor_depth", "", _SAM),
        Field("output_file_patterns", "", "what a job leaves behind stands in `jobs.outputs`"),
        Field("login_setup", "`environment`"),
        Field("job_type", "`jobs`"),
        Field("stage_type", "`review` for `approval`", "other types are steps like any other"),
        Field("campaign_stage_type", "`review` for `approval`", "other types are steps like any other"),
        Field("default_clear_cronjob", "", "a pass with nothing to do costs little"),
        Field("creator", "", "git knows who wrote it"),
        Field("creator_role", "", "git knows who wrote it"),
        Field("state", "", "`hold` and `release` are decisions"),
    ),
)

LOGIN = Table(
    "[login_setup …]",
    (
        Field("host", "", "the host where cmcompile runs submits"),
        Field("account", "", "the account under which cmcompile runs submits"),
        Field("setup", "`setup` of the environment"),
    ),
)

JOB = Table(
    "[job_type …]",
    (
        Field("launch_script", "`jobs.command`"),
        Field("parameters", "arguments of `jobs.command`"),
        Field("output_file_patterns", "", "what a job leaves behind stands in `jobs.outputs`"),
        Field("recoveries", "`recovery`"),
        Field("input_files_per_job", "", "one job is one launch; its script cuts further"),
        Field("output_files_per_job", "", "what a job leaves behind stands in `jobs.outputs`"),
        Field("cluster_pattern", "", "the batch system is asked by the name of the run"),
    ),
)

DEPENDENCY = Table(
    "[dependencies …]",
    (
        Field("campaign_stage_*", "`needs`"),
        Field("file_pattern_*", "", "a step reads the outputs of the steps that it needs"),
    ),
)

SPLITS = Table(
    "cs_split_type",
    (
        Field("None", "one group"),
        Field("draining", "one group", "what is done is known of each group"),
        Field("drainingn", "`size: n`, `close: now`", "over a list that grows"),
        Field("nfiles", "`size: n`"),
        Field("mod", "`count: n`"),
        Field("limitn", "`size: n`, `limit: 1`"),
        Field("list", "`values`", "one group for each"),
        Field("byrun", "`values: low..high`", "one group for each run"),
        Field("byexistingruns", "a list of runs", "one group for each run in it"),
        Field("new", "`window`", "over a list of days that grows"),
        Field("multiparam", "an axis for each list", "multiplied"),
        Field("stagedfiles", "`size: n`, `close: now`", "over a list of what was staged"),
    ),
)

RECOVERIES = Table(
    "recoveries",
    (
        Field("consumed_status", "`of: unconsumed`"),
        Field("process_status", "`of: failed`"),
        Field("proj_status", "`of: failed`"),
        Field("added_files", "`of: added_inputs`"),
        Field("delivered_not_consumed", "`of: unconsumed`"),
        Field("pending_files", "`of: missing_outputs`"),
    ),
)

TABLES = (CAMPAIGN, STAGE, LOGIN, JOB, DEPENDENCY, SPLITS, RECOVERIES)
