"""Codes CM038-CM049: cuts, groups, coverage."""

from __future__ import annotations

from cmcompile.model.diagnostic import Code, Severity

BAD_AXIS = Code("CM038", Severity.ERROR, "an axis that contradicts itself or has no ids")
BAD_LIST = Code("CM039", Severity.ERROR, "a list with a row that can't be read")
BAD_GROUP_ID = Code("CM040", Severity.ERROR, "a group id that is not possible")
LEAK = Code("CM041", Severity.ERROR, "an id in more than one group")
GAP = Code("CM042", Severity.ERROR, "an id in no group")
NOT_CHECKED = Code("CM043", Severity.NOTE, "coverage that can't be checked")
FOREIGN_ID = Code("CM044", Severity.NOTE, "a group that takes ids which are not in its list")
TAKEN_OUT = Code("CM045", Severity.NOTE, "ids taken out by hand, or out of a part of a product only")
NO_MATCH = Code("CM046", Severity.ERROR, "a selector that matches no group")
PART_OF_PRODUCT = Code("CM047", Severity.NOTE, "an override that hits a part of a product only")
HIDDEN_WHERE = Code("CM048", Severity.WARNING, "`payload.dataQuery` hides the whole `where`")
EMPTY_GROUP = Code("CM049", Severity.WARNING, "a group with no ids is not made")
