"""The fields of prodstatus, and what they become."""

from __future__ import annotations

from cmcompile.imports.fields import Field, Table

#: In the order in which make-prod-groups replaces them.
TOKENS = Table(
    "a template",
    (
        Field("GNUM", "`${{ exposure.n }}`"),
        Field("BAND", "the band itself"),
        Field("LOWEXP", "`${{ exposure.lo }}`"),
        Field("HIGHEXP", "`${{ exposure.hi }}`"),
    ),
)

CAMPAIGN = Table(
    "a campaign of prodstatus",
    (
        Field("name", "`about`"),
        Field("issue", "`ticket`"),
        Field("issue_name", "`ticket`"),
        Field("campaign_issue", "`ticket`"),
        Field("exposures", "`lists.exposures`"),
        Field("steps", "`steps`"),
        Field("workflow_base", "", "a folder of files made before: `cmcompile import bps` reads it"),
    ),
)

STEP = Table(
    "a step of prodstatus",
    (
        Field("name", "the name of the step"),
        Field("issue_name", "`about` of the step"),
        Field("issue", "`about` of the step"),
        Field("split_bands", "an axis over bands"),
        Field("base_bps_config", "`bps` and `where` of the step"),
        Field("exposure_groups", "`split` of the step"),
        Field("workflow_base", "", "a folder of files made before: `cmcompile import bps` reads it"),
        Field("campaign_issue", "`ticket`", "of the campaign"),
        Field("workflows", "", "what was made, which is compiled anew"),
    ),
)

EXPOSURE_GROUPS = Table(
    "exposure_groups",
    (
        Field("group_size", "`count` of the axis", "as many groups as that size gives, nearly equal"),
        Field("skip_groups", "", "the first groups are left out by `hold`, or with a list that begins later"),
        Field("num_groups", "`limit` of the axis"),
    ),
)

TABLES = (TOKENS, CAMPAIGN, STEP, EXPOSURE_GROUPS)
