"""The fields of production rules, and what they become."""

from __future__ import annotations

from cmcompile.imports.fields import Field, Table

#: Of what becomes an option as it is.
OPTION = "`batch.options`"

PARAMS = Table(
    "params",
    (
        Field("name", "`vars.name` of the step"),
        Field("build", "`vars.buildarg`"),
        Field("build_name", "`vars.build`", "without its dots where it is not given"),
        Field("dbtag", "`vars.tag`"),
        Field("version", "`vars.version`"),
        Field("logbase", "`vars.logbase`"),
        Field("outbase", "`vars.outbase`"),
        Field("script", "`jobs.command`"),
        Field("payload", "`jobs.payload`", "its files where they are found, else the path in the command"),
        Field("rsync", "`vars.rsync`", "payload files are in the directory of each job"),
        Field("mem", "`jobs.resources.memory`"),
        Field("disk", "`jobs.resources.disk`"),
        Field("nevents", "`vars.nevents`"),
        Field("neventsper", "`vars.neventsper`"),
        Field("noverflow", "`vars.noverflow`"),
        Field("comment", "`vars.comment`"),
        Field("required", "", "which subsystems must be there is a condition of the query"),
        Field("dump", "", "`plan` and `compile` write files and send nothing"),
        Field("file", "", "its own name is known"),
        Field("mnt", "", "paths are written out in `jobs`"),
    ),
)

INPUT = Table(
    "input",
    (
        Field("db", "`query.database` of the list", "a variable holds its address"),
        Field("query", "`query.sql` of the list"),
        Field("direct_path", "`vars.direct_path`", "the payload finds its files there"),
        Field("lfn2pfn", "", "the payload finds its files by their names"),
    ),
)

FILESYSTEM = Table(
    "filesystem",
    (
        Field("outdir", "`vars.outdir`, `jobs.outputs`"),
        Field("logdir", "`vars.logdir`, `jobs.log`"),
        Field("histdir", "`vars.histdir`"),
        Field("calibdir", "`vars.calibdir`"),
        Field("condor", "", "the batch system's own log is in the submit directory"),
    ),
)

JOB = Table(
    "job",
    (
        Field("executable", "`jobs.command`"),
        Field("arguments", "`jobs.command`"),
        Field("output_destination", "", "`jobs.log` is a path already"),
        Field("output", "", "`jobs.log`"),
        Field("error", "", "`jobs.log`"),
        Field("log", "", "the batch system's own log is in the submit directory"),
        Field("accounting_group", OPTION),
        Field("accounting_group_user", OPTION),
        Field("priority", OPTION, "`priority` of a step says which groups are sent first"),
        Field("request_xferslots", OPTION),
        Field("requirements", OPTION),
        Field("periodichold", OPTION, "as `periodic_hold`"),
        Field("periodicremove", OPTION, "as `periodic_remove`"),
        Field("max_retries", OPTION),
        Field("request_cpus", "`jobs.resources.cores`"),
        Field("request_memory", "`jobs.resources.memory`"),
        Field("request_disk", "`jobs.resources.disk`"),
        Field("transfer_input_files", "", "payload files are in the directory of each job"),
        Field("transfer_output_files", "", "outputs are on a shared file system"),
        Field("should_transfer_files", "", "payload files are in the directory of each job"),
        Field("when_to_transfer_output", "", "outputs are on a shared file system"),
        Field("batch_name", "", "a cluster is named by its run, so that it can be found"),
    ),
)

RULE = Table(
    "a rule",
    (
        Field("params", "see there"),
        Field("input", "see there"),
        Field("filesystem", "see there"),
        Field("job", "see there"),
        Field("runlist_query", "", "a list of runs is `lists`; `input.query` says which"),
        Field("presubmit", "", "nothing is done in a database before a submission"),
    ),
)

NEW_PARAMS = Table(
    "params of sphenixprod",
    (
        Field("dsttype", "`vars.name` of the step"),
        Field("period", "`vars.period`"),
        Field("dataset", "`vars.dataset`"),
        Field("physicsmode", "`vars.mode`"),
        Field("build", "`vars.buildarg`, `vars.build`"),
        Field("dbtag", "`vars.tag`"),
        Field("version", "`vars.version`"),
    ),
)

NEW_INPUT = Table(
    "input of sphenixprod",
    (
        Field("intriplet", "`vars.intriplet`", "`needs`, where the rule that makes it is imported too"),
        Field("min_run_events", "`lists.….only`", "of a column `events`"),
        Field("min_run_time", "`lists.….only`", "of a column `run_time`, in seconds"),
        Field("combine_seg0_only", "`lists.….only`", "of the column `segment`"),
        Field("cut_segment", "", "take the segments that are meant into the list"),
        Field("choose20", "", "`limit` of the axis tries a part; take the runs that are meant into the list"),
        Field("direct_path", "`vars.direct_path`", "the payload finds its files there"),
        Field("infile_query_constraints", "", "a condition for the query of the list"),
        Field("status_query_constraints", "", "jobs whose outputs exist are left out by themselves"),
        Field("min_seb", "", "a condition for the query of the list"),
    ),
)

NEW_JOB = Table(
    "job of sphenixprod",
    (
        Field("script", "`jobs.command`"),
        Field("payload", "`jobs.payload`", "its files where they are found"),
        Field("arguments", "`jobs.command`"),
        Field("neventsper", "`vars.neventsper`"),
        Field("log", "`jobs.log`"),
        Field("priority", OPTION),
        Field("request_memory", "`jobs.resources.memory`", "of several the first; more is for a policy"),
        Field("request_cpus", "`jobs.resources.cores`"),
        Field("request_disk", "`jobs.resources.disk`"),
        Field("request_xferslots", OPTION),
        Field("accounting_group", OPTION),
        Field("accounting_group_user", OPTION),
        Field("batch_name", "", "a cluster is named by its run, so that it can be found"),
        Field("comment", "`about` of the step"),
        Field("filesystem", "`vars`, `jobs.outputs`, `jobs.log`"),
    ),
)

TABLES = (RULE, PARAMS, INPUT, FILESYSTEM, JOB, NEW_PARAMS, NEW_INPUT, NEW_JOB)
